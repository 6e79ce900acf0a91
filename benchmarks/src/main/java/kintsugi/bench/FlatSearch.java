package kintsugi.bench;

import java.nio.FloatBuffer;
import java.util.Arrays;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The exhaustive search of FAISS's {@code IndexFlatL2} on OpenBLAS: blocks of 4096 queries and 1024
 * rows, their products by {@code sgemm}, and the minimum of {@code ‖a‖² + ‖b‖² − 2·a·b} over each
 * block, as in its {@code exhaustive_L2sqr_blas}. The minimum is sought by Java.
 */
final class FlatSearch {
  private static final int QUERIES = 4096;
  private static final int ROWS = 1024;
  private static final int ROW_MAJOR = 101;
  private static final int AS_IT_IS = 111;
  private static final int TRANSPOSED = 112;

  private final Parallel parallel;
  private final int d;
  private final int count;
  private final FloatBuffer rows;
  private final float[] norms;
  private final FloatBuffer products = OnnxBackbone.direct(new float[QUERIES * ROWS]);

  /** Lays out rows {@code [N, D]}. */
  FlatSearch(Tensor rows, Parallel parallel) {
    this.parallel = parallel;
    this.count = rows.dim(0);
    this.d = rows.dim(1);
    this.rows = OnnxBackbone.direct(rows.data());
    this.norms = norms(rows.data());
    org.bytedeco.openblas.presets.openblas_nolapack.blas_set_num_threads(parallel.threads());
    if (org.bytedeco.openblas.presets.openblas_nolapack.blas_get_num_threads()
        != parallel.threads()) {
      throw new IllegalStateException(
          "OpenBLAS runs on "
              + org.bytedeco.openblas.presets.openblas_nolapack.blas_get_num_threads()
              + " threads");
    }
  }

  private float[] norms(float[] of) {
    float[] norms = new float[of.length / d];
    for (int i = 0; i < of.length; i++) {
      norms[i / d] += of[i] * of[i];
    }
    return norms;
  }

  /** {@return the nearest row of each query and its squared distance} */
  NeighborIndex.Nearest nearest(Tensor queries) {
    int all = queries.dim(0);
    NeighborIndex.Nearest nearest = NeighborIndex.Nearest.unknown(all, 1);
    Arrays.fill(nearest.squaredDistance(), Double.POSITIVE_INFINITY);
    float[] queryNorms = norms(queries.data());
    FloatBuffer direct = OnnxBackbone.direct(queries.data());
    for (int q = 0; q < all; q += QUERIES) {
      int m = Math.min(QUERIES, all - q);
      for (int r = 0; r < count; r += ROWS) {
        int n = Math.min(ROWS, count - r);
        openblas_nolapack.cblas_sgemm(
            ROW_MAJOR,
            AS_IT_IS,
            TRANSPOSED,
            m,
            n,
            d,
            1,
            direct.position(q * d),
            d,
            rows.position(r * d),
            d,
            0,
            products,
            n);
        int firstQuery = q;
        int firstRow = r;
        parallel.forEach(m, i -> minimum(nearest, queryNorms, firstQuery + i, i * n, firstRow, n));
      }
    }
    return nearest;
  }

  private void minimum(
      NeighborIndex.Nearest nearest, float[] queryNorms, int query, int at, int row, int n) {
    float best = (float) nearest.squaredDistance()[query];
    int index = nearest.index()[query];
    for (int j = 0; j < n; j++) {
      float distance = queryNorms[query] + norms[row + j] - 2 * products.get(at + j);
      if (distance < best) {
        best = distance;
        index = row + j;
      }
    }
    nearest.squaredDistance()[query] = Math.max(0, best);
    nearest.index()[query] = index;
  }
}
