package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;
import static kintsugi.examples.ladder.Ladder.PADDED;
import static kintsugi.examples.ladder.Ladder.SIDE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Step 5, sums in registers: with the Vector API the sums of two vectors of output channels stay in
 * registers through the whole window. Of the two loads and the store per fma one load is left, that
 * of the weights. Lanes are output channels and never mix, so the bits stay.
 */
public final class Step5Registers implements Ladder.Step {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private final float[] weight;
  private final float[] bias;

  Step5Registers(float[] weight, float[] bias) {
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public float[] convolve(float[] image) {
    float[] padded = Ladder.padded(image);
    float[] out = new float[SIDE * SIDE * CHANNELS];
    for (int o = 0; o < CHANNELS; o += 2 * LANES) {
      for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
        int from = (pixel / SIDE * PADDED + pixel % SIDE) * CHANNELS;
        window(padded, from, o, out, pixel * CHANNELS + o);
      }
    }
    return out;
  }

  private void window(float[] padded, int from, int o, float[] out, int to) {
    FloatVector a = FloatVector.fromArray(SPECIES, bias, o);
    FloatVector b = FloatVector.fromArray(SPECIES, bias, o + LANES);
    for (int kh = 0; kh < 3; kh++) {
      int row = from + kh * PADDED * CHANNELS;
      for (int k = 0; k < 3 * CHANNELS; k++) {
        int w = (kh * 3 * CHANNELS + k) * CHANNELS + o;
        FloatVector value = FloatVector.broadcast(SPECIES, padded[row + k]);
        a = value.fma(FloatVector.fromArray(SPECIES, weight, w), a);
        b = value.fma(FloatVector.fromArray(SPECIES, weight, w + LANES), b);
      }
    }
    a.intoArray(out, to);
    b.intoArray(out, to + LANES);
  }

  /** Runs this step and prints its speed. */
  public static void main(String... arguments) {
    Ladder.report(5);
  }
}
