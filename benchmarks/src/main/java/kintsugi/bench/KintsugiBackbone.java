package kintsugi.bench;

import java.util.Map;
import java.util.function.Function;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.tensor.Tensor;

/** Kintsugi's backbone: from plain images to plain features, its copies in and out included. */
final class KintsugiBackbone implements Backbone {
  private final Tensor images;
  private final Parallel parallel;
  private final Engine.Runner runner;

  /** On the vector engine, with a choice of convolutions. */
  KintsugiBackbone(Network network, Tensor images, int threads, Convolutions convolutions) {
    this(network, images, new Parallel(threads), p -> new VectorEngine(p, convolutions));
  }

  /** On an engine chosen by its name. */
  KintsugiBackbone(Network network, Tensor images, int threads, String engine) {
    this(network, images, new Parallel(threads), p -> Inputs.engine(engine, p));
  }

  private KintsugiBackbone(
      Network network, Tensor images, Parallel parallel, Function<Parallel, Engine> maker) {
    this.images = images;
    this.parallel = parallel;
    this.runner = maker.apply(parallel).prepare(network);
  }

  @Override
  public Object run() {
    return runner.run(images);
  }

  @Override
  public Map<String, Tensor> features() {
    return runner.run(images);
  }

  @Override
  public void close() {
    parallel.close();
  }
}
