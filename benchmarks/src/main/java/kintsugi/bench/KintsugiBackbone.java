package kintsugi.bench;

import java.util.List;
import java.util.function.Function;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.tensor.Tensor;

/** Kintsugi's backbone. */
final class KintsugiBackbone implements Backbone {
  private final Tensor images;
  private final Parallel parallel;
  private final Engine.Runner runner;

  /** On the vector engine, with a choice of convolutions. */
  KintsugiBackbone(Tensor images, int threads, Convolutions convolutions) {
    this(images, new Parallel(threads), p -> new VectorEngine(p, convolutions));
  }

  /** On an engine chosen by its name. */
  KintsugiBackbone(Tensor images, int threads, String engine) {
    this(images, new Parallel(threads), p -> Inputs.engine(engine, p));
  }

  private KintsugiBackbone(Tensor images, Parallel parallel, Function<Parallel, Engine> maker) {
    this.images = images;
    this.parallel = parallel;
    Engine engine = maker.apply(parallel);
    List<String> taps = List.of("layer1", "layer2", "layer3");
    this.runner = engine.prepare(ResNet.network(Inputs.weights(), taps));
  }

  @Override
  public Object run() {
    return runner.run(images);
  }

  @Override
  public void close() {
    parallel.close();
  }
}
