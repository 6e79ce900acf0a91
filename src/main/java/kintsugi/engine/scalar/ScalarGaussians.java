package kintsugi.engine.scalar;

import java.util.Arrays;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;

/** The specification of the Mahalanobis distance, on the plain layout. */
final class ScalarGaussians implements PreparedGaussians {
  private final Gaussians gaussians;
  private final Parallel parallel;

  ScalarGaussians(Gaussians gaussians, Parallel parallel) {
    gaussians.requireFactors();
    this.gaussians = gaussians;
    this.parallel = parallel;
  }

  @Override
  public Tensor mahalanobis(Tensor patches) {
    gaussians.requireGrid(patches);
    Tensor distances = Tensor.zeros(patches.dim(0), height(), width());
    parallel.forEach(
        distances.size(),
        i -> distances.data()[i] = distance(patches.data(), i, i % gaussians.positions()));
    return distances;
  }

  /** {@code ‖y‖} with {@code y(i) = (x(i) − μ(i) − Σ_{j<i} L(i,j)·y(j)) / L(i,i)}. */
  private float distance(float[] patches, int patch, int position) {
    int d = gaussians.dimension();
    float[] l = gaussians.factor()[position];
    float[] y = new float[d];
    float squares = 0;
    for (int i = 0; i < d; i++) {
      int row = Gaussians.triangle(i);
      float rest = patches[patch * d + i] - gaussians.mean()[position * d + i];
      for (int j = 0; j < i; j++) {
        rest = Math.fma(l[row + j], -y[j], rest);
      }
      y[i] = rest / l[row + i];
      squares = Math.fma(y[i], y[i], squares);
    }
    return (float) Math.sqrt(squares);
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
    int d = gaussians.dimension();
    return Arrays.copyOfRange(gaussians.mean(), position * d, (position + 1) * d);
  }

  @Override
  public float[] factor(int position) {
    return gaussians.factor()[position].clone();
  }
}
