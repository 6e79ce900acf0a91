package kintsugi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Verdict;
import kintsugi.interop.GraphWriter.Step;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.OnnxGraph.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX graphs that are written as anomalib's export writes them, and read again. */
class AnomalibGraphTest {
  private static final String NETWORK = "/model/feature_extractor/feature_extractor/";
  private static final String BLOCK = NETWORK + "layer1/layer1.1/";

  private static Kintsugi kintsugi;
  private static Model padim;
  private static Model patchcore;

  @TempDir Path folder;

  @BeforeAll
  static void fit() {
    kintsugi = ForeignFiles.open();
    padim = fitted("padim/anomalib", Map.of("taps", "layer1,layer2", "channels", "7"));
    patchcore = fitted("patchcore/anomalib", Map.of("taps", "layer1,layer2", "reweighting", "3"));
  }

  @AfterAll
  static void close() {
    kintsugi.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    kintsugi = null;
    padim = null;
    patchcore = null;
  }

  private static Model fitted(String recipe, Map<String, String> more) {
    Map<String, String> choices = new LinkedHashMap<>(more);
    choices.putIfAbsent("resize", "32x32");
    choices.put("interpolation", "bilinear_aliased");
    return kintsugi.fit(
        Choices.with(Methods.recipe(recipe), choices), 3, ForeignFiles.images(0, 6));
  }

  private Path written(GraphWriter graph) throws IOException {
    return graph.write(folder.resolve("model.onnx"), "input");
  }

  private Model imported(GraphWriter graph) throws IOException {
    return ForeignModel.read(written(graph)).in(kintsugi.session());
  }

  private static GraphWriter patchcoreGraph() {
    return ForeignGraphs.patchcore(patchcore, 2, 3, 1, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPadimScoresAsTheModelThatItWasWrittenFrom(int release) throws IOException {
    Model model = imported(ForeignGraphs.padim(padim, release));
    assertThat(model.recipe().name()).isEqualTo("padim/anomalib*");
    assertThat(model.recipe().taps()).containsExactly("layer1", "layer2");
    ForeignModelTest.assertScoresAs(padim, model, 1e-5);
  }

  @Test
  void aPadimOfOneLayerScoresAsTheModelThatItWasWrittenFrom() throws IOException {
    Model one = fitted("padim/anomalib", Map.of("taps", "layer2", "channels", "5"));
    ForeignModelTest.assertScoresAs(one, imported(ForeignGraphs.padim(one, 1)), 1e-5);
  }

  /** Releases differ in signs; 2 searches many patches in parts. */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "2, 2", "2, 4"})
  void aPatchCoreScoresAsTheModelThatItWasWrittenFrom(int release, int parts) throws IOException {
    Model model = imported(ForeignGraphs.patchcore(patchcore, release, 3, parts, 0));
    ForeignModelTest.assertScoresAs(patchcore, model, 1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPatchCoreOfOneNeighbourIsNotReweighted(int parts) throws IOException {
    Model one =
        fitted("patchcore/anomalib", Map.of("taps", "layer1,layer2", "reweighting", "none"));
    GraphWriter graph = ForeignGraphs.patchcore(one, 2, 1, parts, 0);
    ForeignModelTest.assertScoresAs(one, imported(graph), 1e-6);
  }

  @Test
  void aCropIsTheGraphs() throws IOException {
    Model cropped =
        fitted(
            "patchcore/anomalib",
            Map.of(
                "taps", "layer1,layer2", "reweighting", "3", "resize", "40x36", "crop", "32x32"));
    Model model = imported(ForeignGraphs.patchcore(cropped, 2, 3, 1, 32));
    assertThat(model.recipe().preprocessing().resize()).hasToString("40x36");
    assertThat(model.recipe().preprocessing().crop()).hasToString("32x32");
    ForeignModelTest.assertScoresAs(cropped, model, 1e-6);
  }

  /** A score at the threshold is normal in release 2. */
  @Test
  void thresholdsComeAlong() throws IOException {
    for (GraphWriter graph : List.of(ForeignGraphs.padim(padim, 2), patchcoreGraph())) {
      Calibration calibration = imported(graph).requireCalibration();
      assertThat(calibration.normalise(3)).isEqualTo(0.5);
      assertThat(calibration.normalise(4)).isEqualTo(0.75);
      assertThat(calibration.pixelThreshold()).isEqualTo(Math.nextUp(0.75f));
      assertThat(calibration.verdict(0.5)).isEqualTo(Verdict.NORMAL);
      assertThat(calibration.verdict(0.501)).isEqualTo(Verdict.ANOMALOUS);
    }
  }

  /** Release 1 has them in a file next to the graph. */
  @Test
  void aGraphWithoutThresholdsIsNotCalibrated() throws IOException {
    ForeignModel foreign = ForeignModel.read(written(ForeignGraphs.padim(padim, 1)));
    assertThat(foreign.origin()).isEqualTo("PaDiM of anomalib, an ONNX graph");
    assertThat(foreign.calibration()).isEmpty();
    assertThat(foreign.notes())
        .anyMatch(note -> note.contains("calibrate the model (normal)"))
        .anyMatch(note -> note.contains("without antialiasing"));
  }

  /** The seed of the fuzzer is what the writer writes. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theSavedGraphIsTheWriters(boolean kind) throws IOException {
    Path saved =
        Path.of("src/fuzz/corpus/graph/anomalib-" + (kind ? "padim" : "patchcore") + ".onnx");
    assertThat(saved).hasSameBinaryContentAs(written(ForeignGraphs.tiny(kind))).isRegularFile();
    assertThat(ForeignModel.read(saved).inputSize()).hasToString("32x32");
  }

  private static Arguments of(String step, UnaryOperator<Step> change, String message) {
    return Arguments.of(step, changing(step, change), message);
  }

  private static Consumer<GraphWriter> changing(String step, UnaryOperator<Step> change) {
    return graph -> graph.change(step, change);
  }

  private static Arguments value(String name, double value, String message) {
    return Arguments.of(
        name,
        (Consumer<GraphWriter>) graph -> graph.floats(name, new float[] {(float) value}),
        message);
  }

  private static Arguments integers(String name, String message, long... values) {
    return Arguments.of(
        name, (Consumer<GraphWriter>) graph -> graph.integers(name, values), message);
  }

  private static Arguments amounts(String name, long... values) {
    return integers("/model/map/blur/" + name, "blurs its maps", values);
  }

  static Stream<Arguments> both() {
    return Stream.of(
        of("/transform/Resize", s -> s.with("mode", "cubic"), "otherwise than bilinearly"),
        of("/transform/Resize", s -> s.with("antialias", 1), "otherwise than bilinearly"),
        of(
            "/transform/Resize",
            s -> s.with("coordinate_transformation_mode", "align_corners"),
            "otherwise than bilinearly"),
        of("/transform/Resize", s -> s.as("Relu"), "does not resize its images"),
        of("/transform/Resize", s -> s.with(3, "input"), "Resize at /transform/Resize"),
        of("/transform/Resize/Concat", s -> s.as("Sum"), "a size that is not fixed"),
        of("/transform/Cast", s -> s.with("to", 10), "Cast at /transform/Cast"),
        of("/transform/Sub", s -> s.with(1, "stds"), "other means"),
        of("/transform/Div", s -> s.with(1, "means"), "other means"),
        of("/transform/Sub", s -> s.with(1, "none"), "no constant means"),
        of(NETWORK + "maxpool/MaxPool", s -> s.with("ceil_mode", 1), "pools otherwise"),
        of(NETWORK + "conv1/Conv", s -> s.with("strides", List.of(1, 1)), "another stride"),
        of(BLOCK + "conv1/Conv", s -> s.with("strides", List.of(2, 2)), "another stride"),
        of(BLOCK + "conv1/Conv", s -> s.with("group", 2), "group"),
        of(BLOCK + "conv1/Conv", s -> s.with("dilations", List.of(2, 2)), "dilation"),
        of(BLOCK + "conv1/Conv", s -> s.with("pads", List.of(0, 0, 0, 0)), "padding"),
        of(BLOCK + "Add", s -> s.with(1, s.inputs().getFirst()), "ends within layer1"),
        of(
            BLOCK + "conv2/Conv",
            s -> s.with(0, NETWORK + "maxpool/MaxPool_output_0"),
            "ends within layer1"),
        of(NETWORK + "act1/Relu", s -> s.with(0, "input"), "anomalib's ResNet begins"),
        of("/model/map/Pad", s -> s.with("mode", "edge"), "blurs its maps"),
        of("/model/map/Conv", s -> s.with(1, "means"), "blurs its maps"),
        of("/model/map/Conv", s -> s.with("strides", List.of(2, 2)), "blurs its maps"),
        of("/model/map/Conv", s -> s.with("pads", List.of(1, 1, 1, 1)), "blurs its maps"),
        of("/model/map/Conv", s -> s.with("group", 2), "blurs its maps"),
        of("/model/map/Conv", s -> s.with("dilations", List.of(2, 2)), "blurs its maps"),
        of("/model/map/Conv", s -> s.more("label.half"), "blurs its maps"),
        amounts("four", 16, 16, 16, 15),
        amounts("zeros", 0, 1, 0, 0),
        amounts("from", 0),
        amounts("to", -3),
        amounts("axis", 1),
        amounts("step", 1),
        of("/model/map/blur/Transpose", s -> s.with("perm", List.of(0, 1)), "blurs its maps"),
        of("/model/map/Pad", s -> s.with(1, "/model/map/blur/four"), "blurs its maps"),
        integers("/model/map/Resize.size", "to another size than 32x32", 32, 31),
        integers("/model/Resize.size", "to another size than 8x8", 8, 7),
        of("/post_processor/image/Clip", s -> s.with(1, "label.half"), "cut its scores to 0 and 1"),
        of("/post_processor/pixel/Clip", s -> s.with(2, "label.half"), "cut its scores to 0 and 1"),
        value("/post_processor/image.half", 0.4, "around another value"),
        of("/post_processor/image/Sub", s -> s.with(0, "/model/map/Pad_output_0"), "other values"),
        of("label", s -> s.with(0, "/model/map/Conv_output_0"), "verdicts of other values"),
        of("mask", s -> s.as("Relu"), "after all of anomalib's steps"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("both")
  void otherStepsOfEitherAreNamed(String step, Consumer<GraphWriter> change, String message)
      throws IOException {
    for (GraphWriter graph : List.of(ForeignGraphs.padim(padim, 2), patchcoreGraph())) {
      refused(graph, change, message);
    }
  }

  private void refused(GraphWriter graph, Consumer<GraphWriter> change, String message)
      throws IOException {
    change.accept(graph);
    Path file = written(graph);
    assertThatThrownBy(() -> ForeignModel.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": cannot be imported (its graph ")
        .hasMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).hasSizeLessThan(600));
  }

  static Stream<Arguments> padims() {
    String map = "/model/map/";
    return Stream.of(
        of("/model/Resize", s -> s.with("mode", "linear"), "otherwise than to the nearest"),
        of("/model/Resize", s -> s.with("nearest_mode", "ceil"), "otherwise than to the nearest"),
        of("/model/Concat", s -> s.with("axis", 2), "in another way"),
        of(
            "/model/Concat",
            s -> s.with(0, NETWORK + "layer1/layer1.0/act2/Relu_output_0"),
            "not the end of a layer"),
        of("/model/Gather", s -> s.with("axis", 2), "does not gather channels"),
        of("/model/Gather", s -> s.with(1, "none"), "no constant channels"),
        of(map + "Sub", s -> s.with(1, "inverse"), "where F32 of 2 dimensions"),
        of(map + "MatMul", s -> s.with(1, "mean"), "where F32 of 3 dimensions"),
        of(map + "Mul", s -> s.with(1, map + "MatMul_output_0"), "embedding"),
        of(map + "Transpose", s -> s.with("perm", List.of(2, 1, 0)), "other axes"),
        of(map + "Transpose_1", s -> s.with("perm", List.of(0, 1)), "other axes"),
        of(
            map + "ReduceSum",
            s -> s.with(1, "/model/map/blur/axis"),
            "other distances than Mahalanobis's"),
        of(map + "ReduceSum", s -> s.with("keepdims", 1), "other distances than Mahalanobis's"),
        of(map + "Clip", s -> s.with(1, "label.half"), "other distances than Mahalanobis's"),
        of(map + "Clip", s -> s.with(2, "label.half"), "other distances than Mahalanobis's"),
        of("/model/ReduceMax", s -> s.with("axes", List.of(2)), "another maximum than a map's"),
        of("/model/ReduceMax", s -> s.with("keepdims", 1), "another maximum than a map's"),
        of(map + "Resize", s -> s.with("mode", "nearest"), "otherwise than bilinearly"),
        of(map + "Resize", s -> s.with(0, map + "Clip_output_0"), "map"),
        of("/model/ReduceMax", s -> s.with(0, map + "Pad_output_0"), "ReduceMax"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("padims")
  void otherStepsOfAPadimAreNamed(String step, Consumer<GraphWriter> change, String message)
      throws IOException {
    refused(ForeignGraphs.padim(padim, 2), change, message);
  }

  static Stream<Arguments> patchcores() {
    String pool = "/model/AveragePool_layer1";
    String weight = "/model/weight";
    return Stream.of(
        of(pool, s -> s.with("kernel_shape", List.of(5, 5)), "averages other patches"),
        of(pool, s -> s.with("count_include_pad", 0), "averages other patches"),
        of("/model/Resize", s -> s.with("mode", "nearest"), "otherwise than bilinearly"),
        of(
            "/model/Resize",
            s -> s.with(0, NETWORK + "layer2/layer2.1/act2/Relu_output_0"),
            "without the step AveragePool"),
        of("/model/Concat", s -> s.with("axis", 2), "in another way"),
        of("/model/Transpose", s -> s.with("perm", List.of(0, 3, 2, 1)), "other axes"),
        of("/model/part0/MatMul", s -> s.with(1, "means"), "where F32 of 2 dimensions"),
        value("/model/part0.factor", -1, "other distances than Euclid's"),
        value("/model/part0/a.two", 3, "other distances than Euclid's"),
        value("/model/weight.factor", 2, "other distances than Euclid's"),
        of("/model/part0/Add", s -> s.with(1, "/model/part0/Mul_output_0"), "search"),
        of("/model/part0/ReduceMin", s -> s.as("ReduceMax"), "search"),
        of("/model/part0/ReduceMin", s -> s.with("axes", List.of(0)), "another axis"),
        of("/model/part0/ArgMin", s -> s.with("axis", 0), "another axis"),
        of("/model/part0/ArgMin", s -> s.with("keepdims", 1), "another axis"),
        of("/model/part0/ArgMin", s -> s.with("select_last_index", 1), "another axis"),
        of("/model/part0/a/ReduceSum", s -> s.with(1, "zero"), "other distances than Euclid's"),
        of("/model/part0/Clip", s -> s.with(1, "one"), "other distances than Euclid's"),
        of("/model/part0/Clip", s -> s.with(2, "one"), "other distances than Euclid's"),
        of(weight + "/Clip", s -> s.with(2, "one"), "other distances than Euclid's"),
        of(weight + "/ArgMax", s -> s.with("axis", 0), "another axis"),
        of(weight + "/Softmax", s -> s.with("axis", 0), "re-weights"),
        of(weight + "/TopK", s -> s.with("axis", 0), "re-weights"),
        of(weight + "/Gather_zero", s -> s.with("axis", 0), "re-weights"),
        of(weight + "/1/Gather", s -> s.with("axis", 1), "re-weights"),
        of(weight + "/Transpose", s -> s.with("perm", List.of(2, 1, 0)), "re-weights"),
        of(weight + "/ArgMax", s -> s.as("ArgMin"), "score"),
        of(weight + "/TopK", s -> s.with("largest", 1), "re-weights"),
        of(weight + "/Gather_rows", s -> s.with(1, weight + "/TopK_output_0"), "re-weights"),
        of(weight + "/1/Gather", s -> s.with(0, "/transform/Cast_output_0"), "re-weights"),
        of(weight + "/2/Gather", s -> s.with(0, "/model/Reshape_output_0"), "score"),
        of(weight + "/Mul_score", s -> s.with(1, weight + "/1/Gather_output_0"), "score"),
        value("one", 2, "re-weights"),
        of(weight + "/Gather_near", s -> s.with(0, "onnx::MatMul"), "re-weights"),
        of(weight + "/Gather_rows", s -> s.with(0, "onnx::MatMul"), "re-weights"),
        of(weight + "/near/MatMul", s -> s.with(1, "model.memory_bank"), "re-weights"),
        of("/model/map/Resize", s -> s.with("mode", "linear"), "otherwise than to the nearest"),
        of("/model/map/Resize", s -> s.with(0, "/model/part0/Sqrt_output_0"), "other values"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("patchcores")
  void otherStepsOfAPatchCoreAreNamed(String step, Consumer<GraphWriter> change, String message)
      throws IOException {
    refused(patchcoreGraph(), change, message);
  }

  static Stream<Arguments> parts() {
    return Stream.of(
        of("/model/part1/Slice", s -> s.with(1, "/model/part0/Slice.from"), "another order"),
        of("/model/part1/Slice", s -> s.with(0, "/transform/Cast_output_0"), "another order"),
        of("/model/part1/MatMul", s -> s.with(1, "other"), "several memory banks"),
        of("/model/Concat_min", s -> s.with(0, "/model/part1/ReduceMin_output_0"), "another order"),
        of("/model/Concat_min", s -> s.with("axis", 1), "another order"),
        of("/model/part1/Slice", s -> s.with(4, "/model/part1/Slice.to"), "another order"),
        of("/model/Concat_at", s -> s.with(1, "/model/part0/ArgMin_output_0"), "another order"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("parts")
  void partsOfASearchInAnotherOrderAreNamed(
      String step, Consumer<GraphWriter> change, String message) throws IOException {
    GraphWriter graph = ForeignGraphs.patchcore(patchcore, 2, 3, 2, 0);
    graph.floats("other", new float[6], 2, 3);
    refused(graph, change, message);
  }

  @ParameterizedTest
  @CsvSource({
    "/transform/Slice_1.from, 1",
    "/transform/Slice_2.to, 99",
    "/transform/Slice_1.step, 2"
  })
  void aCropThatIsNotTheMiddleIsNamed(String number, long value) throws IOException {
    refused(
        ForeignGraphs.patchcore(patchcore, 2, 3, 1, 32),
        graph -> graph.integers(number, value),
        "another part than the middle");
  }

  /** The filters of two convolutions, exchanged, are still a ResNet by their names. */
  @Test
  void convolutionsInAnotherOrderAreNamed() throws IOException {
    refused(
        ForeignGraphs.padim(padim, 2),
        graph -> {
          Step first = graph.step(BLOCK + "conv1/Conv");
          Step second = graph.step(BLOCK + "conv2/Conv");
          graph.change(first.name(), s -> renamed(s, second.name() + "x"));
          graph.change(second.name(), s -> renamed(s, first.name()));
          graph.change(second.name() + "x", s -> renamed(s, second.name()));
        },
        "where a ResNet has layer1.1.conv1");
  }

  @Test
  void aFilterOfAnotherRankIsNamed() throws IOException {
    refused(
        ForeignGraphs.padim(padim, 2),
        graph -> graph.floats("onnx::layer1.1.conv1", new float[64], 64),
        "where a ResNet has layer1.1.conv1");
  }

  private static Step renamed(Step step, String name) {
    return new Step(step.operation(), name, step.inputs(), step.outputs(), step.attributes());
  }

  @Test
  void aGraphThatIsAnotherIsNamed() throws IOException {
    GraphWriter other = new GraphWriter();
    other.add("Relu", "relu", Map.of(), "input");
    other.floats("a", new float[1]);
    refused(other, graph -> {}, "no ResNet");
    refused(
        ForeignGraphs.padim(padim, 2),
        graph -> graph.change("/transform/Div", s -> s.to("/transform/Sub_output_0")),
        "computes a value twice");
    Path two = ForeignGraphs.padim(padim, 2).write(folder.resolve("two.onnx"), "input", "more");
    assertThatThrownBy(() -> ForeignModel.read(two)).hasMessageContaining("has 2 inputs, not one");
  }

  /** As many steps as are accepted do not exhaust the stack of what looks for patterns in them. */
  @Test
  void longGraphsAreRead() {
    List<Node> nodes = new ArrayList<>();
    for (String operation : List.of("Div", "Conv", "Relu", "MaxPool")) {
      append(nodes, operation, 1);
    }
    for (int i = 0; i < 780; i++) {
      append(nodes, "Conv", 1);
      append(nodes, "Relu", 1);
      append(nodes, "Conv", 1);
      append(nodes, "Add", 1, 4);
      append(nodes, "Relu", 1);
    }
    GraphSteps steps = steps(nodes);
    steps.take("normalisation", "Div<i ");
    assertThat(steps.take("ResNet", GraphNetwork.NETWORK)).hasSize(3903);
    for (int i = 0; i < 100; i++) {
      append(nodes, "Relu", 1);
    }
    assertThatThrownBy(() -> steps(nodes)).hasMessageContaining("more than 4000 steps");
  }

  /** A node of many operands exhausts neither the stack nor the memory of what reads patterns. */
  @Test
  void nodesOfManyOperandsAreRefused() {
    for (int count : List.of(200, 100_000)) {
      List<Node> nodes = new ArrayList<>();
      int[] first = {1};
      append(nodes, "Relu", first);
      append(nodes, "Slice", first);
      for (String operation :
          List.of("Pow", "ReduceSum", "MatMul", "Mul", "Add", "Add", "Clip", "Sqrt", "ReduceMin")) {
        int at = nodes.size();
        append(nodes, operation, operation.equals("MatMul") ? new int[] {3} : first);
        if (at == 6) {
          nodes.removeLast();
          append(nodes, "Add", 1, 3);
        }
      }
      int[] many = new int[count];
      Arrays.fill(many, 1);
      append(nodes, "Concat", many);
      if (count > 256) {
        assertThatThrownBy(() -> steps(nodes))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("its graph has a step Concat of 100000 operands");
      } else {
        GraphSteps steps = steps(nodes);
        steps.take("embedding", "Relu<i ");
        assertThat(steps.take("search", GraphSearch.SEARCH)).hasSize(11);
      }
    }
  }

  /** What a file says is not overridden. */
  @Test
  void aChoiceThatTheGraphHasMadeIsRefused() throws IOException {
    Path file = written(ForeignGraphs.padim(padim, 2));
    assertThatThrownBy(() -> ForeignModel.read(file, Map.of("crop", "24x24")))
        .isInstanceOf(InputException.class)
        .hasMessage(file + ": has its own crop, same; leave out the one named (crop)");
    assertThatThrownBy(() -> ForeignModel.read(file, Map.of("resize", "40x40")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has its own resize, 32x32");
    assertThat(ForeignModel.read(file, Map.of("resize", "32x32")).recipe())
        .isEqualTo(ForeignModel.read(file).recipe());
  }

  /** The way out is that of a graph whatever its name. */
  @Test
  void theWayOutIsByTheKindOfFile() throws IOException {
    GraphWriter graph = ForeignGraphs.padim(padim, 2);
    graph.change("/transform/Div", s -> s.with(1, "means"));
    Path file = graph.write(folder.resolve("graph.bin"), "input");
    assertThatThrownBy(() -> ForeignModel.read(file))
        .hasMessageContaining("ONNX Runtime can still run it");
  }

  /** The sizes are those of other values, as the exporter writes them where it follows shapes. */
  @Test
  void aSizeOfAnotherValueIsNamed() throws IOException {
    for (boolean right : List.of(true, false)) {
      GraphWriter graph = ForeignGraphs.padim(padim, 1);
      String layer =
          NETWORK + (right ? "layer1/layer1.1" : "layer2/layer2.1") + "/act2/Relu_output_0";
      ForeignGraphs.sizedAs(graph, "/model/Resize", layer);
      if (right) {
        ForeignModelTest.assertScoresAs(padim, imported(graph), 1e-5);
      } else {
        refused(graph, g -> {}, "to another size than 8x8 at /model/Resize");
      }
    }
  }

  private static void append(List<Node> nodes, String operation, int... back) {
    int at = nodes.size();
    List<String> inputs =
        Arrays.stream(back).mapToObj(distance -> "v" + (at + 1 - distance)).toList();
    nodes.add(new Node(operation, "", inputs, List.of("v" + (at + 1)), List.of()));
  }

  private static GraphSteps steps(List<Node> nodes) {
    return new GraphSteps(new OnnxGraph(nodes, Map.of(), List.of("v0"), List.of()));
  }
}
