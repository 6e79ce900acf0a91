package kintsugi.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every peer of the backbone computes the same features of the same images. */
class BackbonesAgreeTest {
  private final Tensor images = Inputs.random(2, 45, 67, 3);
  private final Network network =
      ResNet.network(ResNet.randomWeights(3), List.of("layer1", "layer2", "layer3"));

  private Backbone backbone(String who) {
    return switch (who) {
      case "onnxruntime" -> new OnnxBackbone(network, images, 2);
      case "pytorch" -> new TorchBackbone(network, images, 2);
      case "onednn" -> new OneDnnBackbone(network, images, 2);
      default -> new KintsugiBackbone(network, images, 2, Convolutions.valueOf(who));
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"onnxruntime", "pytorch", "onednn", "WINOGRAD4"})
  void thePeersAgree(String who) {
    try (Backbone direct = backbone("DIRECT");
        Backbone other = backbone(who)) {
      Map<String, Tensor> expected = direct.features();
      assertThat(expected).containsOnlyKeys("layer1", "layer2", "layer3");
      Agreement.require(who, expected, other.features());
      // And again, into the same buffers.
      Agreement.require(who, expected, other.features());
    }
  }

  @Test
  void oneDnnOverwritesNothingThatIsHandedOut() {
    Network all =
        new Network(network.layers(), network.layers().stream().map(Layer::output).toList());
    try (Backbone direct = new KintsugiBackbone(all, images, 2, Convolutions.DIRECT);
        Backbone other = new OneDnnBackbone(all, images, 2)) {
      Agreement.require("onednn", direct.features(), other.features());
    }
  }

  @Test
  void whatDiffersIsNotTimed() {
    Tensor expected = Inputs.random(1, 2, 2, 2);
    Tensor other = Tensor.of(expected.data().clone(), 1, 2, 2, 2);
    Agreement.require("same", Map.of("a", expected), Map.of("a", other));
    other.data()[3] += 0.001f;
    assertThatThrownBy(() -> Agreement.require("who", Map.of("a", expected), Map.of("a", other)))
        .hasMessageContaining("who, a: not timed, it differs by 0.00100");
    other.data()[3] = Float.NaN;
    assertThatThrownBy(() -> Agreement.require("who", Map.of("a", expected), Map.of("a", other)))
        .hasMessageContaining("not timed");
    Map<String, Tensor> missing = new LinkedHashMap<>();
    assertThatThrownBy(() -> Agreement.require("who", Map.of("a", expected), missing))
        .hasMessageContaining("another shape: null");
    Tensor zeros = Tensor.zeros(1, 2, 2, 2);
    assertThatThrownBy(() -> Agreement.require("who", Map.of("a", zeros), Map.of("a", zeros)))
        .hasMessageContaining("where the maximum is 0");
  }
}
