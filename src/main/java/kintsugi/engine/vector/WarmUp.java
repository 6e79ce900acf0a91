package kintsugi.engine.vector;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import kintsugi.engine.Border;
import kintsugi.engine.Engine;
import kintsugi.engine.Filter;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.PreparedGaussians;
import kintsugi.engine.Upsampling;
import kintsugi.tensor.Tensor;

/**
 * Small work for an engine's kernels, so that Java has compiled them when the first image comes. An
 * interpreted operation on a vector allocates its result and takes a thousand times as long: the
 * first image would take a second. This runs on a thread of its own while weights and a model are
 * being read, once in a process.
 */
final class WarmUp {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private static final int ROUNDS = 300;

  /** The first image does not share its processors with this for longer. */
  private static final long LIMIT_NANOS = 1_000_000_000L;

  /** Channels that fill a panel. */
  private static final int CHANNELS = 32;

  /**
   * Few channels, so that a kernel is compiled after many calls and not by on-stack replacement.
   */
  private static final int FEW = 4;

  private WarmUp() {}

  /** Begins, unless this process has done so before. */
  static void begin(VectorEngine engine) {
    if (BEGUN.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("kintsugi-warm-up").start(() -> runQuietly(engine));
    }
  }

  private static void runQuietly(VectorEngine engine) {
    try {
      run(engine, ROUNDS);
    } catch (RuntimeException | Error e) {
      // What fails here fails again in the work itself, whose caller is told.
    }
  }

  /**
   * Runs every kernel that a prediction by PaDiM uses, those that take longest to compile first.
   */
  static void run(VectorEngine engine, int rounds) {
    Engine.Runner point = engine.prepare(network(convolution("point", 1, FEW, 1)));
    Engine.Runner stem = engine.prepare(stem());
    Engine.Runner block = engine.prepare(block());
    PreparedGaussians gaussians = engine.prepare(Gaussians.unit(FEW, FEW, 2 * FEW));
    Tensor points = Tensor.zeros(1, 16, 16, FEW);
    Tensor image = Tensor.zeros(1, 16, 16, 3);
    // Winograd's larger transform needs 12 squares of 4x4.
    Tensor large = Tensor.zeros(1, 24, 24, CHANNELS);
    Tensor small = Tensor.zeros(1, 8, 8, CHANNELS);
    Tensor patches = Tensor.zeros(1, FEW, FEW, 2 * FEW);
    Tensor map = Tensor.zeros(1, 8, 80);
    float[] kernel = new float[9];
    long end = System.nanoTime() + LIMIT_NANOS;
    for (int i = 0; i < rounds && System.nanoTime() - end < 0; i++) {
      point.run(points);
      gaussians.mahalanobis(patches);
    }
    for (int i = 0; i < rounds && System.nanoTime() - end < 0; i++) {
      point.run(points);
      gaussians.mahalanobis(patches);
      stem.run(image);
      block.run(large);
      block.run(small);
      engine.upsample(map, 16, 160, Upsampling.BILINEAR);
      engine.blur(map, kernel, Border.REPLICATE);
    }
  }

  private static Network stem() {
    return network(convolution("conv", 7, 3, 2), new Layer.MaxPool("pool", "conv", 3, 2, 1));
  }

  private static Network block() {
    Filter filter = filter(3, CHANNELS);
    return network(
        new Layer.Convolution("first", Network.INPUT, null, filter, 1, 1, true),
        new Layer.Convolution("second", "first", Network.INPUT, filter, 1, 1, true),
        new Layer.AddRelu("sum", "second", "first"),
        new Layer.Convolution("halved", "sum", null, filter, 2, 1, true));
  }

  private static Layer convolution(String name, int size, int inputs, int stride) {
    Filter filter = filter(size, inputs);
    return new Layer.Convolution(name, Network.INPUT, null, filter, stride, size / 2, true);
  }

  private static Filter filter(int size, int inputs) {
    return new Filter(Tensor.zeros(size, size, inputs, CHANNELS), Tensor.zeros(CHANNELS));
  }

  private static Network network(Layer... layers) {
    return new Network(List.of(layers), List.of(layers[layers.length - 1].output()));
  }
}
