package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;
import static kintsugi.examples.ladder.Ladder.PADDED;
import static kintsugi.examples.ladder.Ladder.SIDE;

/**
 * Step 2, a frame of zeros around the image: the test for the edge leaves the innermost loop, which
 * the compiler can then unroll. Zeros change no sum, so the bits stay.
 */
public final class Step2Padded implements Ladder.Step {
  private final float[] weight;
  private final float[] bias;

  Step2Padded(float[] weight, float[] bias) {
    this.weight = Ladder.transposed(weight, 9, CHANNELS * CHANNELS);
    this.bias = bias;
  }

  @Override
  public float[] convolve(float[] image) {
    float[] padded = new float[CHANNELS * PADDED * PADDED];
    for (int line = 0; line < CHANNELS * SIDE; line++) {
      int to = (line / SIDE * PADDED + line % SIDE + 1) * PADDED + 1;
      System.arraycopy(image, line * SIDE, padded, to, SIDE);
    }
    float[] out = new float[CHANNELS * SIDE * SIDE];
    for (int o = 0; o < CHANNELS; o++) {
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          float sum = bias[o];
          for (int i = 0; i < CHANNELS; i++) {
            for (int kh = 0; kh < 3; kh++) {
              int from = (i * PADDED + y + kh) * PADDED + x;
              int w = (i * CHANNELS + o) * 9 + kh * 3;
              for (int kw = 0; kw < 3; kw++) {
                sum = Math.fma(padded[from + kw], weight[w + kw], sum);
              }
            }
          }
          out[(o * SIDE + y) * SIDE + x] = sum;
        }
      }
    }
    return out;
  }

  /** Runs this step and prints its speed. */
  public static void main(String... arguments) {
    Ladder.report(2);
  }
}
