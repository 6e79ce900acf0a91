package kintsugi.engine;

import java.util.Map;
import java.util.function.IntConsumer;
import kintsugi.tensor.Tensor;

/**
 * The arithmetic of the methods. The engine {@code scalar} is the specification: its plain loops
 * define each result. An engine that performs the same additions in the same order has the same
 * bits, and one that does not says so. The bits of a result never depend on the number of threads
 * or on the batch.
 */
public interface Engine {

  /** {@return the engine's name, by which it is chosen and reported} */
  String name();

  /** {@return one line about where and how the engine runs here} */
  String description();

  /**
   * {@return the name of the arithmetic: engines with the same one have the same bits, and {@code
   * direct} is that of the specification}
   */
  default String arithmetic() {
    return name();
  }

  /**
   * Lets Java compile the engine's kernels on another thread, so that the first image does not wait
   * for it; to be called as soon as an engine is chosen. Does nothing by default.
   */
  default void warmUp() {}

  /**
   * Lays out a network's weights for this engine.
   *
   * @param network the layers
   * @return the network, ready to run
   */
  Runner prepare(Network network);

  /** A network ready to run; may be used by one thread at a time. */
  interface Runner {
    /**
     * Runs all images of a batch.
     *
     * @param images {@code [N, H, W, C]}
     * @return for each tap {@code [N, h, w, c]}
     * @throws IllegalArgumentException if the images do not fit the network
     */
    Map<String, Tensor> run(Tensor images);

    /**
     * Runs all images of a batch as {@link #run(Tensor)} does, and counts them as they are done. An
     * engine that computes them all at once counts them at the end.
     *
     * @param images {@code [N, H, W, C]}
     * @param done receives how many more images are done, in all {@code N}; on any thread, and on
     *     several at once
     * @return for each tap {@code [N, h, w, c]}
     * @throws IllegalArgumentException if the images do not fit the network
     */
    default Map<String, Tensor> run(Tensor images, IntConsumer done) {
      Map<String, Tensor> results = run(images);
      done.accept(images.dim(0));
      return results;
    }
  }

  /**
   * Takes Gaussians over and lays them out for this engine.
   *
   * <p>The engine may release the rows of {@link Gaussians#factor} (set them to null) as it packs
   * them, so that two layouts are never held whole: at 3136 positions and dimension 448 each is
   * 1.26 GB. The Gaussians must not be used afterwards; mean and factor are read through the
   * prepared object. They remain whole where this method throws an {@link EngineException}.
   *
   * @param gaussians one Gaussian per position
   * @return the Gaussians, ready for distances
   * @throws IllegalArgumentException if an engine has released rows of these Gaussians before
   */
  PreparedGaussians prepare(Gaussians gaussians);

  /**
   * Gaussians with another mean and an updated covariance, whose Cholesky factor is computed from
   * the old one: {@code L'·L'ᵀ = A = a·L·Lᵀ + Σ_k v(k)·v(k)ᵀ + c·I} at each position,
   *
   * <pre>{@code
   * L'(i,j) = (A(i,j) − Σ_{k<j} L'(i,k)·L'(j,k)) / L'(j,j)     j < i
   * L'(i,i) = √(A(i,i) − Σ_{k<i} L'(i,k)²)
   * }</pre>
   *
   * <p>A multiple of the unit matrix has full rank and takes {@code D} rank-one updates, which cost
   * more than a new factor; this costs {@code 2·D³/3} operations per position, and {@code D²} per
   * vector. In fp64, the result rounded to fp32; one rounding per product (fma), in the order: the
   * diagonal's {@code c}, the vectors, {@code (√a·L)·(√a·L)ᵀ}, the products subtracted.
   *
   * @param fitted the Gaussians with {@code L}, which stay as they are
   * @param update the mean, {@code a}, {@code v} and {@code c}
   * @return the Gaussians with {@code L'}
   * @throws ArithmeticException if a covariance is not positive definite
   */
  PreparedGaussians update(PreparedGaussians fitted, CovarianceUpdate update);

  /**
   * Cholesky's factorization of a symmetric positive definite matrix, whose lower triangle is
   * replaced by {@code L} with {@code A = L·Lᵀ}:
   *
   * <pre>{@code
   * L(i,j) = (A(i,j) − Σ_{k<j} L(i,k)·L(j,k)) / L(j,j)     j < i
   * L(i,i) = √(A(i,i) − Σ_{k<i} L(i,k)²)
   * }</pre>
   *
   * <p>In fp64, two roundings per product: each sum is added up by ascending {@code k} and then
   * subtracted. Costs {@code n³/3} operations, on the caller's thread; several threads may factor
   * matrices at once.
   *
   * @param a the lower triangle row by row, {@code [n·(n+1)/2]}
   * @param n rows of the matrix
   * @return {@code n}; or the first row whose pivot is not positive (or NaN), which leaves {@code
   *     a} undefined
   */
  int factor(double[] a, int n);

  /**
   * Adds products to the lower triangle of a matrix of fixed-point sums, on the caller's thread:
   *
   * <pre>{@code
   * S(i,j) ← S(i,j) + Σ_p round(x(p,i)·x(p,j))     j ≤ i
   * }</pre>
   *
   * <p>Each product is rounded once, to the nearest unit of {@link FixedPoint}, and integers are
   * added, so that the sums are exact and their order changes nothing. A sum beyond 64 bits wraps
   * around. Costs {@code n²} operations per {@code p}.
   *
   * @param s the lower triangle row by row, {@code [n·(n+1)/2]}
   * @param n rows of the matrix
   * @param x {@code [P, n]}: fp32 values of a magnitude of at most {@link FixedPoint#MAXIMUM}
   */
  void addProducts(long[] s, int n, double[] x);

  /**
   * Lays out rows for nearest-neighbour search.
   *
   * @param rows not copied, and not to be changed
   * @return the index
   */
  NeighborIndex index(RowMatrix rows);

  /**
   * Lays out rows for nearest-neighbour search, with what the preparation of another index found
   * where that is of use: most of the time of a small index.
   *
   * @param rows not copied, and not to be changed
   * @param like an index of rows of the same length and kind
   * @return the index, with the results of {@link #index(RowMatrix)}
   */
  default NeighborIndex index(RowMatrix rows, NeighborIndex like) {
    return index(rows);
  }

  /**
   * Enlarges maps, first along the rows and then along the columns.
   *
   * @param maps {@code [N, H, W]}
   * @param height rows of the result
   * @param width columns of the result
   * @param how the interpolation
   * @return {@code [N, height, width]}
   */
  Tensor upsample(Tensor maps, int height, int width, Upsampling how);

  /**
   * Separable correlation with a symmetric kernel: along each row, then along each column.
   *
   * @param maps {@code [N, H, W]}
   * @param kernel an odd number of coefficients
   * @param border the values beyond the edge
   * @return {@code [N, H, W]}
   */
  Tensor blur(Tensor maps, float[] kernel, Border border);
}
