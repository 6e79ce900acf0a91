package kintsugi.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import kintsugi.Golden;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackboneGoldenTest {
  private static final String WEIGHTS = "weights/resnet18-imagenet1k-v1-features.safetensors";

  @ParameterizedTest
  @CsvSource({
    "vector,dog",
    "vector,macaroni",
    "vector,metu",
    "vector,odd",
    "winograd2,dog",
    "winograd2,odd",
    "winograd4,macaroni",
    "winograd4,odd",
    "scalar,metu",
    "scalar,odd"
  })
  void everyTapEqualsTorch(String engineName, String image) {
    try (Parallel parallel = new Parallel(2)) {
      check(
          switch (engineName) {
            case "scalar" -> new ScalarEngine(parallel);
            case "vector" -> new VectorEngine(parallel);
            default ->
                new VectorEngine(
                    parallel, Convolutions.valueOf(engineName.toUpperCase(Locale.ROOT)));
          },
          image);
    }
  }

  /** Compares every tap of an image with torch's values. */
  static void check(Engine engine, String image) {
    Safetensors golden = Golden.tensors("backbone");
    Weights weights = Weights.read(Golden.file(WEIGHTS));
    List<String> taps =
        golden.tensors().keySet().stream()
            .filter(name -> name.startsWith(image + ".") && !name.endsWith(".input"))
            .map(name -> name.substring(image.length() + 1))
            .toList();
    assertThat(taps).hasSizeGreaterThanOrEqualTo(2);
    Tensor input = Golden.nhwc(golden.tensors().get(image + ".input").tensor());
    Map<String, Tensor> features = engine.prepare(ResNet.network(weights, taps)).run(input);
    for (String tap : taps) {
      Tensor expected = Golden.nhwc(golden.tensors().get(image + "." + tap).tensor());
      assertThat(Golden.relativeError(features.get(tap), expected)).as(tap).isLessThan(1e-4);
    }
  }
}
