package kintsugi.bench;

import java.util.List;
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

  KintsugiBackbone(Tensor pictures, int threads, String convolutions) {
    this.pictures = pictures;
    this.parallel = new Parallel(threads);
    Engine engine = new VectorEngine(parallel, Convolutions.valueOf(convolutions));
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
