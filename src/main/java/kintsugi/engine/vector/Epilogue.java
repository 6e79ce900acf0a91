package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Layer;

/** The epilogue of a convolution: adds the residual, applies ReLU, stores. */
final class Epilogue {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;

  private final BufferPlan.Place residual;
  private final BufferPlan.Place out;
  private final boolean relu;

  Epilogue(Layer.Convolution layer, BufferPlan plan) {
    this.residual = layer.residual() == null ? null : plan.place(layer.residual());
    this.out = plan.place(layer.output());
    this.relu = layer.relu();
  }

  /**
   * Finishes and stores some channels of one pixel.
   *
   * @param sums the pixel's channels from {@code at} on; may be overwritten
   * @param count how many channels
   */
  void store(
      float[] sums, int at, int count, float[][] activations, int y, int x, int firstChannel) {
    if (residual != null) {
      int from = residual.at(y, x) + firstChannel;
      add(sums, at, activations[residual.buffer()], from, count);
    }
    float[] to = activations[out.buffer()];
    int place = out.at(y, x) + firstChannel;
    if (relu) {
      relu(sums, at, to, place, count);
    } else {
      System.arraycopy(sums, at, to, place, count);
    }
  }

  private static void add(float[] sums, int at, float[] more, int from, int count) {
    int whole = SPECIES.loopBound(count);
    for (int i = 0; i < whole; i += SPECIES.length()) {
      FloatVector added = FloatVector.fromArray(SPECIES, more, from + i);
      FloatVector.fromArray(SPECIES, sums, at + i).add(added).intoArray(sums, at + i);
    }
    for (int i = whole; i < count; i++) {
      sums[at + i] += more[from + i];
    }
  }

  private static void relu(float[] sums, int at, float[] to, int place, int count) {
    int whole = SPECIES.loopBound(count);
    for (int i = 0; i < whole; i += SPECIES.length()) {
      FloatVector.fromArray(SPECIES, sums, at + i).max(0).intoArray(to, place + i);
    }
    for (int i = whole; i < count; i++) {
      to[place + i] = Math.max(sums[at + i], 0);
    }
  }
}
