package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Layer;

/** The epilogue of a convolution: adds the residual, applies ReLU, stores. */
final class Epilogue {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();

  /** Null where the layer is computed together with the next. */
  final BufferPlan.Place out;

  /** Null where there is no residual. */
  final BufferPlan.Place residual;

  /** Of every result: 0 with ReLU, else −∞. */
  final float minimum;

  Epilogue(Layer.Convolution layer, BufferPlan plan) {
    this.residual = layer.residual() == null ? null : plan.place(layer.residual());
    this.out = plan.place(layer.output());
    this.minimum = layer.relu() ? 0 : Float.NEGATIVE_INFINITY;
  }

  /** The residual's buffer, or null. */
  float[] residual(float[][] activations) {
    return residual == null ? null : activations[residual.buffer()];
  }

  /** Where a pixel's channels of the residual start; 0 where there is none. */
  int residualAt(int y, int x) {
    return residual == null ? 0 : residual.at(y, x);
  }

  /** Elements from one row of the residual to the next; 0 where there is none. */
  int residualRow() {
    return residual == null ? 0 : residual.rowStride();
  }

  /**
   * Finishes and stores some channels of one pixel.
   *
   * @param sums the pixel's channels from {@code at} on
   * @param count how many channels
   */
  void store(
      float[] sums, int at, int count, float[][] activations, int y, int x, int firstChannel) {
    float[] to = activations[out.buffer()];
    int from = residualAt(y, x) + firstChannel;
    int place = out.at(y, x) + firstChannel;
    store(sums, at, count, residual(activations), from, to, place);
  }

  /**
   * The same to any place.
   *
   * @param added the residual, or null
   * @param from where the pixel's channels start in it
   */
  void store(float[] sums, int at, int count, float[] added, int from, float[] to, int place) {
    int whole = SPECIES.loopBound(count);
    for (int i = 0; i < whole; i += LANES) {
      store(FloatVector.fromArray(SPECIES, sums, at + i), added, from + i, to, place + i);
    }
    for (int i = whole; i < count; i++) {
      float sum = added == null ? sums[at + i] : sums[at + i] + added[from + i];
      to[place + i] = Math.max(sum, minimum);
    }
  }

  /** Finishes and stores one vector of channels. */
  private void store(FloatVector sum, float[] added, int from, float[] to, int place) {
    FloatVector result = added == null ? sum : sum.add(FloatVector.fromArray(SPECIES, added, from));
    result.max(minimum).intoArray(to, place);
  }
}
