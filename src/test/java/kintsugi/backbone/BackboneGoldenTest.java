package kintsugi.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import kintsugi.Golden;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.ScalarEngine;
import kintsugi.engine.VectorEngine;
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
  void everyTapEqualsTorch(String engineName, String picture) {
    try (Parallel parallel = new Parallel(2)) {
      check(
          switch (engineName) {
            case "scalar" -> new ScalarEngine(parallel);
            case "vector" -> new VectorEngine(parallel);
            default ->
                new VectorEngine(
                    parallel, Convolutions.valueOf(engineName.toUpperCase(Locale.ROOT)));
          },
          picture);
    }
  }

  /** Holds every tap of a picture that torch's values have against them. */
  static void check(Engine engine, String picture) {
    Safetensors golden = Golden.tensors("backbone");
    Weights weights = Weights.read(Golden.file(WEIGHTS));
    List<String> taps =
        golden.tensors().keySet().stream()
            .filter(name -> name.startsWith(picture + ".") && !name.endsWith(".input"))
            .map(name -> name.substring(picture.length() + 1))
            .toList();
    assertThat(taps).hasSizeGreaterThanOrEqualTo(2);
    Tensor input = Golden.nhwc(golden.tensors().get(picture + ".input").tensor());
    Map<String, Tensor> features = engine.prepare(ResNet.network(weights, taps)).run(input);
    for (String tap : taps) {
      Tensor expected = Golden.nhwc(golden.tensors().get(picture + "." + tap).tensor());
      assertThat(Golden.relativeError(features.get(tap), expected)).as(tap).isLessThan(1e-4);
    }
  }
}
