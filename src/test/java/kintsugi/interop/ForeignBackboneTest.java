package kintsugi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.TorchWriter;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints of anomalib whose backbone is one of the larger ResNets. */
class ForeignBackboneTest {
  private static final int[] BLOCKS = {3, 4, 6, 3};
  private static final String PREFIX = "model.feature_extractor.feature_extractor.";

  @TempDir Path folder;

  /**
   * Random tensors by torchvision's names; layers 3 and 4, which are not used, have one channel.
   */
  private static Map<String, StoredTensor> network(boolean bottleneck) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    convolution(tensors, "conv1", 64, 3, 7);
    int inputs = 64;
    for (int stage = 1; stage <= BLOCKS.length; stage++) {
      int planes = stage <= 2 ? 64 << (stage - 1) : 1;
      for (int i = 0; i < BLOCKS[stage - 1]; i++) {
        String name = "layer" + stage + "." + i;
        int outputs = bottleneck ? 4 * planes : planes;
        if (bottleneck) {
          convolution(tensors, name + ".conv1", 2 * planes, inputs, 1);
          convolution(tensors, name + ".conv2", 2 * planes, 2 * planes, 3);
          convolution(tensors, name + ".conv3", outputs, 2 * planes, 1);
        } else {
          convolution(tensors, name + ".conv1", outputs, inputs, 3);
          convolution(tensors, name + ".conv2", outputs, outputs, 3);
        }
        if (i == 0 && (bottleneck || stage > 1)) {
          convolution(tensors, name + ".downsample.0", outputs, inputs, 1);
        }
        inputs = outputs;
      }
    }
    return tensors;
  }

  private static void convolution(
      Map<String, StoredTensor> tensors, String name, int outputs, int inputs, int side) {
    Random random = new Random(name.hashCode());
    float[] values = new float[outputs * inputs * side * side];
    double deviation = Math.sqrt(0.7 / (inputs * side * side));
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    tensors.put(name + ".weight", StoredTensor.of(values, outputs, inputs, side, side));
    tensors.put(name + ".bias", StoredTensor.of(new float[outputs], outputs));
  }

  private static Kintsugi open(Weights weights) {
    return Kintsugi.builder().engine("vector").threads(2).weights(weights).open();
  }

  private Path checkpoint(Model model, Map<String, StoredTensor> network) throws IOException {
    Map<String, Object> state = ForeignFiles.state(model, 2);
    state.keySet().removeIf(name -> name.startsWith(PREFIX));
    Map<String, StoredTensor> named = new LinkedHashMap<>();
    network.forEach((name, tensor) -> named.put(PREFIX + name, tensor));
    state.putAll(TorchWriter.views(named, 1000));
    return ForeignFiles.checkpoint(
        folder.resolve("model.ckpt"), state, ForeignFiles.settings(model, ForeignFiles.usual()));
  }

  @ParameterizedTest
  @CsvSource({
    "ResNet-34, false, padim/anomalib",
    "ResNet-34, false, patchcore/anomalib",
    "WideResNet-50-2, true, padim/anomalib",
    "WideResNet-50-2, true, patchcore/anomalib"
  })
  void aLargerBackboneScoresAsTheModelThatItWasWrittenFrom(
      String name, boolean bottleneck, String recipe) throws IOException {
    Map<String, StoredTensor> network = network(bottleneck);
    boolean padim = recipe.startsWith("padim");
    Map<String, String> choices = new LinkedHashMap<>();
    choices.put("resize", "32x32");
    choices.put("interpolation", "bilinear_float");
    choices.put("taps", "layer1,layer2");
    choices.put(padim ? "channels" : "reweighting", padim ? "7" : "3");
    try (Kintsugi kintsugi = open(Weights.of("test", network))) {
      Model model =
          kintsugi.fit(Choices.with(Methods.recipe(recipe), choices), 3, ForeignFiles.images(0, 6));
      Path file = checkpoint(model, network);
      ForeignModel foreign = ForeignModel.read(file);
      assertThat(ResNet.name(foreign.weights().orElseThrow())).isEqualTo(name);
      try (Kintsugi own = open(foreign.weights().orElseThrow())) {
        ForeignModelTest.assertScoresAs(model, foreign.in(own.session()), padim ? 1e-5 : 1e-6);
      }
      try (Kintsugi other = ForeignFiles.open()) {
        assertThatThrownBy(() -> foreign.in(other.session()))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("with the weights that it holds");
      }
    }
  }
}
