package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Layer;
import kintsugi.engine.Parallel;

/** The layers other than convolutions, on the padded activations of a {@link BufferPlan}. */
final class VectorLayers {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;

  private final Parallel parallel;

  VectorLayers(Parallel parallel) {
    this.parallel = parallel;
  }

  void maxPool(
      Layer.MaxPool pool, BufferPlan.Place in, BufferPlan.Place out, float[][] activations) {
    float[] from = activations[in.buffer()];
    float[] to = activations[out.buffer()];
    parallel.forEach(
        out.height(),
        y -> {
          int top = Math.max(0, y * pool.stride() - pool.padding());
          int bottom = Math.min(in.height(), y * pool.stride() - pool.padding() + pool.size());
          int start = in.at(top, 0);
          poolRow(pool, from, start, in.rowStride(), bottom - top, in.width(), to, out, y);
        });
  }

  /**
   * One row of the maximum over windows.
   *
   * @param from the rows below the windows, {@code rowStride} elements apart, from {@code start} on
   * @param rows how many
   * @param width pixels of each
   */
  static void poolRow(
      Layer.MaxPool pool,
      float[] from,
      int start,
      int rowStride,
      int rows,
      int width,
      float[] to,
      BufferPlan.Place out,
      int y) {
    int channels = out.channels();
    for (int x = 0; x < out.width(); x++) {
      int left = Math.max(0, x * pool.stride() - pool.padding());
      int right = Math.min(width, x * pool.stride() - pool.padding() + pool.size());
      int offset = start + left * channels;
      int line = (right - left) * channels;
      maximum(from, offset, rowStride, rows, line, to, out.at(y, x), channels);
    }
  }

  /** For every channel the maximum over a window of {@code rows} rows, {@code line} long each. */
  private static void maximum(
      float[] from,
      int offset,
      int rowStride,
      int rows,
      int line,
      float[] to,
      int place,
      int channels) {
    int whole = SPECIES.loopBound(channels);
    for (int c = 0; c < whole; c += SPECIES.length()) {
      FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
      for (int row = 0; row < rows; row++) {
        int start = offset + row * rowStride + c;
        for (int i = 0; i < line; i += channels) {
          max = max.max(FloatVector.fromArray(SPECIES, from, start + i));
        }
      }
      max.intoArray(to, place + c);
    }
    for (int c = whole; c < channels; c++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int row = 0; row < rows; row++) {
        int start = offset + row * rowStride + c;
        for (int i = 0; i < line; i += channels) {
          max = Math.max(max, from[start + i]);
        }
      }
      to[place + c] = max;
    }
  }

  void addRelu(
      BufferPlan.Place a, BufferPlan.Place b, BufferPlan.Place out, float[][] activations) {
    float[] left = activations[a.buffer()];
    float[] right = activations[b.buffer()];
    float[] to = activations[out.buffer()];
    parallel.forEach(
        out.height(),
        y -> {
          int line = out.width() * out.channels();
          addRelu(left, a.at(y, 0), right, b.at(y, 0), to, out.at(y, 0), line);
        });
  }

  private static void addRelu(
      float[] left, int a, float[] right, int b, float[] to, int out, int count) {
    int whole = SPECIES.loopBound(count);
    for (int i = 0; i < whole; i += SPECIES.length()) {
      FloatVector added = FloatVector.fromArray(SPECIES, right, b + i);
      FloatVector.fromArray(SPECIES, left, a + i).add(added).max(0).intoArray(to, out + i);
    }
    for (int i = whole; i < count; i++) {
      to[out + i] = Math.max(left[a + i] + right[b + i], 0);
    }
  }

  static void globalAverage(BufferPlan.Place in, BufferPlan.Place out, float[][] activations) {
    float[] from = activations[in.buffer()];
    int positions = in.height() * in.width();
    for (int c = 0; c < in.channels(); c++) {
      double sum = 0;
      for (int p = 0; p < positions; p++) {
        sum += from[in.at(p / in.width(), p % in.width()) + c];
      }
      activations[out.buffer()][out.at(0, 0) + c] = (float) (sum / positions);
    }
  }
}
