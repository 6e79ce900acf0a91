package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;
import static kintsugi.examples.ladder.Ladder.PADDED;
import static kintsugi.examples.ladder.Ladder.SIDE;

/**
 * Step 7, weights packed into panels, {@code [O / panel][K][panel]}: a panel is read from its first
 * to its last element, the next address is a constant away, and a panel of 72 KB stays in the
 * second-level cache for all pixels. The tile itself stands in {@link Tile}, since step 8 uses it.
 */
public final class Step7Packed implements Ladder.Step {
  private static final int PANEL = Tile.PANEL;

  private final float[] panels;
  private final float[] bias;

  Step7Packed(float[] weight, float[] bias) {
    this.panels = packed(weight, 9 * CHANNELS);
    this.bias = bias;
  }

  /** Packs {@code [depth, O]}. */
  static float[] packed(float[] weight, int depth) {
    float[] packed = new float[depth * CHANNELS];
    for (int i = 0; i < packed.length; i++) {
      int o = i % CHANNELS;
      packed[(o / PANEL * depth + i / CHANNELS) * PANEL + o % PANEL] = weight[i];
    }
    return packed;
  }

  @Override
  public float[] convolve(float[] image) {
    float[] padded = Ladder.padded(image);
    float[] out = new float[SIDE * SIDE * CHANNELS];
    int depth = 3 * CHANNELS;
    for (int panel = 0; panel < CHANNELS / PANEL; panel++) {
      for (int pixel = 0; pixel < SIDE * SIDE; pixel += Tile.PIXELS) {
        int from = (pixel / SIDE * PADDED + pixel % SIDE) * CHANNELS;
        int to = pixel * CHANNELS + panel * PANEL;
        Tile.compute(
            padded,
            from,
            PADDED * CHANNELS,
            3,
            depth,
            panels,
            panel * 3 * depth * PANEL,
            bias,
            panel * PANEL,
            out,
            to);
      }
    }
    return out;
  }

  /** Runs this step and prints its speed. */
  public static void main(String... arguments) {
    Ladder.report(7);
  }
}
