package kintsugi.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Objects of pickles, described: of those that {@code torch.save} wrote of anomalib's own classes
 * ({@code tools/golden_import.py}), and of such as would do harm where Python loads them.
 */
class PickledTest {
  private static final Path CORPUS = Path.of("src/fuzz/corpus/module");

  @TempDir Path folder;

  /** The pickle of a file of anomalib without its values, which are a hundred megabytes. */
  private static Pickled of(String name) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(CORPUS.resolve(name + ".pkl")));
    Object root = Pickle.readObjects(bytes, new ArrayList<>());
    return Pickled.of(root, call -> StoredTensor.of(new float[] {1}));
  }

  private static List<String> texts(Pickled list) {
    return list.items().stream().map(item -> item.text().orElseThrow()).toList();
  }

  @ParameterizedTest
  @CsvSource({"anomalib1-padim.ckpt, Resize CenterCrop Normalize", "anomalib2-padim.ckpt, ''"})
  void aCheckpointHasItsSettings(String name, String steps) throws IOException {
    Pickled root = of(name);
    assertThat(texts(root.get("hyper_parameters").get("layers")))
        .containsExactly("layer1", "layer2", "layer3");
    assertThat(root.get("state_dict").stateDictionary())
        .containsKeys(
            "model.idx",
            "model.gaussian.mean",
            "model.gaussian.inv_covariance",
            "model.feature_extractor.feature_extractor.conv1.weight");
    assertThat(types(root.get("transform"))).isEqualTo(steps);
    assertThat(root.get("no").get("such").get("name").isAbsent()).isTrue();
  }

  private static String types(Pickled transform) {
    return String.join(
        " ",
        transform.get("transforms").items().stream()
            .map(step -> step.type().substring(step.type().lastIndexOf('.') + 1))
            .toList());
  }

  @Test
  void anExportIsAModuleWithItsModules() throws IOException {
    Pickled first = of("anomalib1-padim.pt").get("model");
    assertThat(first.type()).isEqualTo("anomalib.deploy.export.InferenceModel");
    assertThat(types(first.get("transform"))).isEqualTo("Resize ExportableCenterCrop Normalize");
    assertThat(first.stateDictionary()).containsKeys("model.idx", "model.gaussian.inv_covariance");
    Pickled second = of("anomalib2-padim.pt").get("model");
    assertThat(second.type()).isEqualTo("anomalib.models.image.padim.lightning_model.Padim");
    assertThat(second.get("model").get("backbone").text()).contains("resnet18");
    Pickled resize =
        second.get("pre_processor").get("export_transform").get("transforms").items().getFirst();
    assertThat(resize.get("antialias").flag()).contains(false);
    assertThat(resize.get("interpolation").text()).contains("bilinear");
    assertThat(second.stateDictionary())
        .containsKeys("model.gaussian.mean", "post_processor.image_min");
    assertThat(second.stateDictionary().keySet())
        .filteredOn(name -> name.endsWith("conv1.weight"))
        .hasSize(7);
  }

  private Path file(String name, byte[] pickle) throws IOException {
    return Files.write(folder.resolve(name), pickle);
  }

  private void refused(Path file, String... words) {
    assertThatThrownBy(() -> Pickled.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContainingAll(words)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).hasSizeLessThan(600));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "posix\nsystem",
        "os\nsystem",
        "subprocess\nPopen",
        "builtins\neval",
        "builtins\nexec",
        "__builtin__\n__import__",
        "runpy\nrun_path"
      })
  void whatRunsCommandsIsNamed(String function) throws IOException {
    String pickle = "\u0080\2c" + function + "\nX\4\0\0\0true\u0085R.";
    Path file = file("a.pkl", pickle.getBytes(StandardCharsets.ISO_8859_1));
    refused(file, "would call " + function.replace('\n', '.'), "runs commands");
  }

  /** A call of any other name stays a description. */
  @Test
  void nothingIsMade() throws IOException {
    String pickle = "\u0080\2cjava.lang\nSystem.exit\nX\4\0\0\0true\u0085R.";
    Pickled read = Pickled.read(file("a.pkl", pickle.getBytes(StandardCharsets.ISO_8859_1)));
    assertThat(read.type()).isEqualTo("java.lang.System.exit");
    assertThat(read.arguments().getFirst().text()).contains("true");
  }

  @Test
  void modulesThatHoldEachOtherAreRefused() throws IOException {
    Pickled cycle = Pickled.read(CORPUS.resolve("cycle.pkl")).get("model");
    assertThatThrownBy(cycle::stateDictionary)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hold each other");
  }

  /** An object whose attribute has {@code count} entries, each of which is {@code entry}. */
  private static String object(String attribute, int count, String entry) {
    StringBuilder pickle = new StringBuilder("ca\nM\n)\u0081}X");
    pickle.append((char) attribute.length()).append("\0\0\0").append(attribute).append("}(");
    for (int i = 0; i < count; i++) {
      pickle.append("U\3").append(100 + i).append(entry);
    }
    return pickle + "usb";
  }

  private Path pickle(String content) throws IOException {
    return file("p.pkl", ("\u0080\2" + content + ".").getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void aModuleThatHundredsHoldCountsWithItsParametersEachTime() throws IOException {
    String inner = object("_parameters", 300, "N") + "q\1" + "0";
    Pickled few = Pickled.read(pickle(inner + object("_modules", 300, "h\1")));
    assertThat(few.stateDictionary()).isEmpty();
    Pickled many = Pickled.read(pickle(inner + object("_modules", 400, "h\1")));
    assertThatThrownBy(many::stateDictionary)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than 100000 modules and tensors");
  }

  /** Each time three bytes would copy a thousand attributes. */
  @Test
  void attributesThatAreSetAgainAndAgainAreRefused() throws IOException {
    StringBuilder attributes = new StringBuilder("}q\1(");
    for (int i = 0; i < 1000; i++) {
      attributes.append('M').append((char) (i & 0xff)).append((char) (i >> 8)).append('N');
    }
    String object = attributes + "u0ca\nM\n)\u0081";
    assertThat(Pickled.read(pickle(object + "h\1b".repeat(3))).names()).hasSize(1000);
    refused(pickle(object + "h\1b".repeat(1000)), "more attributes in all");
  }

  /**
   * PaDiM's covariances of 550 channels: no such file is written, its directory claims the size.
   */
  @Test
  void aTensorBeyondAnArrayIsNamed() throws IOException {
    Map<String, Object> root =
        Map.of("a", TorchWriter.View.of("0", StoredTensor.of(new float[] {1, 2, 3}, 3)));
    Path file = TorchWriter.write(folder.resolve("t.pt"), root);
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    zip.putInt(text.lastIndexOf("PK\1\2") + 24, (int) 3_000_000_000L);
    Files.write(file, bytes);
    refused(file, "one of its tensors takes 3.0 GB, at most 2 here", "n_features");
  }

  @Test
  void damagedPicklesAreOneLine() throws IOException {
    refused(file("cut.pkl", new byte[] {(byte) 0x80, 2, 'X', 9, 0, 0, 0, 'a'}), "is cut short");
    refused(file("empty.pkl", new byte[] {(byte) 0x80, 2, '.'}), "the stack");
    refused(file("text.pkl", "hello".getBytes(StandardCharsets.US_ASCII)), "a plain text");
    refused(folder.resolve("missing.pkl"), "no such file");
  }

  @ParameterizedTest
  @CsvSource({
    "short, is cut short",
    "huge, 'is invalid or too large'",
    "inner-product, 'its metric is 0'",
    "ivfpq, 'an approximate index'"
  })
  void indicesThatAreNotFlatAreNamed(String name, String what) {
    Path file = Path.of("src/fuzz/corpus/faiss", name + ".faiss");
    assertThatThrownBy(() -> FaissIndex.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(what);
  }

  @Test
  void aTensorOfAPickleIsReadOnce() throws IOException {
    Map<String, Object> root = new HashMap<>();
    root.put("a", TorchWriter.View.of("0", StoredTensor.of(new float[] {1, 2, 3}, 3)));
    root.put("n", 2.5);
    root.put("none", null);
    Pickled read = Pickled.read(TorchWriter.write(folder.resolve("t.pt"), root));
    assertThat(read.get("a").tensor().orElseThrow().floats()).containsExactly(1, 2, 3);
    assertThat(read.get("a").tensor()).containsSame(read.get("a").tensor().orElseThrow());
    assertThat(read.get("n").number()).contains(2.5);
    assertThat(read.get("none").isAbsent()).isTrue();
    assertThat(read.stateDictionary()).containsOnlyKeys("a");
  }
}
