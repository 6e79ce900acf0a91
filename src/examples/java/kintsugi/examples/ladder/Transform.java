package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;
import static kintsugi.examples.ladder.Ladder.PADDED;
import static kintsugi.examples.ladder.Ladder.SIDE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The transforms of step 8: {@code Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A}. */
final class Transform {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();
  private static final float[][] G = {{1, 0, 0}, {.5f, .5f, .5f}, {.5f, -.5f, .5f}, {0, 0, 1}};

  private Transform() {}

  /** {@code G·g·Gᵀ}: for each of the 16 products the packed weights {@code [I, O]}. */
  static float[][] weights(float[] weight) {
    int size = CHANNELS * CHANNELS;
    float[][] panels = new float[16][];
    for (int p = 0; p < 16; p++) {
      float[] matrix = new float[size];
      for (int k = 0; k < 9 * size; k++) {
        int window = k / size;
        matrix[k % size] += G[p / 4][window / 3] * G[p % 4][window % 3] * weight[k];
      }
      panels[p] = Step7Packed.packed(matrix, CHANNELS);
    }
    return panels;
  }

  /** {@code Bᵀ·d·B} of one square: down its columns, then along its rows. */
  static void input(float[] image, int from, float[] square, float[] to, int at, int step) {
    for (int c = 0; c < CHANNELS; c += LANES) {
      for (int i = 0; i < 4; i++) {
        int column = from + i * CHANNELS + c;
        inputLine(image, column, PADDED * CHANNELS, square, i * LANES, 4 * LANES);
      }
      for (int i = 0; i < 4; i++) {
        inputLine(square, i * 4 * LANES, LANES, to, at + i * 4 * step + c, step);
      }
    }
  }

  /** {@code Aᵀ·M·A} of one square. */
  static void output(float[] products, int at, int step, float[] square, float[] out, int to) {
    for (int c = 0; c < CHANNELS; c += LANES) {
      for (int i = 0; i < 4; i++) {
        outputLine(products, at + i * step + c, 4 * step, square, i * LANES, 4 * LANES);
      }
      for (int i = 0; i < 2; i++) {
        outputLine(square, i * 4 * LANES, LANES, out, to + i * SIDE * CHANNELS + c, CHANNELS);
      }
    }
  }

  private static void inputLine(float[] from, int at, int stride, float[] to, int place, int step) {
    FloatVector d0 = FloatVector.fromArray(SPECIES, from, at);
    FloatVector d1 = FloatVector.fromArray(SPECIES, from, at + stride);
    FloatVector d2 = FloatVector.fromArray(SPECIES, from, at + 2 * stride);
    FloatVector d3 = FloatVector.fromArray(SPECIES, from, at + 3 * stride);
    d0.sub(d2).intoArray(to, place);
    d1.add(d2).intoArray(to, place + step);
    d2.sub(d1).intoArray(to, place + 2 * step);
    d1.sub(d3).intoArray(to, place + 3 * step);
  }

  private static void outputLine(
      float[] from, int at, int stride, float[] to, int place, int step) {
    FloatVector m0 = FloatVector.fromArray(SPECIES, from, at);
    FloatVector m1 = FloatVector.fromArray(SPECIES, from, at + stride);
    FloatVector m2 = FloatVector.fromArray(SPECIES, from, at + 2 * stride);
    FloatVector m3 = FloatVector.fromArray(SPECIES, from, at + 3 * stride);
    m0.add(m1).add(m2).intoArray(to, place);
    m1.sub(m2).sub(m3).intoArray(to, place + step);
  }
}
