package kintsugi.bench;

import java.util.List;
import java.util.function.Function;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.VectorEngine;
import kintsugi.tensor.Tensor;

/** The product. */
final class KintsugiBackbone implements Backbone {
  private final Tensor pictures;
  private final Parallel parallel;
  private final Engine.Runner runner;

  /** On the vector engine, which convolves as it is told. */
  KintsugiBackbone(Tensor pictures, int threads, Convolutions convolutions) {
    this(pictures, new Parallel(threads), p -> new VectorEngine(p, convolutions));
  }

  /** On an engine by its name. */
  KintsugiBackbone(Tensor pictures, int threads, String engine) {
    this(pictures, new Parallel(threads), p -> Inputs.engine(engine, p));
  }

  private KintsugiBackbone(Tensor pictures, Parallel parallel, Function<Parallel, Engine> maker) {
    this.pictures = pictures;
    this.parallel = parallel;
    Engine engine = maker.apply(parallel);
    List<String> taps = List.of("layer1", "layer2", "layer3");
    this.runner = engine.prepare(ResNet.network(Inputs.weights(), taps));
  }

  @Override
  public Object run() {
    return runner.run(pictures);
  }

  @Override
  public void close() {
    parallel.close();
  }
}
