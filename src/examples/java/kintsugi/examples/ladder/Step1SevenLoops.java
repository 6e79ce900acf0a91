package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;
import static kintsugi.examples.ladder.Ladder.SIDE;

/**
 * Step 1, the formula: seven loops over images, output channels, rows, columns, input channels and
 * the window, in the order of the papers, on {@code [C, H, W]} as torch stores it.
 *
 * <p>One sum at a time: each fma waits for the one before, four cycles, and a test for the edge
 * stands in the innermost loop.
 */
public final class Step1SevenLoops implements Ladder.Step {
  private final float[] weight;
  private final float[] bias;

  Step1SevenLoops(float[] weight, float[] bias) {
    this.weight = Ladder.transposed(weight, 9, CHANNELS * CHANNELS);
    this.bias = bias;
  }

  @Override
  public float[] convolve(float[] image) {
    float[] out = new float[CHANNELS * SIDE * SIDE];
    for (int n = 0; n < 1; n++) {
      for (int o = 0; o < CHANNELS; o++) {
        for (int y = 0; y < SIDE; y++) {
          for (int x = 0; x < SIDE; x++) {
            float sum = bias[o];
            for (int i = 0; i < CHANNELS; i++) {
              for (int kh = 0; kh < 3; kh++) {
                for (int kw = 0; kw < 3; kw++) {
                  int v = y + kh - 1;
                  int u = x + kw - 1;
                  if (v >= 0 && v < SIDE && u >= 0 && u < SIDE) {
                    float value = image[(i * SIDE + v) * SIDE + u];
                    float w = weight[(i * CHANNELS + o) * 9 + kh * 3 + kw];
                    sum = Math.fma(value, w, sum);
                  }
                }
              }
            }
            out[(o * SIDE + y) * SIDE + x] = sum;
          }
        }
      }
    }
    return out;
  }

  /** Runs this step and prints its speed. */
  public static void main(String... arguments) {
    Ladder.report(1);
  }
}
