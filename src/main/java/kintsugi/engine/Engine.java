package kintsugi.engine;

import java.util.Map;
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
   * Lays out rows for nearest-neighbour search.
   *
   * @param rows not copied, and not to be changed
   * @return the index
   */
  NeighborIndex index(RowMatrix rows);

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
