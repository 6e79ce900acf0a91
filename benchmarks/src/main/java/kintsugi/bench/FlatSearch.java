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
  private final int all;
  private final FloatBuffer rows;
  private final FloatBuffer queries;
  private final float[] norms;
  private final float[] queryValues;
  private final FloatBuffer products = OnnxBackbone.direct(new float[QUERIES * ROWS]);

  /** Something to do with the products of queries and rows from here on. */
  private interface Block {
    void use(int query, int queries, int row, int rows);
  }

  /** Lays out rows {@code [N, D]} and queries {@code [M, D]}. */
  FlatSearch(Tensor rows, Tensor queries, Parallel parallel) {
    this.parallel = parallel;
    this.count = rows.dim(0);
    this.d = rows.dim(1);
    this.all = queries.dim(0);
    this.rows = OnnxBackbone.direct(rows.data());
    this.queries = OnnxBackbone.direct(queries.data());
    this.queryValues = queries.data();
    this.norms = norms(rows.data());
    openblas_nolapack.blas_set_num_threads(parallel.threads());
    int threads = openblas_nolapack.blas_get_num_threads();
    if (threads != parallel.threads()) {
      throw new IllegalStateException("OpenBLAS runs on " + threads + " threads");
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
  NeighborIndex.Nearest nearest() {
    NeighborIndex.Nearest nearest = NeighborIndex.Nearest.unknown(all, 1);
    Arrays.fill(nearest.squaredDistance(), Double.POSITIVE_INFINITY);
    float[] queryNorms = norms(queryValues);
    blocks(
        (query, m, row, n) ->
            parallel.forEach(m, i -> minimum(nearest, queryNorms, query + i, i * n, row, n)));
    return nearest;
  }

  /**
   * {@return the products of the last block} The same matrix products as of a search, and nothing
   * else: a lower bound of it, whatever seeks the minimum.
   */
  Object product() {
    blocks((query, m, row, n) -> {});
    return products;
  }

  private void blocks(Block block) {
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
            queries.position(q * d),
            d,
            rows.position(r * d),
            d,
            0,
            products,
            n);
        block.use(q, m, r, n);
      }
    }
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
