package kintsugi.patchcore;

import kintsugi.engine.Engine;
import kintsugi.engine.RowBank;
import kintsugi.engine.Rows;
import kintsugi.tensor.Tensor;

/**
 * The normal patches that new ones are compared with (Roth et al., section 3.2 and 3.3).
 *
 * @param patches {@code [M, D]}
 * @param rows the same, laid out
 */
public record MemoryBank(Tensor patches, RowBank rows) {

  /**
   * {@return a bank laid out for an engine}
   *
   * @param patches {@code [M, D]}
   * @param engine the arithmetic
   */
  public static MemoryBank of(Tensor patches, Engine engine) {
    return new MemoryBank(patches, engine.bank(Rows.of(patches)));
  }

  /**
   * The anomaly scores of patches: the mean over the {@code k} nearest bank patches of the distance
   * to them, or of the squared distance.
   *
   * @param patches {@code [Q, D]}
   * @param k how many neighbours
   * @param squared whether distances are squared
   * @return one number a patch
   */
  public float[] distances(Tensor patches, int k, boolean squared) {
    int neighbours = Math.min(k, rows.rows());
    double[] all = rows.nearest(patches, neighbours).squaredDistance();
    float[] distances = new float[patches.dim(0)];
    for (int q = 0; q < distances.length; q++) {
      double sum = 0;
      for (int i = q * neighbours; i < (q + 1) * neighbours; i++) {
        sum += squared ? all[i] : Math.sqrt(all[i]);
      }
      distances[q] = (float) (sum / neighbours);
    }
    return distances;
  }

  /**
   * How much an image's score counts, by how common patches like its worst one are (equation 7).
   * With {@code m} the bank patch nearest to the worst patch {@code p}, and {@code b} running over
   * the {@code neighbours} bank patches nearest to {@code m}, itself among them:
   *
   * <pre>{@code w = 1 − exp ‖p − m‖ / Σ_b exp ‖p − b‖}</pre>
   *
   * The largest distance is subtracted from all before {@code exp}, which changes no quotient and
   * cannot overflow.
   *
   * @param patch {@code p}, {@code [D]}
   * @param neighbours how many bank patches near {@code m}
   * @return the weight
   */
  public double weight(float[] patch, int neighbours) {
    int d = patch.length;
    int nearest = rows.nearest(Tensor.of(patch, 1, d), 1).index()[0];
    if (nearest < 0) {
      return Double.NaN;
    }
    float[] m = new float[d];
    System.arraycopy(patches.data(), nearest * d, m, 0, d);
    int count = Math.min(neighbours, rows.rows());
    int[] support = rows.nearest(Tensor.of(m, 1, d), count).index();
    double[] distance = new double[count];
    double largest = 0;
    for (int b = 0; b < count; b++) {
      double squared = RowBank.squaredDistance(patch, 0, patches.data(), support[b] * d, d);
      distance[b] = Math.sqrt(squared);
      largest = Math.max(largest, distance[b]);
    }
    double sum = 0;
    for (double each : distance) {
      sum += Math.exp(each - largest);
    }
    return 1 - Math.exp(distance[0] - largest) / sum;
  }
}
