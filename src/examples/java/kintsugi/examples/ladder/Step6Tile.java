package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Step 6, a tile of four pixels by two vectors of output channels: eight sums, of which none waits
 * for another, keep the fma units busy, and each weight that is loaded serves four pixels.
 */
public final class Step6Tile implements Ladder.Step {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private final float[] weight;
  private final float[] bias;

  Step6Tile(float[] weight, float[] bias) {
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public float[] convolve(float[] image) {
    float[] padded = Ladder.padded(image);
    float[] out = new float[Ladder.SIDE * Ladder.SIDE * CHANNELS];
    for (int o = 0; o < CHANNELS; o += 2 * LANES) {
      for (int pixel = 0; pixel < Ladder.SIDE * Ladder.SIDE; pixel += 4) {
        tile(padded, pixel, o, out);
      }
    }
    return out;
  }

  private void tile(float[] padded, int pixel, int o, float[] out) {
    FloatVector a0 = FloatVector.fromArray(SPECIES, bias, o);
    FloatVector b0 = FloatVector.fromArray(SPECIES, bias, o + LANES);
    FloatVector a1 = a0;
    FloatVector b1 = b0;
    FloatVector a2 = a0;
    FloatVector b2 = b0;
    FloatVector a3 = a0;
    FloatVector b3 = b0;
    for (int kh = 0; kh < 3; kh++) {
      int row = ((pixel / Ladder.SIDE + kh) * Ladder.PADDED + pixel % Ladder.SIDE) * CHANNELS;
      for (int k = 0; k < 3 * CHANNELS; k++) {
        int at = (kh * 3 * CHANNELS + k) * CHANNELS + o;
        FloatVector v = FloatVector.fromArray(SPECIES, weight, at);
        FloatVector w = FloatVector.fromArray(SPECIES, weight, at + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, padded[row + k]);
        a0 = x.fma(v, a0);
        b0 = x.fma(w, b0);
        x = FloatVector.broadcast(SPECIES, padded[row + CHANNELS + k]);
        a1 = x.fma(v, a1);
        b1 = x.fma(w, b1);
        x = FloatVector.broadcast(SPECIES, padded[row + 2 * CHANNELS + k]);
        a2 = x.fma(v, a2);
        b2 = x.fma(w, b2);
        x = FloatVector.broadcast(SPECIES, padded[row + 3 * CHANNELS + k]);
        a3 = x.fma(v, a3);
        b3 = x.fma(w, b3);
      }
    }
    int to = pixel * CHANNELS + o;
    a0.intoArray(out, to);
    b0.intoArray(out, to + LANES);
    a1.intoArray(out, to + CHANNELS);
    b1.intoArray(out, to + CHANNELS + LANES);
    a2.intoArray(out, to + 2 * CHANNELS);
    b2.intoArray(out, to + 2 * CHANNELS + LANES);
    a3.intoArray(out, to + 3 * CHANNELS);
    b3.intoArray(out, to + 3 * CHANNELS + LANES);
  }

  /** Runs this step and prints its speed. */
  public static void main(String... arguments) {
    Ladder.report(6);
  }
}
