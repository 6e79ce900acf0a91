package kintsugi.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import kintsugi.Golden;
import kintsugi.InputException;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks inside of what training and export wrap around them. */
class WrappedNetworkTest {
  private static final Map<String, StoredTensor> NETWORK = network(1);

  @TempDir static Path folder;
  private static String fingerprint;

  @BeforeAll
  static void plain() {
    fingerprint = Weights.read(safetensors("plain", NETWORK)).fingerprint();
    assertThat(fingerprint).matches("sha256:[0-9a-f]{64}\\+[0-9a-f]{64}");
  }

  /** torchvision's names with batch norms, and few values. */
  private static Map<String, StoredTensor> network(float value) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    convolution(tensors, "conv1", "bn1", value);
    for (int stage = 1; stage <= 4; stage++) {
      String block = "layer" + stage + ".0.";
      convolution(tensors, block + "conv1", block + "bn1", value + stage);
      convolution(tensors, block + "conv2", block + "bn2", value - stage);
      convolution(tensors, block + "downsample.0", block + "downsample.1", value * stage);
    }
    tensors.put("fc.weight", StoredTensor.of(new float[] {value, 8}, 2, 1));
    tensors.put("fc.bias", StoredTensor.of(new float[] {3, 4}, 2));
    return tensors;
  }

  private static void convolution(
      Map<String, StoredTensor> tensors, String name, String norm, float value) {
    tensors.put(name + ".weight", StoredTensor.of(new float[] {value, 2 * value}, 2, 1, 1, 1));
    for (String part : List.of(".weight", ".bias", ".running_mean", ".running_var")) {
      tensors.put(norm + part, StoredTensor.of(new float[] {value * value, 1}, 2));
    }
    tensors.put(norm + ".num_batches_tracked", StoredTensor.of(new int[] {7}));
  }

  private static Map<String, StoredTensor> renamed(
      Map<String, StoredTensor> tensors, UnaryOperator<String> name) {
    Map<String, StoredTensor> renamed = new LinkedHashMap<>();
    tensors.forEach((key, tensor) -> renamed.put(name.apply(key), tensor));
    return renamed;
  }

  private static Path safetensors(String name, Map<String, StoredTensor> tensors) {
    Path file = folder.resolve(name + ".safetensors");
    new Safetensors(Map.of(), tensors).write(file);
    return file;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.",
        "net.",
        "_orig_mod.",
        "module.encoder.",
        "model.backbone.",
        "model.feature_extractor.feature_extractor.",
        "my own.wrapper.0."
      })
  void aPrefixIsSeenThroughNextToAHead(String prefix) {
    Map<String, StoredTensor> wrapped = renamed(NETWORK, name -> prefix + name);
    wrapped.put("head.weight", StoredTensor.of(new float[] {9}, 1));
    wrapped.put("model.memory_bank", StoredTensor.of(new float[] {Float.NaN}, 1));
    Weights read = Weights.read(safetensors("wrapped", wrapped));
    assertThat(read.fingerprint()).isEqualTo(fingerprint);
    assertThat(read.tensors()).containsKeys("conv1.weight", "layer3.0.conv2.bias");
    assertThat(read.tensors()).doesNotContainKeys("head.weight", "memory_bank", "bn1.weight");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 1 4 5 6 7 9", "layer0.0 layer0.1 layer1 layer2 layer3 layer4 fc"})
  void childrenInASequentialHaveNumbers(String numbers) {
    List<String> names = List.of("conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc");
    List<String> to = List.of(numbers.split(" "));
    Map<String, StoredTensor> wrapped =
        renamed(
            NETWORK,
            name -> {
              int dot = name.indexOf('.');
              return "features."
                  + to.get(names.indexOf(name.substring(0, dot)))
                  + name.substring(dot);
            });
    assertThat(Weights.read(safetensors("numbered", wrapped)).fingerprint()).isEqualTo(fingerprint);
  }

  @Test
  void dictionariesOfAFrameworkAreSeenThrough() throws IOException {
    Map<String, Object> state =
        TorchWriter.views(renamed(NETWORK, name -> "model.backbone." + name), 0);
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("epoch", 3);
    root.put("state_dict", state);
    // What Lightning and anomalib save next to it, by classes that are passed over.
    root.put("hyper_parameters", TorchWriter.Raw.of("cargparse\nNamespace\n)\u0081}b"));
    root.put("path", TorchWriter.Raw.of("cpathlib\nPosixPath\n(U\1aU\1btR"));
    root.put("seen", TorchWriter.Raw.of("\u008f(K\1K\2\u0090"));
    root.put("optimizer_states", List.of(Map.of("state", TorchWriter.views(network(5), 1000))));
    Map<String, Object> optimizer = Map.of("exp_avg", root.remove("optimizer_states"));
    Path file = TorchWriter.write(folder.resolve("lightning.ckpt"), root);
    assertThat(Weights.read(file).fingerprint()).isEqualTo(fingerprint);
    // A second whole network, here in an optimiser, has to be chosen between.
    root.put("optimizer", optimizer);
    Path two = TorchWriter.write(folder.resolve("two.ckpt"), root);
    assertThatThrownBy(() -> Weights.read(two)).hasMessageContaining("2 whole networks");
  }

  @Test
  void teacherAndStudentAreListedAndOneIsChosen() throws IOException {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("teacher", TorchWriter.views(renamed(NETWORK, name -> "backbone." + name), 0));
    root.put("student", TorchWriter.views(network(3), 1000));
    Path file = TorchWriter.write(folder.resolve("dino.pth"), root);
    assertThatThrownBy(() -> Weights.read(file))
        .isInstanceOf(InputException.class)
        .hasMessage(
            file
                + ": holds 2 whole networks, at student, teacher.backbone; convert the one that is"
                + " meant into a file of its own (prefix)");
    assertThat(Checkpoint.networks(Checkpoint.all(file)))
        .containsExactly("student", "teacher.backbone");
    Map<String, StoredTensor> one = Checkpoint.read(file, "teacher.backbone");
    assertThat(Weights.read(safetensors("one", one)).fingerprint()).isEqualTo(fingerprint);
    assertThatThrownBy(() -> Checkpoint.read(file, "ema"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no whole network at ema, but at student, teacher.backbone");
  }

  @Test
  void oneNetworkUnderTwoNamesIsOne() throws IOException {
    Map<String, Object> state = TorchWriter.views(renamed(NETWORK, name -> "model." + name), 0);
    state.putAll(TorchWriter.views(renamed(NETWORK, name -> "encoder." + name), 0));
    Path file = TorchWriter.write(folder.resolve("tied.pth"), state);
    assertThat(Weights.read(file).fingerprint()).isEqualTo(fingerprint);
  }

  @Test
  void aWholeNetworkIsPreferredOverAPart() {
    Map<String, StoredTensor> both = renamed(NETWORK, name -> "b." + name);
    network(4)
        .forEach(
            (name, tensor) -> {
              if (!name.matches("layer[34].*")) {
                both.put("a." + name, tensor);
              }
            });
    assertThat(Weights.read(safetensors("part", both)).fingerprint()).isEqualTo(fingerprint);
  }

  @Test
  void everyFormatOfTheSameValuesHasTheSameFingerprint() throws IOException {
    Path torch = TorchWriter.write(folder.resolve("x.pth"), TorchWriter.views(NETWORK, 0));
    assertThat(Weights.read(torch).fingerprint()).isEqualTo(fingerprint);
    Path folded = safetensors("folded", BatchNorm.fold(NETWORK));
    Weights weights = Weights.read(folded);
    assertThat(weights.fingerprint()).isEqualTo(fingerprint);
    Path npz = folder.resolve("x.npz");
    Npz.write(npz, weights.tensors());
    assertThat(Weights.read(npz).fingerprint()).isEqualTo(fingerprint);
    assertThat(Weights.read(safetensors("other", network(1.0001f))).fingerprint())
        .isNotEqualTo(fingerprint);
  }

  @Test
  void aNetworkCutAfterTheThirdStageBelongsToTheWholeOne() {
    Map<String, StoredTensor> cut = new LinkedHashMap<>(NETWORK);
    cut.keySet().removeIf(name -> name.matches("(layer4|fc)\\..*"));
    Weights shorter = Weights.read(safetensors("cut", cut));
    assertThat(shorter.fingerprint()).isEqualTo(fingerprint.substring(0, fingerprint.indexOf('+')));
    assertThat(shorter.matches(fingerprint)).isTrue();
    cut.put("layer4.0.conv1.weight", StoredTensor.of(new float[] {7}, 1, 1, 1, 1));
    assertThat(Weights.read(safetensors("tuned", cut)).matches(fingerprint)).isFalse();
  }

  @Test
  void modelsOfFormerVersionsRememberTheFile() throws IOException {
    Path file = safetensors("old", NETWORK);
    Weights weights = Weights.read(file);
    String old = "sha256:" + Weights.sha256(file);
    assertThat(weights.matches(old)).isTrue();
    assertThat(weights.matches(old.replace('0', '1'))).isFalse();
    Files.delete(file);
    assertThat(weights.matches(old)).isFalse();
    assertThat(weights.matches(fingerprint)).isTrue();
  }

  @Test
  void theFingerprintIsThatOfTheDocumentation() {
    Map<String, Tensor> tensors = Map.of("a", Tensor.of(new float[] {1, -2}, 2));
    // python: sha256(b"a\0" + struct.pack("<ii2f", 1, 2, 1, -2))
    assertThat(Fingerprint.of(tensors))
        .isEqualTo("sha256:472e7ca84e81f3c76630d9debe2d70165c36934c400d7ba85faa9a67bc91dc27");
  }

  @Test
  void theSharedFilesOfTheSameNetworkHaveTheSameFingerprint() {
    String name = "weights/resnet18-imagenet1k-v1-features.";
    assertThat(Weights.read(Golden.file(name + "onnx")).fingerprint())
        .isEqualTo(Weights.read(Golden.file(name + "safetensors")).fingerprint());
  }

  @Test
  void aWholeModelIsNamedWithTheWayOut() throws IOException {
    for (String name : List.of("torchvision.models.resnet\nResNet", "__torch__.net\nNet")) {
      Path file = TorchWriter.write(folder.resolve("m.pth"), TorchWriter.Raw.of("c" + name + "\n"));
      assertThatThrownBy(() -> Checkpoint.read(file))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(name.replace('\n', '.'))
          .hasMessageContaining("save its state_dict()");
    }
    Path list = TorchWriter.write(folder.resolve("m.pth"), List.of("a"));
    assertThatThrownBy(() -> Checkpoint.read(list)).hasMessageContaining("no state dictionary");
  }
}
