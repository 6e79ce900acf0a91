package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;
import static kintsugi.examples.ladder.Ladder.PADDED;
import static kintsugi.examples.ladder.Ladder.SIDE;

/**
 * Step 8, Winograd F(2x2, 3x3): four results need 16 products per channel in place of 36. A row of
 * 28 squares at a time is transformed, multiplied (16 matrix products on {@link Tile}) and
 * transformed back, so that it stays in the cache. The sums are other sums: differences are of the
 * size of rounding.
 */
public final class Step8Winograd implements Ladder.Step {
  private static final int SQUARES = SIDE / 2;
  private static final int RUN = SQUARES * CHANNELS;

  private final float[][] panels;
  private final float[] bias;
  private final float[] square = new float[16 * Transform.LANES];

  Step8Winograd(float[] weight, float[] bias) {
    this.panels = Transform.weights(weight);
    this.bias = bias;
  }

  @Override
  public float[] convolve(float[] image) {
    float[] padded = Ladder.padded(image);
    float[] inputs = new float[16 * RUN];
    float[] products = new float[16 * RUN];
    float[] out = new float[SIDE * SIDE * CHANNELS];
    for (int row = 0; row < SQUARES; row++) {
      for (int s = 0; s < SQUARES; s++) {
        int from = (row * 2 * PADDED + s * 2) * CHANNELS;
        Transform.input(padded, from, square, inputs, s * CHANNELS, RUN);
      }
      for (int product = 0; product < 16; product++) {
        multiply(inputs, product, products);
      }
      for (int s = 0; s < SQUARES; s++) {
        int to = (row * 2 * SIDE + s * 2) * CHANNELS;
        Transform.output(products, s * CHANNELS, RUN, square, out, to);
      }
    }
    return out;
  }

  /** The product at (1, 1) has the bias, since it is part of all four results. */
  private void multiply(float[] inputs, int product, float[] products) {
    float[] start = product == 5 ? bias : new float[CHANNELS];
    for (int o = 0; o < CHANNELS; o += Tile.PANEL) {
      for (int s = 0; s < SQUARES; s += Tile.PIXELS) {
        int at = product * RUN + s * CHANNELS;
        int panel = o * CHANNELS;
        Tile.compute(
            inputs, at, 0, 1, CHANNELS, panels[product], panel, start, o, products, at + o);
      }
    }
  }

  /** Runs this step and prints its speed. */
  public static void main(String... arguments) {
    Ladder.report(8);
  }
}
