package kintsugi.engine;

import kintsugi.tensor.Tensor;

/**
 * Gaussians in an engine's own layout, ready for Mahalanobis distances. May be used by several
 * threads at once.
 */
public interface PreparedGaussians {

  /**
   * The Mahalanobis distance of every patch to the Gaussian at its position (PaDiM, equation 2),
   * not squared: {@code ‖y‖} with {@code L·y = x − μ} by forward substitution,
   *
   * <pre>{@code y(i) = (x(i) − μ(i) − Σ_{j<i} L(i,j)·y(j)) / L(i,i)}</pre>
   *
   * in fp32, the products subtracted in the order of {@code j} with one rounding each (fma); the
   * squares are added in the order of {@code i}. Costs {@code D²} operations per patch and reads
   * {@code 2·D·(D+1)} bytes per position.
   *
   * @param patches {@code [N, H, W, D]}
   * @return {@code [N, H, W]}
   * @throws IllegalArgumentException if the grid or the dimension of the patches differs
   * @throws EngineException if the engine's device fails; {@link #mean} and {@link #factor} can
   *     still be read
   */
  Tensor mahalanobis(Tensor patches);

  /** {@return rows of the grid, {@code H}} */
  int height();

  /** {@return columns of the grid, {@code W}} */
  int width();

  /** {@return the embedding dimension, {@code D}} */
  int dimension();

  /** {@return positions of the grid} */
  default int positions() {
    return height() * width();
  }

  /**
   * {@return a copy of the mean {@code μ} at one position, {@code [D]}}
   *
   * @param position row by row
   */
  float[] mean(int position);

  /**
   * {@return a copy of the lower triangle of {@code L} at one position, row by row, {@code
   * [D·(D+1)/2]}; {@code L·Lᵀ} is the covariance}
   *
   * @param position row by row
   */
  float[] factor(int position);

  /** {@return a copy in the plain layout, which an engine can take over} */
  default Gaussians plain() {
    float[] mean = new float[positions() * dimension()];
    float[][] factor = new float[positions()][];
    for (int position = 0; position < factor.length; position++) {
      System.arraycopy(mean(position), 0, mean, position * dimension(), dimension());
      factor[position] = factor(position);
    }
    return new Gaussians(height(), width(), dimension(), mean, factor);
  }
}
