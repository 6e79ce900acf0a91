package kintsugi.engine.scalar;

import kintsugi.engine.Border;
import kintsugi.engine.Convolutions;
import kintsugi.engine.CovarianceUpdate;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.engine.PreparedGaussians;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.Upsampling;
import kintsugi.tensor.Tensor;

/** The specification of every engine: plain loops, one accumulator per result. */
public final class ScalarEngine implements Engine {
  private final Parallel parallel;

  /**
   * An engine that computes several results at once, each of them on one thread.
   *
   * @param parallel the threads
   */
  public ScalarEngine(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public String description() {
    return "plain loops, the specification";
  }

  @Override
  public String arithmetic() {
    return Convolutions.DIRECT.toString();
  }

  @Override
  public Runner prepare(Network network) {
    return new ScalarNetwork(network, parallel);
  }

  @Override
  public PreparedGaussians prepare(Gaussians gaussians) {
    return new ScalarGaussians(gaussians, parallel);
  }

  @Override
  public PreparedGaussians update(PreparedGaussians fitted, CovarianceUpdate update) {
    float[][] factor = new float[fitted.positions()][];
    parallel.forEach(
        factor.length,
        p ->
            factor[p] =
                ScalarFactor.updated(
                    fitted.factor(p),
                    fitted.dimension(),
                    update.scale()[p],
                    update.vectors().apply(p),
                    update.ridge()[p]));
    int d = fitted.dimension();
    return prepare(new Gaussians(fitted.height(), fitted.width(), d, update.mean(), factor));
  }

  @Override
  public int factor(double[] a, int n) {
    return ScalarTriangle.factor(a, n);
  }

  @Override
  public void addProducts(long[] s, int n, double[] x) {
    ScalarTriangle.addProducts(s, n, x);
  }

  @Override
  public NeighborIndex index(RowMatrix rows) {
    return new ScalarNeighborIndex(rows, parallel);
  }

  @Override
  public Tensor upsample(Tensor maps, int height, int width, Upsampling how) {
    int rowsIn = maps.dim(1);
    int columnsIn = maps.dim(2);
    Upsampling.Line rows = how.line(rowsIn, height);
    Upsampling.Line columns = how.line(columnsIn, width);
    Tensor large = Tensor.zeros(maps.dim(0), height, width);
    parallel.forEach(
        maps.dim(0),
        n -> {
          float[] wide = new float[rowsIn * width];
          for (int i = 0; i < wide.length; i++) {
            int start = (n * rowsIn + i / width) * columnsIn;
            wide[i] = columns.at(i % width, maps.data(), start, 1);
          }
          for (int i = 0; i < height * width; i++) {
            large.data()[n * height * width + i] = rows.at(i / width, wide, i % width, width);
          }
        });
    return large;
  }

  @Override
  public Tensor blur(Tensor maps, float[] kernel, Border border) {
    int height = maps.dim(1);
    int width = maps.dim(2);
    Tensor alongRows = Tensor.zeros(maps.shape());
    Tensor blurred = Tensor.zeros(maps.shape());
    parallel.forEach(
        maps.dim(0),
        n -> {
          for (int i = 0; i < height * width; i++) {
            int row = (n * height + i / width) * width;
            alongRows.data()[row + i % width] =
                correlate(maps.data(), row, i % width, width, 1, kernel, border);
          }
          for (int i = 0; i < height * width; i++) {
            int column = n * height * width + i % width;
            blurred.data()[column + i / width * width] =
                correlate(alongRows.data(), column, i / width, height, width, kernel, border);
          }
        });
    return blurred;
  }

  /** {@code Σ_k kernel(k)·line(centre + k − reach)}, added in the order of {@code k} (fma). */
  private static float correlate(
      float[] line, int start, int centre, int length, int stride, float[] kernel, Border border) {
    float sum = 0;
    for (int k = 0; k < kernel.length; k++) {
      int at = border.inside(centre + k - kernel.length / 2, length);
      sum = Math.fma(kernel[k], line[start + at * stride], sum);
    }
    return sum;
  }
}
