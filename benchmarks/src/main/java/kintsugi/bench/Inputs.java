package kintsugi.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Engines;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;
import kintsugi.weights.WeightsLocator;

/** The inputs of measurements: the weights found, or random ones; a seed fixes all values. */
public final class Inputs {
  private Inputs() {}

  /** Values between −1 and 1. */
  static Tensor random(int... shape) {
    return seeded(1, shape);
  }

  /** The same of another draw. */
  static Tensor seeded(long seed, int... shape) {
    Random random = new Random(seed);
    Tensor tensor = Tensor.zeros(shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = random.nextFloat(-1, 1);
    }
    return tensor;
  }

  /** An engine by its name; the vector engine convolves as it does by default. */
  static Engine engine(String name, Parallel parallel) {
    return Engines.choose(name, parallel, Convolutions.WINOGRAD4, System.err::println).engine();
  }

  /** {@return the weights of the backbone, found or random} */
  public static Weights weights() {
    return WeightsLocator.find(null, Path.of(""))
        .map(Weights::read)
        .orElseGet(() -> ResNet.randomWeights(1));
  }

  /** The same network for ONNX Runtime, next to the weights. */
  static Optional<Path> onnx() {
    return WeightsLocator.folders(Path.of("")).stream()
        .map(folder -> folder.resolve("resnet18-imagenet1k-v1-features.onnx"))
        .filter(Files::isRegularFile)
        .findFirst();
  }
}
