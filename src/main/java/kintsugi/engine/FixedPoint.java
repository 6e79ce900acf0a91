package kintsugi.engine;

/**
 * Fixed-point sums: integers in units of 2<sup>-32</sup>. Each term is rounded once, on its own, to
 * the nearest unit; integers then add up without error, so that a sum is the same in whatever
 * order, batches or parts its terms come.
 *
 * <p>The fp64 product of two fp32 values is exact. As a term it is wrong by at most half a unit,
 * 1.2e-10, and so is the mean of any count of terms: less than the rounding to fp32 (relative 6e-8)
 * of a variance of 0.002, and a millionth of the smallest {@code ε} of a recipe, 1e-4. Values of a
 * magnitude above 2<sup>-9</sup> are multiples of the unit and have no error at all.
 */
public final class FixedPoint {

  private static final double ONE = 0x1p32;

  /**
   * The largest magnitude of a value whose products are terms: its square is below 2<sup>19</sup>.
   * Features of the networks here are below 10.
   */
  public static final float MAXIMUM = 724;

  /** The largest sum: two of them can be added, and compared with it, before a long overflows. */
  public static final long MAXIMUM_SUM = 1L << 62;

  /**
   * {@code 1.5·2}<sup>20</sup>, whose last bit is worth one unit: {@code fma(x, y, ROUNDER)} rounds
   * the product to units, and the bits of the result are those of {@code ROUNDER} plus the integer.
   */
  public static final double ROUNDER = 0x1.8p20;

  private FixedPoint() {}

  /**
   * {@return a value in units, rounded to the nearest, ties to even}
   *
   * @param value of a magnitude below 2<sup>31</sup>
   */
  public static long round(double value) {
    return (long) Math.rint(value * ONE);
  }

  /**
   * {@return what a number of units is worth}
   *
   * @param units the integer
   */
  public static double value(long units) {
    return units / ONE;
  }
}
