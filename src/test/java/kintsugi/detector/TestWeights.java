package kintsugi.detector;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.backbone.ResNet;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;

/** A file of random weights, stem to layer 3, so that a clone alone can test every layer. */
public final class TestWeights {
  private TestWeights() {}

  /** Writes them; a seed fixes them. */
  public static Path write(Path file, long seed) {
    return write(file, seed, "(conv1|layer[123]).*");
  }

  /** Writes the whole network, with layer 4 and the classifier. */
  public static Path writeWhole(Path file, long seed) {
    return write(file, seed, ".*");
  }

  private static Path write(Path file, long seed, String names) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    ResNet.randomWeights(seed)
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.matches(names)) {
                tensors.put(name, StoredTensor.of(tensor));
              }
            });
    new Safetensors(Map.of(), tensors).write(file);
    return file;
  }
}
