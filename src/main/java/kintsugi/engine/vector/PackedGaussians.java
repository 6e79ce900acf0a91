package kintsugi.engine.vector;

import java.util.Arrays;
import kintsugi.engine.CovarianceUpdate;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;

/**
 * Gaussians whose factors are packed in groups of {@value #GROUP} positions, interleaved so that
 * one lane of a vector is one position: per group {@code [D·(D+1)/2][16]}. Lanes beyond the last
 * position hold the identity. The mean stays in the plain layout, which is that of the patches.
 */
final class PackedGaussians implements PreparedGaussians {
  /** Positions per group: one cache line of fp32, the widest vector. */
  static final int GROUP = 16;

  /** Parts per thread: some slack for a thread that is late. */
  private static final int PARTS = 4;

  /** The shape; its factors are released. */
  private final Gaussians gaussians;

  private final float[] mean;
  private final float[][] packed;
  private final Parallel parallel;

  /** Takes the Gaussians over; a group's plain rows are released as soon as it is packed. */
  PackedGaussians(Gaussians gaussians, Parallel parallel) {
    gaussians.requireFactors();
    this.gaussians = gaussians;
    this.mean = gaussians.mean();
    this.parallel = parallel;
    this.packed = new float[Math.ceilDiv(gaussians.positions(), GROUP)][];
    parallel.forEach(packed.length, this::pack);
  }

  /** Gaussians of the same shape with another mean and other factors. */
  private PackedGaussians(PackedGaussians like, float[] mean, float[][] packed) {
    this.gaussians = like.gaussians;
    this.mean = mean;
    this.parallel = like.parallel;
    this.packed = packed;
  }

  private void pack(int group) {
    int first = group * GROUP;
    int count = Math.min(GROUP, positions() - first);
    float[][] rows = Arrays.copyOfRange(gaussians.factor(), first, first + GROUP);
    if (count < GROUP) {
      Arrays.fill(rows, count, GROUP, Gaussians.unit(1, 1, dimension()).factor()[0]);
    }
    float[] interleaved = new float[Gaussians.triangle(dimension()) * GROUP];
    for (int lane = 0; lane < GROUP; lane++) {
      interleave(rows[lane], lane, interleaved);
    }
    packed[group] = interleaved;
    Arrays.fill(gaussians.factor(), first, first + count, null);
  }

  private static void interleave(float[] row, int lane, float[] interleaved) {
    for (int i = 0; i < row.length; i++) {
      interleaved[i * GROUP + lane] = row[i];
    }
  }

  @Override
  public Tensor mahalanobis(Tensor patches) {
    gaussians.requireGrid(patches);
    Tensor distances = Tensor.zeros(patches.dim(0), height(), width());
    // Groups outside and images inside: a group's factors come from memory once per batch.
    int parts = Math.min(PARTS * parallel.threads(), packed.length);
    parallel.forEach(
        parts,
        part -> {
          Substitution work = new Substitution(this, patches, distances);
          int end = packed.length * (part + 1) / parts;
          for (int group = packed.length * part / parts; group < end; group++) {
            work.group(group);
          }
        });
    return distances;
  }

  /** The Gaussians with another mean and covariance. */
  PackedGaussians updated(CovarianceUpdate update) {
    float[][] factors = new float[packed.length][];
    int parts = Math.min(PARTS * parallel.threads(), packed.length);
    parallel.forEach(
        parts,
        part -> {
          FactorUpdate work = new FactorUpdate(this, update);
          int end = packed.length * (part + 1) / parts;
          for (int group = packed.length * part / parts; group < end; group++) {
            factors[group] = work.group(group);
          }
        });
    return new PackedGaussians(this, update.mean(), factors);
  }

  /** The factors of a group, {@code [D·(D+1)/2][16]}. */
  float[] group(int group) {
    return packed[group];
  }

  /** The means of all positions, {@code [H, W, D]}. */
  float[] means() {
    return mean;
  }

  @Override
  public int height() {
    return gaussians.height();
  }

  @Override
  public int width() {
    return gaussians.width();
  }

  @Override
  public int dimension() {
    return gaussians.dimension();
  }

  @Override
  public float[] mean(int position) {
    int d = dimension();
    return Arrays.copyOfRange(mean, position * d, (position + 1) * d);
  }

  @Override
  public float[] factor(int position) {
    float[] group = packed[position / GROUP];
    float[] factor = new float[Gaussians.triangle(dimension())];
    for (int i = 0; i < factor.length; i++) {
      factor[i] = group[i * GROUP + position % GROUP];
    }
    return factor;
  }
}
