package kintsugi.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The architecture that the names of the weights show; the benchmarks' build compares the results
 * with peers.
 */
class ResNetTest {
  @ParameterizedTest
  @CsvSource({
    "ResNet-18, 2;2;2;2, 0, layer3.1.bn2",
    "ResNet-18, 2;2;2, 0, layer3.1.bn2",
    "ResNet-34, 3;4;6;3, 0, layer3.5.bn2",
    "ResNet-34, 3;4;6, 0, layer2.3.bn2",
    "ResNet-50, 3;4;6;3, 64, layer3.5.bn3",
    "WideResNet-50-2, 3;4;6;3, 128, layer1.2.bn3",
    "ResNet-101, 3;4;23;3, 64, layer3.22.bn3"
  })
  void isRecognisedByTheNames(String name, String blocks, int inner, String lastNorm) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    String[] counts = blocks.split(";");
    for (int layer = 1; layer <= counts.length; layer++) {
      for (int i = 0; i < Integer.parseInt(counts[layer - 1]); i++) {
        tensors.put("layer" + layer + "." + i + ".conv2.weight", Tensor.zeros(1));
      }
    }
    if (inner > 0) {
      tensors.put("layer1.0.conv1.weight", Tensor.zeros(inner, 1, 1, 1));
      tensors.put("layer1.0.conv3.weight", Tensor.zeros(1));
    }
    Weights weights = new Weights("test", "test", tensors);
    assertThat(ResNet.name(weights)).isEqualTo(name);
    // The tap is known; then the weights are missing.
    assertThatThrownBy(() -> ResNet.network(weights, List.of(lastNorm)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds no tensor conv1.weight");
    assertThatThrownBy(() -> ResNet.network(weights, List.of("layer2.9.bn2")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("layer2.9.bn2: " + name + " has no such tap")
        .hasMessageContaining(lastNorm);
  }

  @Test
  void aTapMayBeTheSumOrTheValueBeforeIt() {
    Weights weights = ResNet.randomWeights(1);
    assertThat(ResNet.network(weights, List.of("layer1")).layers()).hasSize(6);
    assertThat(ResNet.network(weights, List.of("layer1", "layer1.1.bn2")).layers()).hasSize(7);
  }
}
