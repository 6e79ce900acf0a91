package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;
import static kintsugi.examples.ladder.Ladder.PADDED;
import static kintsugi.examples.ladder.Ladder.SIDE;

/**
 * Step 4, output channels inside: 64 sums grow side by side and none waits for another. Now the
 * compiler can use vector instructions by itself, since the sums are independent; a single sum it
 * must not split, because that would change its rounding. Bits stay: each sum has its old order.
 *
 * <p>It is the loop of the specification, {@code ScalarNetwork.addWindow}. The sums are in memory,
 * so each fma comes with two loads and a store.
 */
public final class Step4OutputsInside implements Ladder.Step {
  private final float[] weight;
  private final float[] bias;

  Step4OutputsInside(float[] weight, float[] bias) {
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public float[] convolve(float[] image) {
    float[] padded = Ladder.padded(image);
    float[] out = new float[SIDE * SIDE * CHANNELS];
    float[] sums = new float[CHANNELS];
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        System.arraycopy(bias, 0, sums, 0, CHANNELS);
        for (int kh = 0; kh < 3; kh++) {
          for (int k = 0; k < 3 * CHANNELS; k++) {
            float value = padded[((y + kh) * PADDED + x) * CHANNELS + k];
            add(value, (kh * 3 * CHANNELS + k) * CHANNELS, sums);
          }
        }
        System.arraycopy(sums, 0, out, (y * SIDE + x) * CHANNELS, CHANNELS);
      }
    }
    return out;
  }

  /** {@code sums += value·weight} for all output channels. */
  private void add(float value, int w, float[] sums) {
    for (int o = 0; o < CHANNELS; o++) {
      sums[o] = Math.fma(value, weight[w + o], sums[o]);
    }
  }

  /** Runs this step and prints its speed. */
  public static void main(String... arguments) {
    Ladder.report(4);
  }
}
