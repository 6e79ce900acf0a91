package kintsugi.engine;

import java.util.function.Consumer;
import java.util.function.Function;
import kintsugi.tensor.Tensor;

/**
 * An engine on a device until the device fails for the first time, and from then on the host's
 * engine. The work at which the device failed is repeated by the host, so nothing is missing; one
 * warning is issued.
 */
final class FallbackEngine implements Engine {
  private final Engine device;
  private final Engine host;
  private final Consumer<String> warn;
  private boolean failed;

  /**
   * An engine with a fallback.
   *
   * @param device computes as long as it can
   * @param host computes from then on
   * @param warn receives one line, once
   */
  FallbackEngine(Engine device, Engine host, Consumer<String> warn) {
    this.device = device;
    this.host = host;
    this.warn = warn;
  }

  /** The line that a user sees when work moves to the host. */
  static String warning(EngineException e, Engine host) {
    return e.getMessage() + "; continuing with the " + host.name() + " engine";
  }

  @Override
  public synchronized String name() {
    return failed ? device.name() + ", then " + host.name() : device.name();
  }

  @Override
  public synchronized String description() {
    return failed ? host.description() : device.description();
  }

  @Override
  public synchronized String arithmetic() {
    return failed ? device.arithmetic() + ", then " + host.arithmetic() : device.arithmetic();
  }

  private synchronized boolean hasFailed() {
    return failed;
  }

  private synchronized void fail(EngineException e) {
    if (!failed) {
      failed = true;
      warn.accept(warning(e, host));
    }
  }

  /** An object of an engine's: made on the device while that works, then again on the host. */
  private final class Either<T> {
    private final Function<Engine, T> maker;
    private T made;
    private boolean onHost;

    Either(Function<Engine, T> maker) {
      this.maker = maker;
    }

    <R> R use(Function<T, R> work) {
      if (!hasFailed()) {
        try {
          return work.apply(made());
        } catch (EngineException e) {
          fail(e);
        }
      }
      return work.apply(made());
    }

    private synchronized T made() {
      if (hasFailed() && !onHost) {
        // Dropped first, so that its memory is free for the host's.
        made = null;
        onHost = true;
      }
      if (made == null) {
        made = maker.apply(onHost ? host : device);
      }
      return made;
    }
  }

  private <R> R use(Function<Engine, R> work) {
    return new Either<>(engine -> engine).use(work);
  }

  @Override
  public Runner prepare(Network network) {
    Either<Runner> runner = new Either<>(engine -> engine.prepare(network));
    return images -> runner.use(either -> either.run(images));
  }

  @Override
  public PreparedGaussians prepare(Gaussians gaussians) {
    if (!hasFailed()) {
      try {
        return new EitherGaussians(device.prepare(gaussians));
      } catch (EngineException e) {
        fail(e);
      }
    }
    return host.prepare(gaussians);
  }

  @Override
  public PreparedGaussians update(PreparedGaussians fitted, CovarianceUpdate update) {
    PreparedGaussians onHost = host.update(fitted, update);
    return hasFailed() ? onHost : prepare(onHost.plain());
  }

  /** Gaussians that were taken over: the host gets them back from the device's object. */
  private final class EitherGaussians implements PreparedGaussians {
    private PreparedGaussians prepared;
    private boolean onHost;

    EitherGaussians(PreparedGaussians onDevice) {
      this.prepared = onDevice;
    }

    private synchronized PreparedGaussians prepared() {
      if (hasFailed() && !onHost) {
        prepared = host.prepare(prepared.plain());
        onHost = true;
      }
      return prepared;
    }

    @Override
    public Tensor mahalanobis(Tensor patches) {
      if (!hasFailed()) {
        try {
          return prepared().mahalanobis(patches);
        } catch (EngineException e) {
          fail(e);
        }
      }
      return prepared().mahalanobis(patches);
    }

    @Override
    public int height() {
      return prepared().height();
    }

    @Override
    public int width() {
      return prepared().width();
    }

    @Override
    public int dimension() {
      return prepared().dimension();
    }

    @Override
    public float[] mean(int position) {
      return prepared().mean(position);
    }

    @Override
    public float[] factor(int position) {
      return prepared().factor(position);
    }
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
    Either<NeighborIndex> index = new Either<>(engine -> engine.index(rows));
    return new NeighborIndex() {
      @Override
      public int rows() {
        return rows.count();
      }

      @Override
      public Nearest nearest(Tensor queries, int k) {
        return index.use(either -> either.nearest(queries, k));
      }

      @Override
      public void updateMinimumDistances(double[] squaredDistance, Tensor centres) {
        // A minimum once taken remains right: whatever a device did before it failed does no harm.
        index.use(
            either -> {
              either.updateMinimumDistances(squaredDistance, centres);
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
