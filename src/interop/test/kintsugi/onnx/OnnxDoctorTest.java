package kintsugi.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.audit.Doctor;
import kintsugi.audit.ModelSubject;
import kintsugi.audit.OnnxSubject;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.interop.OnnxFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A model compared with its own export, run by ONNX Runtime: the same as it is, and with a node or
 * a constant of the graph changed, which has to be named as the first difference.
 */
class OnnxDoctorTest {
  private static final Map<String, Object> PADIM = Map.of("channels", 12, "epsilon", 0.01);
  private static final Map<String, Object> PATCHCORE = Map.of("bank_size", 40, "reweighting", 3);

  @TempDir static Path folder;

  private static Kintsugi kintsugi;
  private static List<ImageSource> images;
  private static final Map<String, Model> MODELS = new LinkedHashMap<>();

  /** A change of a graph. */
  private interface Change {
    void of(GraphEdit graph) throws IOException;
  }

  /** A difference, and what is expected of its diagnosis. */
  private record Planted(String method, String name, Change change, String stage, String cause) {
    @Override
    public String toString() {
      return method + ": " + name;
    }
  }

  @BeforeAll
  static void fit() {
    kintsugi = Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).open();
    images = images(20, 2);
    MODELS.put("padim", fitted("padim/anomalib", PADIM));
    MODELS.put("patchcore", fitted("patchcore/anomalib", PATCHCORE));
    for (String method : MODELS.keySet()) {
      export(MODELS.get(method), method);
    }
  }

  @AfterAll
  static void close() {
    kintsugi.close();
    MODELS.clear();
  }

  /** Coloured images, wider than high, with an edge and a grain. */
  private static List<ImageSource> images(int seed, int count) {
    List<ImageSource> images = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      Random random = new Random(seed + n);
      byte[] rgb = new byte[120 * 90 * 3];
      double phase = random.nextDouble() * 6;
      for (int i = 0; i < rgb.length; i++) {
        int x = i / 3 % 120;
        int y = i / 3 / 120;
        double wave = Math.sin(phase + x * 0.09 + y * 0.05 * (1 + i % 3)) * 50;
        double value = 90 + 40 * (i % 3) + wave + (x + y > 140 ? 40 : 0);
        rgb[i] = (byte) Math.clamp((long) (value + 12 * random.nextGaussian()), 0, 255);
      }
      images.add(ImageSource.of("image " + (seed + n), new Pixels(120, 90, rgb)));
    }
    return images;
  }

  private static Model fitted(String recipe, Map<String, Object> changes) {
    Map<String, Object> all = new LinkedHashMap<>(Map.of("resize", "73x73", "crop", "64x64"));
    all.putAll(changes);
    Recipe chosen = Choices.with(Methods.recipe(recipe), all);
    Model fitted = kintsugi.fit(chosen, 1, images(0, 14));
    return kintsugi.calibrate(fitted, images(30, 4), List.of(), Optional.empty());
  }

  private static Path file(String name) {
    return folder.resolve(name.replaceAll("[^A-Za-z0-9]", "-") + ".onnx");
  }

  private static Path export(Model model, String name) {
    Path file = file(name);
    AtomicOutput.file(file, part -> OnnxFormat.find().write(model, false, part));
    return file;
  }

  /** The export of the same fit with other choices of what it does not learn. */
  private static GraphEdit with(String method, Map<String, Object> changes) throws IOException {
    Model model = MODELS.get(method);
    Model other =
        new Model(
            model.detector().with(Choices.with(model.recipe(), changes)),
            model.calibration(),
            model.fingerprint(),
            model.seed(),
            model.training());
    return new GraphEdit(export(other, "other"));
  }

  private static Doctor.Diagnosis diagnosis(String method, Path file) {
    ModelSubject model = new ModelSubject("A", MODELS.get(method));
    try (OnnxSubject graph = OnnxSubject.of(file)) {
      return Doctor.compare(kintsugi.session(), model, graph, images);
    }
  }

  private static NodeProto.Builder gather(String from, String indices, String to, long axis) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder()
            .setName("axis")
            .setType(AttributeProto.AttributeType.INT)
            .setI(axis);
    return NodeProto.newBuilder()
        .setOpType("Gather")
        .setName(to)
        .addInput(from)
        .addInput(indices)
        .addOutput(to)
        .addAttribute(attribute);
  }

  private static void blueFirst(GraphEdit graph) {
    String planes = graph.node("pixels/Transpose").getOutput(0);
    graph.add("bgr", 2, 1, 0).after("pixels/Transpose", gather(planes, "bgr", "planes", 1));
  }

  private static Planted padim(String name, Change change, String stage, String cause) {
    return new Planted("padim", name, change, stage, cause);
  }

  private static Planted patchcore(String name, Change change, String stage, String cause) {
    return new Planted("patchcore", name, change, stage, cause);
  }

  static Stream<Planted> inputs() {
    String resized = "A's is resized to 73x73, centre crop 64x64, B's is resized to 64x64";
    return Stream.of(
        padim("blue first", OnnxDoctorTest::blueFirst, "input", "A's is RGB, B's is BGR"),
        padim(
            "mean and deviation 0.5",
            g -> g.floats("pixels/mean", 0.5f, 0.5f, 0.5f).floats("pixels/std", 0.5f, 0.5f, 0.5f),
            "input",
            "B's is mean 0.5 and deviation 0.5"),
        padim(
            "mean of another network",
            g -> g.floats("pixels/mean", 0.4f, 0.4f, 0.4f),
            "input",
            "B's is (v/255 − mean)/std with mean 0.4000 0.4000 0.4000 and std 0.2290"),
        padim(
            "values to 255",
            g -> g.floats("pixels/most", 1),
            "input",
            "B's is ImageNet's constants on values from 0 to 255"),
        padim(
            "no antialias",
            g -> {
              for (String side : List.of("columns", "rows")) {
                g.input("pixels/" + side + "/Max", 0, "pixels/" + side + "/one");
              }
            },
            "input",
            "resize: A's is bilinear with antialias, B's is bilinear without antialias"),
        padim(
            "no crop",
            g -> g.integers("pixels/resized_width", 64).integers("pixels/resized_height", 64),
            "input",
            resized));
  }

  static Stream<Planted> features() {
    return Stream.of(
        padim(
            "before the residual",
            g -> g.input("layer1", 0, g.node("backbone/layer1.1.conv2/Add").getInput(0)),
            "features",
            "B: before the residual is added"),
        padim(
            "before the ReLU",
            g -> g.input("layer1", 0, g.node("backbone/layer1.1.conv2/Add").getOutput(0)),
            "features",
            "B's values are those before the ReLU"),
        padim(
            "other weights",
            g -> g.floats("backbone/layer2.1.conv2/weight", v -> 1.1 * v),
            "features",
            "other weights"),
        padim(
            "channels in reverse order",
            g -> {
              long[] order = g.integers("embedding/order");
              long[] turned = new long[order.length];
              for (int i = 0; i < order.length; i++) {
                turned[i] = order[order.length - 1 - i];
              }
              g.integers("embedding/order", turned);
            },
            "embedding",
            "B's values are A's with the channels in reverse order"),
        patchcore(
            "padding does not count",
            g -> {
              for (String tap : List.of("layer2", "layer3")) {
                NodeProto.Builder pool = g.node("embedding/" + tap + "/AveragePool");
                pool.getAttributeBuilderList().stream()
                    .filter(each -> each.getName().equals("count_include_pad"))
                    .forEach(each -> each.setI(0));
              }
            },
            "embedding",
            "B: 3x3 means in which padding does not count"),
        patchcore(
            "no neighbourhood",
            g -> g.bypass("embedding/layer2/AveragePool").bypass("embedding/layer3/AveragePool"),
            "embedding",
            "B: bilinear without a neighbourhood"));
  }

  static Stream<Planted> distances() {
    return Stream.of(
        padim("squared", g -> g.bypass("padim/Sqrt"), "distances", "B: Mahalanobis, squared"),
        padim(
            "regularised once more",
            g -> {
              Model twice = fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.02));
              g.take(new GraphEdit(export(twice, "twice")), "padim/inverse_factor_transposed");
            },
            "distances",
            "B: Mahalanobis, the covariance with 0.01·I more"),
        padim(
            "mean not subtracted",
            g -> g.floats("padim/mean", v -> 0),
            "distances",
            "other Gaussians or another memory bank"),
        patchcore(
            "squared",
            g -> g.bypass("patchcore/Sqrt"),
            "distances",
            "A: to the nearest, not squared; B: to the nearest, squared"));
  }

  static Stream<Planted> maps() {
    Map<String, Map<String, Object>> others = new LinkedHashMap<>();
    others.put("B: bilinear, σ=3, reflect", Map.of("blur_sigma", 3));
    others.put("B: bilinear, no blur", Map.of("blur_sigma", 0));
    others.put("B: bilinear, σ=4, replicate", Map.of("border", "replicate"));
    others.put("B: nearest, σ=4, reflect", Map.of("map_interpolation", "nearest"));
    others.put("B: bicubic, σ=4, reflect", Map.of("map_interpolation", "bicubic"));
    return others.entrySet().stream()
        .map(
            each ->
                padim(
                    "map " + each.getValue(),
                    g -> {
                      GraphEdit other = with("padim", each.getValue());
                      g.take(other, "map/rows").take(other, "map/columns");
                    },
                    "map",
                    each.getKey()));
  }

  static Stream<Planted> scores() {
    return Stream.of(
        padim(
            "mean of the map",
            g -> g.as("score/ReduceMax", "ReduceMean"),
            "score",
            "A: maximum of the map; B: mean of the map"),
        patchcore(
            "not re-weighted",
            g -> g.input("verdict/Cast", 0, g.node("score/Cast").getOutput(0)),
            "score",
            "A: maximum distance, re-weighted by 3 neighbours; B: maximum distance"),
        padim(
            "not normalised",
            g -> g.bypass("verdict/Sub").bypass("verdict/Div"),
            "normalised",
            "A: (score − low)/(high − low); B: not normalised, the score itself"),
        padim(
            "another range",
            g -> g.number("verdict/low", 0),
            "normalised",
            "another range: A's is ["),
        padim(
            "the verdict the other way round",
            g -> g.as("verdict/GreaterOrEqual", "Less"),
            "verdict",
            "B: normalised < threshold"),
        padim(
            "a threshold on the scale of scores",
            g ->
                g.number(
                    "verdict/threshold",
                    MODELS.get("padim").requireCalibration().denormalise(0.5) + 1e3),
            "verdict",
            "another threshold: B's verdicts are those of one above"));
  }

  static Stream<Planted> planted() {
    return Stream.of(inputs(), features(), distances(), maps(), scores()).flatMap(each -> each);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("planted")
  void theChangedStepIsNamed(Planted planted) throws IOException {
    GraphEdit graph = new GraphEdit(file(planted.method));
    planted.change.of(graph);
    Doctor.Diagnosis diagnosis = diagnosis(planted.method, graph.write(file("changed")));
    assertThat(diagnosis.first()).as(diagnosis.toString()).isEqualTo(planted.stage);
    assertThat(diagnosis.causes().getFirst()).contains(planted.cause);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void anExportIsTheSameAsItsModel(String method) {
    Doctor.Diagnosis diagnosis = diagnosis(method, file(method));
    assertThat(diagnosis.same()).as(diagnosis.toString()).isTrue();
    assertThat(diagnosis.b()).contains("ONNX Runtime");
    assertThat(diagnosis.stages().stream().filter(stage -> stage.status().equals("same")))
        .extracting(Doctor.Compared::name)
        .contains("pixels", "input", "features", "embedding", "distances", "map", "score")
        .contains("normalised", "verdict");
  }

  static Stream<String> methods() {
    return Stream.of("padim", "patchcore");
  }

  /** anomalib's name for a score says nothing of its scale: the step that makes it does. */
  @Test
  void aScoreIsNormalisedWhereTheGraphCutsIt() throws IOException {
    assertThat(comparedScores("Sigmoid")).containsExactly("score");
    assertThat(comparedScores("Clip")).contains("normalised");
  }

  /** The stages that are compared of a score between 0 and 1, which an operation makes. */
  private static List<String> comparedScores(String operation) throws IOException {
    Path file =
        new GraphEdit(file("padim"))
            .alsoReturns("pred_score", operation, OnnxFormat.IMAGE_SCORE)
            .alsoReturns("pred_label", "Identity", OnnxFormat.IMAGE_SCORE)
            .without(OnnxFormat.IMAGE_SCORE, OnnxFormat.NORMALISED_SCORE)
            .write(file(operation));
    return diagnosis("padim", file).stages().stream()
        .filter(stage -> List.of("score", "normalised").contains(stage.name()))
        .filter(stage -> !stage.status().startsWith("only"))
        .map(Doctor.Compared::name)
        .toList();
  }

  @Test
  void anUnusedConstantIsNotADifference() throws IOException {
    GraphEdit graph = new GraphEdit(file("padim"));
    graph.add("more", LongStream.range(0, 4).toArray());
    assertThat(diagnosis("padim", graph.write(file("more"))).same()).isTrue();
  }

  @Test
  void aGraphThatDoesNotTakeImagesAloneIsOneLine() throws IOException {
    GraphEdit graph = new GraphEdit(file("padim"));
    Path file = graph.alsoTakes("angles").write(file("angles"));
    assertThatThrownBy(() -> OnnxSubject.of(file))
        .isInstanceOf(InputException.class)
        .hasMessage(file + ": does not take one batch of images; name another graph");
  }

  @Test
  void aMissingGraphIsOneLine() {
    assertThatThrownBy(() -> OnnxSubject.of(folder.resolve("none.onnx")))
        .isInstanceOf(InputException.class)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).contains("none.onnx"));
  }
}
