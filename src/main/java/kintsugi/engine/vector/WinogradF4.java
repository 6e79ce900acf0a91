package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The transforms of F(4x4,3x3): squares of 4x4 results from 6x6 inputs. */
final class WinogradF4 {
  /** {@code G}, a row per input. */
  static final double[][] G = {
    {1 / 4., 0, 0},
    {-1 / 6., -1 / 6., -1 / 6.},
    {-1 / 6., 1 / 6., -1 / 6.},
    {1 / 24., 1 / 12., 1 / 6.},
    {1 / 24., -1 / 12., 1 / 6.},
    {0, 0, 1}
  };

  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int SIDE = 6;
  private static final int LINE = SIDE * LANES;

  private WinogradF4() {}

  /** The contract is {@link Winograd.Input}'s. */
  static void input(
      float[] image,
      int at,
      int pixel,
      int row,
      float[] square,
      int squareAt,
      float[] to,
      int place,
      int step,
      int channels) {
    for (int c = 0; c < channels; c += LANES) {
      for (int i = 0; i < SIDE; i++) {
        inputLine(image, at + i * pixel + c, row, square, squareAt + i * LANES, LINE);
      }
      for (int i = 0; i < SIDE; i++) {
        inputLine(square, squareAt + i * LINE, LANES, to, place + i * SIDE * step + c, step);
      }
    }
  }

  /** The contract is {@link Winograd.Output}'s. */
  static void output(
      float[] products,
      int at,
      int step,
      float[] square,
      int squareAt,
      int channels,
      float[] added,
      int from,
      int fromRow,
      float[] to,
      int place,
      int row,
      float minimum) {
    FloatVector two = of(2);
    FloatVector four = of(4);
    FloatVector eight = of(8);
    for (int c = 0; c < channels; c += LANES) {
      for (int i = 0; i < SIDE; i++) {
        outputColumn(
            products,
            at + i * step + c,
            SIDE * step,
            square,
            squareAt + i * LANES,
            two,
            four,
            eight);
      }
      for (int i = 0; i < 4; i++) {
        outputRow(
            square,
            squareAt + i * LINE,
            added,
            from + i * fromRow + c,
            to,
            place + i * row + c,
            channels,
            minimum,
            two,
            four,
            eight);
      }
    }
  }

  /**
   * {@code m·A} for one row of a square, and the epilogue. All four results get their residual
   * behind one branch: with a branch for each the compiler doubled the time of the transform.
   */
  private static void outputRow(
      float[] square,
      int at,
      float[] added,
      int from,
      float[] to,
      int place,
      int pixel,
      float minimum,
      FloatVector two,
      FloatVector four,
      FloatVector eight) {
    FloatVector m0 = load(square, at);
    FloatVector m1 = load(square, at + LANES);
    FloatVector m2 = load(square, at + 2 * LANES);
    FloatVector m3 = load(square, at + 3 * LANES);
    FloatVector m4 = load(square, at + 4 * LANES);
    FloatVector m5 = load(square, at + 5 * LANES);
    FloatVector even = m1.add(m2);
    FloatVector odd = m1.sub(m2);
    FloatVector wideEven = m3.add(m4);
    FloatVector wideOdd = m3.sub(m4);
    FloatVector r0 = m0.add(even).add(wideEven);
    FloatVector r1 = wideOdd.fma(two, odd);
    FloatVector r2 = wideEven.fma(four, even);
    FloatVector r3 = wideOdd.fma(eight, odd).add(m5);
    if (added != null) {
      r0 = r0.add(load(added, from));
      r1 = r1.add(load(added, from + pixel));
      r2 = r2.add(load(added, from + 2 * pixel));
      r3 = r3.add(load(added, from + 3 * pixel));
    }
    r0.max(minimum).intoArray(to, place);
    r1.max(minimum).intoArray(to, place + pixel);
    r2.max(minimum).intoArray(to, place + 2 * pixel);
    r3.max(minimum).intoArray(to, place + 3 * pixel);
  }

  /** {@code Bᵀ·d} for one line of a square: {@code stride} apart in, {@code step} apart out. */
  private static void inputLine(float[] from, int at, int stride, float[] to, int place, int step) {
    FloatVector d0 = load(from, at);
    FloatVector d1 = load(from, at + stride);
    FloatVector d2 = load(from, at + 2 * stride);
    FloatVector d3 = load(from, at + 3 * stride);
    FloatVector d4 = load(from, at + 4 * stride);
    FloatVector d5 = load(from, at + 5 * stride);
    d0.fma(of(4), d2.fma(of(-5), d4)).intoArray(to, place);
    FloatVector even = d2.fma(of(-4), d4);
    FloatVector odd = d1.fma(of(-4), d3);
    even.add(odd).intoArray(to, place + step);
    even.sub(odd).intoArray(to, place + 2 * step);
    even = d4.sub(d2);
    odd = d3.sub(d1);
    odd.fma(of(2), even).intoArray(to, place + 3 * step);
    odd.fma(of(-2), even).intoArray(to, place + 4 * step);
    d1.fma(of(4), d3.fma(of(-5), d5)).intoArray(to, place + 5 * step);
  }

  /** {@code Aᵀ·m} for one column of a square. */
  private static void outputColumn(
      float[] from,
      int at,
      int stride,
      float[] to,
      int place,
      FloatVector two,
      FloatVector four,
      FloatVector eight) {
    FloatVector m0 = load(from, at);
    FloatVector m1 = load(from, at + stride);
    FloatVector m2 = load(from, at + 2 * stride);
    FloatVector m3 = load(from, at + 3 * stride);
    FloatVector m4 = load(from, at + 4 * stride);
    FloatVector m5 = load(from, at + 5 * stride);
    FloatVector even = m1.add(m2);
    FloatVector odd = m1.sub(m2);
    FloatVector wideEven = m3.add(m4);
    FloatVector wideOdd = m3.sub(m4);
    m0.add(even).add(wideEven).intoArray(to, place);
    wideOdd.fma(two, odd).intoArray(to, place + LINE);
    wideEven.fma(four, even).intoArray(to, place + 2 * LINE);
    wideOdd.fma(eight, odd).add(m5).intoArray(to, place + 3 * LINE);
  }

  private static FloatVector of(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  private static FloatVector load(float[] from, int at) {
    return FloatVector.fromArray(SPECIES, from, at);
  }
}
