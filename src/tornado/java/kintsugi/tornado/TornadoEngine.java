package kintsugi.tornado;

import kintsugi.engine.Border;
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
 * The engine on a device: networks, Mahalanobis distances and nearest-neighbour search. The two
 * small operations of the score map stay with the host, where the maps are needed. Convolutions and
 * distances add in the specification's order, and have its bits where the device's fma and division
 * round as IEEE 754 demands; nearest rows and their distances are always the specification's.
 */
final class TornadoEngine implements Engine {
  private final Device device;
  private final Parallel parallel;
  private final Engine host;

  /**
   * An engine on a device.
   *
   * @param device runs the kernels
   * @param parallel threads of the host
   * @param host computes everything else
   */
  TornadoEngine(Device device, Parallel parallel, Engine host) {
    this.device = device;
    this.parallel = parallel;
    this.host = host;
  }

  @Override
  public String name() {
    return "tornado";
  }

  @Override
  public String description() {
    return "TornadoVM, " + device.description();
  }

  @Override
  public Runner prepare(Network network) {
    return new DeviceNetwork(network, device);
  }

  @Override
  public PreparedGaussians prepare(Gaussians gaussians) {
    return new DeviceGaussians(gaussians, device);
  }

  @Override
  public PreparedGaussians update(PreparedGaussians fitted, CovarianceUpdate update) {
    return host.update(fitted, update);
  }

  @Override
  public int factor(double[] a, int n) {
    return host.factor(a, n);
  }

  @Override
  public void addProducts(long[] s, int n, double[] x) {
    host.addProducts(s, n, x);
  }

  @Override
  public NeighborIndex index(RowMatrix rows) {
    return new DeviceNeighborIndex(rows, device, parallel, host);
  }

  @Override
  public Tensor upsample(Tensor maps, int height, int width, Upsampling how) {
    return host.upsample(maps, height, width, how);
  }

  @Override
  public Tensor blur(Tensor maps, float[] kernel, Border border) {
    return host.blur(maps, kernel, border);
  }
}
