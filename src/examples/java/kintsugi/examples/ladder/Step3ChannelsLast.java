package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;
import static kintsugi.examples.ladder.Ladder.PADDED;
import static kintsugi.examples.ladder.Ladder.SIDE;

/**
 * Step 3, channels last, {@code [H, W, C]}: the window of a pixel is three runs of adjacent memory,
 * so the innermost loop is long and its loads come in order. The sum is still one chain of fma, and
 * its order is another one (kh, kw, channel): differences are of the size of rounding.
 */
public final class Step3ChannelsLast implements Ladder.Step {
  private final float[] weight;
  private final float[] bias;

  /** Weights per output, {@code [O, 3, 3, I]}, so that they come in order too. */
  Step3ChannelsLast(float[] weight, float[] bias) {
    this.weight = Ladder.transposed(weight, 9 * CHANNELS, CHANNELS);
    this.bias = bias;
  }

  @Override
  public float[] convolve(float[] image) {
    float[] padded = Ladder.padded(image);
    float[] out = new float[SIDE * SIDE * CHANNELS];
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        for (int o = 0; o < CHANNELS; o++) {
          float sum = bias[o];
          for (int kh = 0; kh < 3; kh++) {
            int from = ((y + kh) * PADDED + x) * CHANNELS;
            int w = (o * 3 + kh) * 3 * CHANNELS;
            for (int k = 0; k < 3 * CHANNELS; k++) {
              sum = Math.fma(padded[from + k], weight[w + k], sum);
            }
          }
          out[(y * SIDE + x) * CHANNELS + o] = sum;
        }
      }
    }
    return out;
  }

  /** Runs this step and prints its speed. */
  public static void main(String... arguments) {
    Ladder.report(3);
  }
}
