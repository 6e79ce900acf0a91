package kintsugi.tornado;

import kintsugi.engine.Border;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowBank;
import kintsugi.engine.Rows;
import kintsugi.engine.Upsampling;
import kintsugi.tensor.Tensor;

/**
 * Networks, Mahalanobis distances and comparisons of rows on a device; the two small steps of the
 * score map stay with the host, where the maps are wanted. Convolutions and distances add in the
 * specification's order, and have its bits where the device's fma and division round as IEEE 754
 * says; the rows found and their distances are the specification's anyway.
 */
final class TornadoEngine implements Engine {
  private final Device device;
  private final Parallel parallel;
  private final Engine host;

  /** The Gaussians that came last; a batch follows another with the same. */
  private DeviceGaussians last;

  /**
   * An engine.
   *
   * @param device where kernels run
   * @param parallel threads of the host
   * @param host what computes everything else
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
  public synchronized Tensor mahalanobis(Gaussians gaussians, Tensor patches) {
    if (last == null || !last.isOf(gaussians)) {
      last = null;
      last = new DeviceGaussians(gaussians, device);
    }
    return last.distances(patches);
  }

  @Override
  public RowBank bank(Rows rows) {
    return new DeviceRowBank(rows, device, parallel);
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
