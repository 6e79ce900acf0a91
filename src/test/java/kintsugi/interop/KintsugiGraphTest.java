package kintsugi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.RecordJson;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.OnnxGraph.Node;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An export to ONNX is read back as the model that it was made of, or refused at a named place. */
class KintsugiGraphTest {
  @TempDir static Path folder;

  private static Kintsugi kintsugi;
  private static final Map<String, Model> MODELS = new LinkedHashMap<>();

  @BeforeAll
  static void fit() {
    kintsugi = ForeignFiles.open();
    for (String recipe : List.of("padim/anomalib", "patchcore/anomalib")) {
      boolean padim = recipe.startsWith("padim");
      Model model =
          ForeignFiles.fitted(
              kintsugi,
              recipe,
              Map.of("resize", "40x36", "crop", "32x32", padim ? "channels" : "reweighting", "5"));
      MODELS.put(
          model.recipe().method(),
          kintsugi.calibrate(model, ForeignFiles.images(20, 4), List.of(), Optional.empty()));
    }
  }

  @AfterAll
  static void close() {
    kintsugi.close();
    kintsugi = null;
    MODELS.clear();
  }

  private static Path written(Model model) throws IOException {
    return OwnGraphs.of(model).write(folder.resolve("own.onnx"), OnnxFormat.IMAGES);
  }

  /** PaDiM's factor was inverted twice, PatchCore's bank moved twice, in fp32. */
  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void anExportIsReadBackAsItsModel(String method) throws IOException {
    Model model = MODELS.get(method);
    ForeignModel foreign = ForeignModel.read(written(model));
    assertThat(foreign.origin()).endsWith("of Kintsugi, an ONNX graph");
    Model read = foreign.in(kintsugi.session());
    assertThat(read.recipe()).isEqualTo(model.recipe());
    assertThat(read.detector().inputSize()).isEqualTo(model.detector().inputSize());
    Calibration wanted = model.requireCalibration();
    Calibration found = read.requireCalibration();
    assertThat(List.of(found.low(), found.high(), found.threshold(), found.pixelThreshold()))
        .containsExactly(wanted.low(), wanted.high(), wanted.threshold(), wanted.pixelThreshold());
    assertThat(found.rule()).isEqualTo(wanted.rule());
    ForeignModelTest.assertScoresAs(model, read, 1e-6);
  }

  @Test
  void aModelThatIsNotCalibratedIsNotCalibratedThen() throws IOException {
    Model model = OwnGraphs.tiny(kintsugi, true);
    assertThat(ForeignModel.read(written(model)).calibration()).isEmpty();
  }

  private static void refused(OnnxGraph graph, String message) {
    Path file = folder.resolve("own.onnx");
    assertThatThrownBy(() -> KintsugiGraph.read(file, graph, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("its ")
        .hasMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }

  private static OnnxGraph with(OnnxGraph graph, List<Node> nodes) {
    return new OnnxGraph(
        nodes, graph.initialisers(), graph.inputs(), graph.outputs(), graph.metadata());
  }

  /** Each node as another operation, of other values, with another attribute, or left out. */
  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void everyNodeIsCompared(String method) throws IOException {
    OnnxGraph graph = OnnxGraph.read(written(MODELS.get(method)));
    assertThat(graph.nodes()).hasSizeGreaterThan(90);
    for (int i = 0; i < graph.nodes().size(); i++) {
      List<Node> nodes = new ArrayList<>(graph.nodes());
      Node node = nodes.remove(i);
      nodes.addAll(i, changed(node, i % 4));
      refused(with(graph, nodes), node.name());
    }
    List<Node> longer = new ArrayList<>(graph.nodes());
    longer.add(new Node("Relu", "more", List.of("map"), List.of("more"), List.of()));
    refused(with(graph, longer), "more than Kintsugi's export, at more");
  }

  private static List<Node> changed(Node node, int kind) {
    List<ByteBuffer> attributes = new ArrayList<>(node.attributes());
    List<String> inputs = new ArrayList<>(node.inputs());
    switch (kind) {
      case 0 -> {
        return List.of();
      }
      case 1 -> attributes.add(ByteBuffer.wrap(new byte[] {10, 1, 'x', 24, 1}));
      case 2 -> inputs.set(0, "other");
      default -> {}
    }
    String operation = kind == 3 ? "Other" : node.operation();
    return List.of(new Node(operation, node.name(), inputs, node.outputs(), attributes));
  }

  /** Each constant with another first element, and left out. */
  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void everyConstantIsCompared(String method) throws IOException {
    OnnxGraph graph = OnnxGraph.read(written(MODELS.get(method)));
    int compared = 0;
    for (Map.Entry<String, StoredTensor> each : graph.initialisers().entrySet()) {
      if (each.getKey().startsWith("backbone")) {
        continue;
      }
      Map<String, StoredTensor> changed = new LinkedHashMap<>(graph.initialisers());
      changed.remove(each.getKey());
      refused(with(graph, changed), "its ");
      if (!each.getKey().matches("(padim/.*|.*channels_of.*|.*bank_mean|.*centred_bank)")) {
        changed.put(each.getKey(), moved(each.getValue()));
        refused(with(graph, changed), "its ");
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(30);
  }

  private static OnnxGraph with(OnnxGraph graph, Map<String, StoredTensor> initialisers) {
    return new OnnxGraph(
        graph.nodes(), initialisers, graph.inputs(), graph.outputs(), graph.metadata());
  }

  private static StoredTensor moved(StoredTensor tensor) {
    ByteBuffer bytes = ByteBuffer.allocate(tensor.bytes().capacity());
    bytes.order(ByteOrder.LITTLE_ENDIAN).put(tensor.bytes().duplicate().clear()).clear();
    switch (tensor.type()) {
      case F32 -> bytes.putFloat(0, bytes.getFloat(0) + 0.01f);
      case F64 -> bytes.putDouble(0, bytes.getDouble(0) * 1.0001 + 1e-9);
      default -> bytes.put(0, (byte) (bytes.get(0) + 1));
    }
    return new StoredTensor(tensor.type(), tensor.shape(), bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "recipe, {}, PadimRecipe has no",
    "recipe, [], is not an object",
    "method, none, there is no recipe none",
    "input_size, 40x32, maps of another size",
    "input_size, big, no input size",
    "low, x, no number low",
    "low, NaN, low below high",
    "threshold, 0.123, other values in verdict/threshold",
    "threshold_rule, none, none"
  })
  void metadataThatTheGraphContradictsIsNamed(String key, String value, String message)
      throws IOException {
    OnnxGraph graph = OnnxGraph.read(written(MODELS.get("padim")));
    Map<String, String> changed = new LinkedHashMap<>(graph.metadata());
    changed.put(key, value);
    OnnxGraph other =
        new OnnxGraph(
            graph.nodes(), graph.initialisers(), graph.inputs(), graph.outputs(), changed);
    assertThatThrownBy(() -> KintsugiGraph.read(folder, other, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aRefusalNamesTheFileAndTheWayOut() throws IOException {
    GraphWriter graph = OwnGraphs.of(MODELS.get("padim"));
    String last = graph.step("map").inputs().getFirst();
    graph.change(last, step -> step.as("Add"));
    Path file = graph.write(folder.resolve("changed.onnx"), OnnxFormat.IMAGES);
    assertThatThrownBy(() -> ForeignModel.read(file))
        .isInstanceOf(InputException.class)
        .hasMessage(
            file
                + ": cannot be imported (its graph has Add at "
                + last
                + " where Kintsugi's export has MatMul at "
                + last
                + "); ONNX Runtime can still run it, as doctor does: build its jar once with mvn"
                + " -Pinterop -Dmaven.test.skip package");
    Path own = written(MODELS.get("padim"));
    assertThatThrownBy(() -> ForeignModel.read(own, Map.of("crop", "same")))
        .isInstanceOf(InputException.class)
        .hasMessage(own + ": has its own crop, 32x32; leave out the one named (crop)");
    assertThat(ForeignModel.read(own, Map.of("crop", "32x32")).inputSize()).hasToString("32x32");
  }

  /** What an export never has is a fault of the file, whatever its graph. */
  @ParameterizedTest
  @CsvSource({"tile, 32", "resize, auto", "k, 65"})
  void aRecipeThatIsNeverExportedIsNamed(String choice, String value) throws IOException {
    Model model = MODELS.get("patchcore");
    GraphWriter graph = OwnGraphs.of(model);
    Recipe other = Choices.with(model.recipe(), Map.of(choice, value, "crop", "same"));
    graph.metadata(Map.of(ModelGraph.RECIPE, RecordJson.write((Record) other)));
    Path file = graph.write(folder.resolve("never.onnx"), OnnxFormat.IMAGES);
    assertThatThrownBy(() -> ForeignModel.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(
            file
                + ": cannot be imported (its metadata has a recipe that cannot be exported to"
                + " ONNX); ");
  }

  /** A long entry of another program's is passed over. */
  @Test
  void metadataOfAnyLengthIsPassedOver() throws IOException {
    Model model = MODELS.get("padim");
    GraphWriter graph = OwnGraphs.of(model);
    graph.metadata(Map.of("history", "x".repeat(100_000), "short", "y"));
    Path file = graph.write(folder.resolve("long.onnx"), OnnxFormat.IMAGES);
    assertThat(ForeignModel.read(file).recipe()).isEqualTo(model.recipe());
    assertThat(OnnxGraph.read(file).metadata())
        .containsEntry("short", "y")
        .doesNotContainKey("history");
  }

  /** A factor that is not triangular is another distance. */
  @Test
  void aFactorThatIsNotTriangularIsNamed() throws IOException {
    GraphWriter graph = OwnGraphs.of(OwnGraphs.tiny(kintsugi, true));
    float[] ones = new float[8 * 8 * 3 * 3];
    Arrays.fill(ones, 1);
    graph.floats("padim/inverse_factor_transposed", ones, 64, 3, 3);
    ForeignModel read =
        ForeignModel.read(graph.write(folder.resolve("full.onnx"), OnnxFormat.IMAGES));
    try (Kintsugi own = Kintsugi.builder().weights(read.weights().orElseThrow()).open()) {
      assertThatThrownBy(() -> read.in(own.session()))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("at position 0 is not triangular with a positive diagonal");
    }
  }

  /** The seed of the fuzzer is what the export writes, by whatever release. */
  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void theSavedGraphIsRead(String method) {
    Path saved = Path.of("src/fuzz/corpus/graph/kintsugi-" + method + ".onnx");
    assertThat(ForeignModel.read(saved).inputSize()).hasToString("32x32");
  }
}
