package kintsugi.engine.vector;

import java.util.Locale;
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

/**
 * The engine on the Vector API: the specification's additions in the specification's order, many
 * results at a time. Only Winograd's convolutions add in another order.
 */
public final class VectorEngine implements Engine {
  private final Parallel parallel;
  private final Convolutions convolutions;

  /**
   * An engine that convolves directly.
   *
   * @param parallel the threads
   */
  public VectorEngine(Parallel parallel) {
    this(parallel, Convolutions.DIRECT);
  }

  /**
   * An engine with a choice of convolutions.
   *
   * @param parallel the threads
   * @param convolutions the algorithm for 3x3 convolutions of stride 1
   */
  public VectorEngine(Parallel parallel, Convolutions convolutions) {
    this.parallel = parallel;
    this.convolutions = convolutions;
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public String description() {
    return String.format(
        Locale.ROOT,
        "Vector API, %d-bit vectors of %d floats, tiles of %dx%d, 3x3 convolutions %s",
        MicroKernel.SPECIES.vectorBitSize(),
        MicroKernel.SPECIES.length(),
        MicroKernel.PIXELS,
        MicroKernel.CHANNELS,
        convolutions.toString().toLowerCase(Locale.ROOT));
  }

  @Override
  public String arithmetic() {
    return convolutions.toString();
  }

  @Override
  public void warmUp() {
    WarmUp.begin(new VectorEngine(new Parallel(1), convolutions));
  }

  @Override
  public Runner prepare(Network network) {
    return new VectorNetwork(network, parallel, convolutions);
  }

  @Override
  public PreparedGaussians prepare(Gaussians gaussians) {
    return new PackedGaussians(gaussians, parallel);
  }

  @Override
  public PreparedGaussians update(PreparedGaussians fitted, CovarianceUpdate update) {
    return fitted instanceof PackedGaussians packed
        ? packed.updated(update)
        : new PackedGaussians(fitted.plain(), parallel).updated(update);
  }

  @Override
  public int factor(double[] a, int n) {
    return CholeskyPanels.factor(a, n);
  }

  @Override
  public void addProducts(long[] s, int n, double[] x) {
    TriangleProducts.add(s, n, x);
  }

  @Override
  public NeighborIndex index(RowMatrix rows) {
    return new VectorNeighborIndex(rows, parallel);
  }

  @Override
  public NeighborIndex index(RowMatrix rows, NeighborIndex like) {
    return like instanceof VectorNeighborIndex prepared
        ? prepared.of(rows)
        : new VectorNeighborIndex(rows, parallel);
  }

  @Override
  public Tensor upsample(Tensor maps, int height, int width, Upsampling how) {
    return VectorUpsampling.upsample(maps, height, width, how, parallel);
  }

  @Override
  public Tensor blur(Tensor maps, float[] kernel, Border border) {
    return VectorBlur.blur(maps, kernel, border, parallel);
  }
}
