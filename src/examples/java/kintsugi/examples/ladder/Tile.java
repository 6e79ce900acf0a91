package kintsugi.examples.ladder;

import static kintsugi.examples.ladder.Ladder.CHANNELS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The micro-kernel of steps 7 and 8: four pixels, {@link Ladder#CHANNELS} elements apart, by a
 * panel of two vectors of output channels.
 */
final class Tile {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Pixels of a tile. */
  static final int PIXELS = 4;

  /** Output channels of a tile. */
  static final int PANEL = 2 * LANES;

  private Tile() {}

  /** Sums {@code rows} runs of {@code depth} products, {@code rowStride} apart, on to the bias. */
  static void compute(
      float[] in,
      int from,
      int rowStride,
      int rows,
      int depth,
      float[] panels,
      int panelAt,
      float[] bias,
      int biasAt,
      float[] out,
      int to) {
    FloatVector a0 = FloatVector.fromArray(SPECIES, bias, biasAt);
    FloatVector b0 = FloatVector.fromArray(SPECIES, bias, biasAt + LANES);
    FloatVector a1 = a0;
    FloatVector b1 = b0;
    FloatVector a2 = a0;
    FloatVector b2 = b0;
    FloatVector a3 = a0;
    FloatVector b3 = b0;
    for (int row = 0; row < rows; row++) {
      int p = from + row * rowStride;
      for (int k = 0; k < depth; k++) {
        int at = panelAt + (row * depth + k) * PANEL;
        FloatVector v = FloatVector.fromArray(SPECIES, panels, at);
        FloatVector w = FloatVector.fromArray(SPECIES, panels, at + LANES);
        FloatVector x = FloatVector.broadcast(SPECIES, in[p + k]);
        a0 = x.fma(v, a0);
        b0 = x.fma(w, b0);
        x = FloatVector.broadcast(SPECIES, in[p + CHANNELS + k]);
        a1 = x.fma(v, a1);
        b1 = x.fma(w, b1);
        x = FloatVector.broadcast(SPECIES, in[p + 2 * CHANNELS + k]);
        a2 = x.fma(v, a2);
        b2 = x.fma(w, b2);
        x = FloatVector.broadcast(SPECIES, in[p + 3 * CHANNELS + k]);
        a3 = x.fma(v, a3);
        b3 = x.fma(w, b3);
      }
    }
    a0.intoArray(out, to);
    b0.intoArray(out, to + LANES);
    a1.intoArray(out, to + CHANNELS);
    b1.intoArray(out, to + CHANNELS + LANES);
    a2.intoArray(out, to + 2 * CHANNELS);
    b2.intoArray(out, to + 2 * CHANNELS + LANES);
    a3.intoArray(out, to + 3 * CHANNELS);
    b3.intoArray(out, to + 3 * CHANNELS + LANES);
  }
}
