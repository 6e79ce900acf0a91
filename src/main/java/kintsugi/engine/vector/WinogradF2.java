package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The transforms of F(2x2,3x3): squares of 2x2 results from 4x4 inputs. */
final class WinogradF2 {
  /** {@code G}, a row per input. */
  static final double[][] G = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};

  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int SIDE = 4;
  private static final int LINE = SIDE * LANES;

  private WinogradF2() {}

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
    for (int c = 0; c < channels; c += LANES) {
      for (int i = 0; i < SIDE; i++) {
        outputColumn(products, at + i * step + c, SIDE * step, square, squareAt + i * LANES, LINE);
      }
      for (int i = 0; i < 2; i++) {
        outputRow(
            square,
            squareAt + i * LINE,
            added,
            from + i * fromRow + c,
            to,
            place + i * row + c,
            channels,
            minimum);
      }
    }
  }

  /** {@code m·A} for one row of a square, and the epilogue. */
  private static void outputRow(
      float[] square,
      int at,
      float[] added,
      int from,
      float[] to,
      int place,
      int pixel,
      float minimum) {
    FloatVector m0 = load(square, at);
    FloatVector m1 = load(square, at + LANES);
    FloatVector m2 = load(square, at + 2 * LANES);
    FloatVector m3 = load(square, at + 3 * LANES);
    FloatVector r0 = m0.add(m1).add(m2);
    FloatVector r1 = m1.sub(m2).sub(m3);
    if (added != null) {
      r0 = r0.add(load(added, from));
      r1 = r1.add(load(added, from + pixel));
    }
    r0.max(minimum).intoArray(to, place);
    r1.max(minimum).intoArray(to, place + pixel);
  }

  /** {@code Bᵀ·d} for one line of a square: {@code stride} apart in, {@code step} apart out. */
  private static void inputLine(float[] from, int at, int stride, float[] to, int place, int step) {
    FloatVector d0 = load(from, at);
    FloatVector d1 = load(from, at + stride);
    FloatVector d2 = load(from, at + 2 * stride);
    FloatVector d3 = load(from, at + 3 * stride);
    d0.sub(d2).intoArray(to, place);
    d1.add(d2).intoArray(to, place + step);
    d2.sub(d1).intoArray(to, place + 2 * step);
    d1.sub(d3).intoArray(to, place + 3 * step);
  }

  /** {@code Aᵀ·m} for one column of a square. */
  private static void outputColumn(
      float[] from, int at, int stride, float[] to, int place, int step) {
    FloatVector m0 = load(from, at);
    FloatVector m1 = load(from, at + stride);
    FloatVector m2 = load(from, at + 2 * stride);
    FloatVector m3 = load(from, at + 3 * stride);
    m0.add(m1).add(m2).intoArray(to, place);
    m1.sub(m2).sub(m3).intoArray(to, place + step);
  }

  private static FloatVector load(float[] from, int at) {
    return FloatVector.fromArray(SPECIES, from, at);
  }
}
