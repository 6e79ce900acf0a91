package kintsugi.patchcore;

import java.util.List;
import kintsugi.detector.Patches;
import kintsugi.engine.Engine;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The memory bank: patches of normal images that new ones are compared with (Roth et al., sections
 * 3.2 and 3.3).
 *
 * @param patches {@code [M, D]}
 * @param index the same, prepared by an engine
 */
public record MemoryBank(Tensor patches, NeighborIndex index) {
  /**
   * A bank prepared for an engine.
   *
   * @param patches {@code [M, D]}
   * @param engine the arithmetic
   * @return the bank
   */
  public static MemoryBank of(Tensor patches, Engine engine) {
    return new MemoryBank(patches, engine.index(RowMatrix.of(patches)));
  }

  /**
   * {@return the bank with more patches after its own, which are not prepared again}
   *
   * @param more {@code [m, D]}
   * @param engine the arithmetic
   */
  MemoryBank with(Tensor more, Engine engine) {
    return new MemoryBank(
        joined(List.of(patches, more)),
        new JoinedIndex(index, engine.index(RowMatrix.of(more), index)));
  }

  /** Patches {@code [rows, D]} one after the other. */
  static Tensor joined(List<Tensor> parts) {
    int rows = parts.stream().mapToInt(part -> part.dim(0)).reduce(0, Math::addExact);
    Tensor all = Tensor.zeros(rows, parts.getFirst().dim(1));
    int at = 0;
    for (Tensor part : parts) {
      System.arraycopy(part.data(), 0, all.data(), at, part.size());
      at += part.size();
    }
    return all;
  }

  /**
   * The patches' anomaly scores (equation 6): the mean over the {@code k} nearest bank patches of
   * the distance to them, or of the squared distance.
   *
   * @param batch {@code [N, h, w, D]}
   * @param scoring k, and whether distances are squared
   * @return {@code [N, h, w]}
   */
  public Tensor distances(Tensor batch, PatchCoreRecipe.Scoring scoring) {
    int d = batch.dim(3);
    int neighbours = Math.min(scoring.k(), index.rows());
    Tensor rows = batch.reshape(batch.size() / d, d);
    double[] squared = index.nearest(rows, neighbours).squaredDistance();
    Tensor distances = Tensor.zeros(batch.dim(0), batch.dim(1), batch.dim(2));
    for (int q = 0; q < distances.size(); q++) {
      double sum = 0;
      for (int i = q * neighbours; i < (q + 1) * neighbours; i++) {
        sum += scoring.squared() ? squared[i] : Math.sqrt(squared[i]);
      }
      distances.data()[q] = (float) (sum / neighbours);
    }
    return distances;
  }

  /**
   * The image scores: one value of each image's distances, re-weighted by how common patches like
   * the image's worst one are.
   *
   * @param patches of the images
   * @param scoring which value, and how many neighbours re-weight it
   * @return one score per image
   */
  public double[] imageScores(Patches patches, PatchCoreRecipe.Scoring scoring) {
    double[] scores = patches.inside().patchScores(scoring.image(), patches.distances());
    if (scoring.reweighting().isPresent()) {
      for (int n = 0; n < scores.length; n++) {
        float[] worst = patches.embedding(n, patches.worst(n));
        scores[n] *= weight(worst, scoring.reweighting().getAsInt());
      }
    }
    return scores;
  }

  /**
   * The weight of an image's score (equation 7). With {@code m} the bank patch nearest to the worst
   * patch {@code p}, and {@code b} running over the {@code neighbours} bank patches nearest to
   * {@code m}, itself among them:
   *
   * <pre>{@code w = 1 − exp ‖p − m‖ / Σ_b exp ‖p − b‖}</pre>
   *
   * The maximum distance is subtracted from all before {@code exp}, which changes no quotient and
   * cannot overflow.
   *
   * @param patch {@code p}, {@code [D]}
   * @param neighbours how many bank patches near {@code m}
   * @return the weight
   */
  public double weight(float[] patch, int neighbours) {
    int d = patch.length;
    int nearest = index.nearest(Tensor.of(patch, 1, d), 1).index()[0];
    if (nearest < 0) {
      return Double.NaN;
    }
    float[] m = new float[d];
    System.arraycopy(patches.data(), nearest * d, m, 0, d);
    int count = Math.min(neighbours, index.rows());
    int[] support = index.nearest(Tensor.of(m, 1, d), count).index();
    double[] distance = new double[count];
    double maximum = 0;
    for (int b = 0; b < count; b++) {
      double squared = NeighborIndex.squaredDistance(patch, 0, patches.data(), support[b] * d, d);
      distance[b] = Math.sqrt(squared);
      maximum = Math.max(maximum, distance[b]);
    }
    double sum = 0;
    for (double each : distance) {
      // Math.exp may differ by a bit from one JVM to the next.
      sum += StrictMath.exp(each - maximum);
    }
    return 1 - StrictMath.exp(distance[0] - maximum) / sum;
  }
}
