package kintsugi.engine;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import kintsugi.tensor.Tensor;

/**
 * An engine on a device until that fails for the first time, and from then on the host's. What the
 * device failed at is done again, so nothing is missing; whoever watches is told once.
 */
final class FallbackEngine implements Engine {
  private final Engine device;
  private final Engine host;
  private final Consumer<String> warn;
  private boolean failed;

  /**
   * An engine that goes on.
   *
   * @param device what computes as long as it can
   * @param host what computes from then on
   * @param warn is told, in one line, once
   */
  FallbackEngine(Engine device, Engine host, Consumer<String> warn) {
    this.device = device;
    this.host = host;
    this.warn = warn;
  }

  @Override
  public synchronized String name() {
    return failed ? device.name() + ", then " + host.name() : device.name();
  }

  @Override
  public synchronized String description() {
    return failed ? host.description() : device.description();
  }

  /** Does something on the device, or on the host if the device fails or has failed. */
  private <T> T either(Function<Engine, T> work) {
    return either(() -> work.apply(device), () -> work.apply(host));
  }

  private <T> T either(Supplier<T> onDevice, Supplier<T> onHost) {
    if (!hasFailed()) {
      try {
        return onDevice.get();
      } catch (EngineException e) {
        fail(e);
      }
    }
    return onHost.get();
  }

  private synchronized boolean hasFailed() {
    return failed;
  }

  private synchronized void fail(EngineException e) {
    if (!failed) {
      failed = true;
      warn.accept(e.getMessage() + "; going on with the " + host.name() + " engine");
    }
  }

  @Override
  public Runner prepare(Network network) {
    return new FallbackRunner(network);
  }

  private final class FallbackRunner implements Runner {
    private final Network network;
    private Runner onDevice;
    private Runner onHost;

    FallbackRunner(Network network) {
      this.network = network;
    }

    @Override
    public Map<String, Tensor> run(Tensor pictures) {
      return either(() -> onDevice().run(pictures), () -> onHost().run(pictures));
    }

    private Runner onDevice() {
      onDevice = onDevice == null ? device.prepare(network) : onDevice;
      return onDevice;
    }

    private Runner onHost() {
      onDevice = null;
      onHost = onHost == null ? host.prepare(network) : onHost;
      return onHost;
    }
  }

  @Override
  public Tensor mahalanobis(Gaussians gaussians, Tensor patches) {
    return either(engine -> engine.mahalanobis(gaussians, patches));
  }

  @Override
  public RowBank bank(Rows rows) {
    return new FallbackBank(rows);
  }

  private final class FallbackBank implements RowBank {
    private final Rows rows;
    private RowBank onDevice;
    private RowBank onHost;

    FallbackBank(Rows rows) {
      this.rows = rows;
    }

    @Override
    public int rows() {
      return rows.count();
    }

    @Override
    public Nearest nearest(Tensor queries, int k) {
      return either(() -> onDevice().nearest(queries, k), () -> onHost().nearest(queries, k));
    }

    @Override
    public void shrink(double[] squaredDistance, Tensor centres) {
      // A minimum once taken stays right, so what the device got to before it failed does no harm.
      either(
          () -> {
            onDevice().shrink(squaredDistance, centres);
            return null;
          },
          () -> {
            onHost().shrink(squaredDistance, centres);
            return null;
          });
    }

    private RowBank onDevice() {
      onDevice = onDevice == null ? device.bank(rows) : onDevice;
      return onDevice;
    }

    private RowBank onHost() {
      onDevice = null;
      onHost = onHost == null ? host.bank(rows) : onHost;
      return onHost;
    }
  }

  @Override
  public Tensor upsample(Tensor maps, int height, int width, Upsampling how) {
    return either(engine -> engine.upsample(maps, height, width, how));
  }

  @Override
  public Tensor blur(Tensor maps, float[] kernel, Border border) {
    return either(engine -> engine.blur(maps, kernel, border));
  }
}
