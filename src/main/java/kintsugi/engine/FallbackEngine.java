package kintsugi.engine;

import java.util.function.Consumer;
import java.util.function.Function;
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

  private synchronized boolean hasFailed() {
    return failed;
  }

  private synchronized void fail(EngineException e) {
    if (!failed) {
      failed = true;
      warn.accept(e.getMessage() + "; going on with the " + host.name() + " engine");
    }
  }

  /** Something of an engine's: the device's as long as that can, then the host's. */
  private final class Either<T> {
    private final Function<Engine, T> maker;
    private T onDevice;
    private T onHost;

    Either(Function<Engine, T> maker) {
      this.maker = maker;
    }

    <R> R use(Function<T, R> work) {
      if (!hasFailed()) {
        try {
          onDevice = onDevice == null ? maker.apply(device) : onDevice;
          return work.apply(onDevice);
        } catch (EngineException e) {
          fail(e);
        }
      }
      onDevice = null;
      onHost = onHost == null ? maker.apply(host) : onHost;
      return work.apply(onHost);
    }
  }

  private <R> R use(Function<Engine, R> work) {
    return new Either<>(engine -> engine).use(work);
  }

  @Override
  public Runner prepare(Network network) {
    Either<Runner> runner = new Either<>(engine -> engine.prepare(network));
    return pictures -> runner.use(either -> either.run(pictures));
  }

  @Override
  public Tensor mahalanobis(Gaussians gaussians, Tensor patches) {
    return use(engine -> engine.mahalanobis(gaussians, patches));
  }

  @Override
  public RowBank bank(Rows rows) {
    Either<RowBank> bank = new Either<>(engine -> engine.bank(rows));
    return new RowBank() {
      @Override
      public int rows() {
        return rows.count();
      }

      @Override
      public Nearest nearest(Tensor queries, int k) {
        return bank.use(either -> either.nearest(queries, k));
      }

      @Override
      public void shrink(double[] squaredDistance, Tensor centres) {
        // A minimum once taken stays right: what a device got to before it failed does no harm.
        bank.use(
            either -> {
              either.shrink(squaredDistance, centres);
              return null;
            });
      }
    };
  }

  @Override
  public Tensor upsample(Tensor maps, int height, int width, Upsampling how) {
    return use(engine -> engine.upsample(maps, height, width, how));
  }

  @Override
  public Tensor blur(Tensor maps, float[] kernel, Border border) {
    return use(engine -> engine.blur(maps, kernel, border));
  }
}
