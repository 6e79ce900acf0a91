package kintsugi.engine.vector;

import kintsugi.engine.Layer;
import kintsugi.engine.Parallel;

/**
 * The stem: a convolution and the maximum over windows of its results, band by band, so that the
 * results, the largest activation of the network, stay in the cache until they are read. Rows that
 * two bands need are moved from one to the next; where another thread begins they are computed
 * again.
 */
final class PooledConvolution implements PlannedLayer {
  /** Rows of the pool's result per band. */
  private static final int BAND = 4;

  /** Parts per thread when threads share an image. */
  private static final int PARTS = 2;

  private final DirectConvolution convolution;
  private final Layer.MaxPool pool;
  private final BufferPlan.Place out;
  private final int height;
  private final int width;
  private final int rowStride;

  /**
   * A pair of layers.
   *
   * @param convolution one whose windows are gathered, without residual
   * @param shape {@code [H, W, C]} of its result
   */
  PooledConvolution(
      DirectConvolution convolution, int[] shape, Layer.MaxPool pool, BufferPlan plan) {
    this.convolution = convolution;
    this.pool = pool;
    this.out = plan.place(pool.output());
    this.height = shape[0];
    this.width = shape[1];
    this.rowStride = shape[1] * shape[2];
  }

  @Override
  public int scratch() {
    return bandAt() + ((BAND - 1) * pool.stride() + pool.size()) * rowStride;
  }

  /** Where in scratch memory the band starts: behind the convolution's. */
  private int bandAt() {
    return convolution.scratch();
  }

  @Override
  public void run(float[][][] images, float[] scratch) {
    for (float[][] activations : images) {
      rows(0, out.height(), activations, scratch);
    }
  }

  @Override
  public void runShared(Parallel parallel, float[][] activations, float[][] scratch) {
    int parts = Math.min(PARTS * parallel.threads(), out.height());
    parallel.forEach(
        parts,
        (i, thread) ->
            rows(
                out.height() * i / parts,
                out.height() * (i + 1) / parts,
                activations,
                scratch[thread]));
  }

  /** Some rows of the pool's result. */
  private void rows(int first, int end, float[][] activations, float[] scratch) {
    int bandTop = 0;
    int computed = 0;
    for (int y = first; y < end; y += BAND) {
      int next = Math.min(y + BAND, end);
      int top = top(y);
      int bottom = bottom(next - 1);
      int kept = Math.max(0, computed - top);
      if (kept > 0) {
        int from = bandAt() + (top - bandTop) * rowStride;
        System.arraycopy(scratch, from, scratch, bandAt(), kept * rowStride);
      }
      convolution.rows(
          top + kept, bottom, activations, scratch, scratch, bandAt() + kept * rowStride);
      for (int row = y; row < next; row++) {
        int start = bandAt() + (top(row) - top) * rowStride;
        int rows = bottom(row) - top(row);
        float[] to = activations[out.buffer()];
        VectorLayers.poolRow(pool, scratch, start, rowStride, rows, width, to, out, row);
      }
      bandTop = top;
      computed = bottom;
    }
  }

  /** The first of the convolution's rows below a row of the pool's windows. */
  private int top(int y) {
    return Math.max(0, y * pool.stride() - pool.padding());
  }

  /** The row after the last. */
  private int bottom(int y) {
    return Math.min(height, y * pool.stride() - pool.padding() + pool.size());
  }
}
