package kintsugi.engine;

import java.util.Map;
import kintsugi.tensor.Tensor;

/**
 * What the methods compute with. {@link ScalarEngine} says by plain loops what the result is; an
 * engine that does the same additions in the same order gives the same bits, and one that does not
 * says so. No engine's bits depend on the number of threads or on the batch.
 */
public interface Engine {

  /** {@return the name on the command line and in reports} */
  String name();

  /**
   * One line about why and how it runs here, for {@code info}.
   *
   * @return the line
   */
  String description();

  /**
   * Lays out a network's weights for this engine.
   *
   * @param network the steps
   * @return the network, ready to run
   */
  Runner prepare(Network network);

  /** A network ready to run; may be used by one thread at a time. */
  interface Runner {
    /**
     * Runs all pictures of a batch.
     *
     * @param pictures {@code [N, H, W, C]}
     * @return for each tap {@code [N, h, w, c]}
     * @throws IllegalArgumentException if the pictures do not fit the network
     */
    Map<String, Tensor> run(Tensor pictures);
  }

  /**
   * Mahalanobis distances, not squared: {@code ‖y‖} with {@code L·y = x − μ} by forward
   * substitution,
   *
   * <pre>{@code y(i) = (x(i) − μ(i) − Σ_{j<i} L(i,j)·y(j)) / L(i,i)}</pre>
   *
   * in fp32 with one rounding a product; {@code D²} operations a patch.
   *
   * @param gaussians one for each position
   * @param patches {@code [N, H, W, D]}
   * @return {@code [N, H, W]}
   * @throws IllegalArgumentException if the grid or the dimension is another
   */
  Tensor mahalanobis(Gaussians gaussians, Tensor patches);

  /**
   * Lays out rows for comparing.
   *
   * @param rows not copied, and not to be changed
   * @return the rows, laid out
   */
  RowBank bank(Rows rows);

  /**
   * Enlarges maps, first along the rows and then along the columns.
   *
   * @param maps {@code [N, H, W]}
   * @param height rows
   * @param width columns
   * @param how the interpolation
   * @return {@code [N, height, width]}
   */
  Tensor upsample(Tensor maps, int height, int width, Upsampling how);

  /**
   * Correlation with a symmetric kernel along the columns of a row, then along the rows.
   *
   * @param maps {@code [N, H, W]}
   * @param kernel an odd number of weights
   * @param border what lies beyond the edge
   * @return {@code [N, H, W]}
   */
  Tensor blur(Tensor maps, float[] kernel, Border border);
}
