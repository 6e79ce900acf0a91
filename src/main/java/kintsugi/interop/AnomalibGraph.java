package kintsugi.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.detector.Recipe;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.OnnxGraph.Node;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/**
 * A PaDiM or a PatchCore of anomalib as its export to ONNX, which torch's exporter without dynamo
 * writes. A graph has no settings: the choices are read off its steps, every one of which has to be
 * one that anomalib's modules make, in their order. Constants have lost most of their names; they
 * are found by the step that uses them.
 *
 * <p>Source: the same modules as {@link AnomalibFile}'s, as torch's exporter writes them.
 */
final class AnomalibGraph {
  private static final String SHOWN = "Sub<\\d+ Div<1 Add<1 Clip<1 ";

  private final Path file;
  private final GraphSteps steps;
  private final GraphSizes sizes;
  private final Map<String, StoredTensor> network;
  private final GraphNetwork layers;
  private final Map<String, Object> choices = new LinkedHashMap<>();
  private final Map<String, StoredTensor> fitted = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /** The step that has the network's input. */
  private Node input;

  /** Its height and width. */
  private int[] inputSize;

  private AnomalibGraph(Path file, OnnxGraph graph) {
    this.file = file;
    this.steps = new GraphSteps(graph);
    this.sizes = new GraphSizes(steps);
    this.network = Checkpoint.network(file, graph.tensors());
    this.layers = new GraphNetwork(steps, network);
  }

  static ForeignModel read(Path file, OnnxGraph graph, Map<String, String> choices) {
    return new AnomalibGraph(file, graph).model(choices);
  }

  private ForeignModel model(Map<String, String> wanted) {
    if (network.isEmpty()) {
      throw new IllegalArgumentException("its graph holds no ResNet that keeps its names");
    }
    preprocessing();
    layers.take();
    boolean patchcore = steps.isNext("AveragePool");
    Optional<AnomalibCalibration> calibration = patchcore ? patchcore() : padim();
    steps.end();
    Recipe recipe =
        ForeignModel.recipe(
            file, patchcore ? "patchcore/anomalib" : "padim/anomalib", choices, wanted);
    notes.add(AnomalibTransform.ALIASED);
    if (calibration.isEmpty()) {
      notes.add("it holds no normalisation of its scores: calibrate the model (normal)");
    }
    return new ForeignModel(
        file,
        (patchcore ? "PatchCore" : "PaDiM") + " of anomalib, an ONNX graph",
        recipe,
        AnomalibFile.inputSize(recipe),
        fitted,
        Optional.of(Weights.of(file.toString(), network)),
        Optional.empty(),
        calibration.flatMap(AnomalibCalibration::calibration),
        notes);
  }

  private static boolean resizes(Node resize, String mode, String... coordinates) {
    return resize.text("mode").orElse("nearest").equals(mode)
        && resize.integers("antialias").stream().allMatch(flag -> flag == 0)
        && List.of(coordinates)
            .contains(resize.text("coordinate_transformation_mode").orElse("half_pixel"));
  }

  private static void requireLinear(Node resize) {
    GraphSteps.requireThat(
        resizes(resize, "linear", "half_pixel", "pytorch_half_pixel"),
        "its graph resizes at "
            + resize.name()
            + " otherwise than bilinearly without antialiasing");
  }

  private static void requireNearest(Node resize) {
    GraphSteps.requireThat(
        resizes(resize, "nearest", "asymmetric")
            && resize.text("nearest_mode").orElse("").equals("floor"),
        "its graph resizes at " + resize.name() + " otherwise than to the nearest");
  }

  private void preprocessing() {
    GraphSteps.requireThat(
        steps.isNext("Resize"),
        "its graph does not resize its images, which its owner's program does before it");
    List<Node> nodes =
        steps.take("resize and normalisation", "Resize<i (?:Slice<1 Slice<1 )?Sub<1 Div<1 ");
    Node resize = nodes.getFirst();
    requireLinear(resize);
    int[] size = sizes.of(resize);
    choices.put("resize", size[1] + "x" + size[0]);
    choices.put("interpolation", "bilinear_aliased");
    choices.put("crop", "same");
    inputSize = size;
    input = nodes.getLast();
    if (nodes.size() > 3) {
      inputSize = new int[] {crop(nodes.get(1), 2, size[0]), crop(nodes.get(2), 3, size[1])};
      choices.put("crop", inputSize[1] + "x" + inputSize[0]);
    }
    int sub = nodes.size() - 2;
    GraphSteps.requireThat(
        close(steps.require(nodes.get(sub), 1, "means"), AnomalibTransform.MEAN)
            && close(steps.require(nodes.get(sub + 1), 1, "deviations"), AnomalibTransform.STD),
        "its graph normalises by other means and deviations than ImageNet's");
  }

  private static boolean close(StoredTensor values, List<Double> wanted) {
    return values.count() == wanted.size()
        && IntStream.range(0, wanted.size())
            .allMatch(i -> Math.abs(values.get(i) - wanted.get(i)) <= AnomalibTransform.TOLERANCE);
  }

  /** The extent of a centre crop, whose first line torchvision rounds to even. */
  private int crop(Node slice, int axis, int extent) {
    double start = steps.number(slice, 1, "a crop");
    double end = steps.number(slice, 2, "a crop");
    boolean central =
        steps.number(slice, 3, "a crop") == axis
            && (slice.inputs().size() < 5 || steps.number(slice, 4, "a crop") == 1)
            && start == Math.rint((extent - (end - start)) / 2)
            && end <= extent;
    GraphSteps.requireThat(central, "its graph cuts out another part than the middle");
    return (int) (end - start);
  }

  private Optional<AnomalibCalibration> padim() {
    List<Node> nodes =
        steps.take(
            "embedding",
            "(?:Resize<\\d+ Concat<\\d+<1 )*+Gather<1 Sub<1 Transpose<1 MatMul<1 Mul<1<2 ReduceSum<1"
                + " Transpose<1 (?:Clip<1 )?Sqrt<1 ");
    GraphSteps.all(nodes, "Resize").forEach(AnomalibGraph::requireNearest);
    Node gather = GraphSteps.first(nodes, "Gather");
    choices.put("taps", taps(nodes, gather, List.of()));
    StoredTensor channels = steps.require(gather, 1, "channels");
    GraphSteps.requireThat(
        List.of(1L).equals(gather.integers("axis")) && channels.shape().length == 1,
        "its graph does not gather channels along axis 1 at " + gather.name());
    choices.put("channels", channels.count());
    fitted.put("channels", StoredTensor.of(channels.ints(), channels.count()));
    List<Node> turns = GraphSteps.all(nodes, "Transpose");
    requireOrder(turns.getFirst(), 2, 0, 1);
    requireOrder(turns.getLast(), 1, 0);
    GraphSteps.requireThat(
        steps.isReduced(GraphSteps.first(nodes, "ReduceSum"), false, 2)
            && GraphSteps.all(nodes, "Clip").stream().allMatch(steps::isClippedBelow),
        "its graph has other distances than Mahalanobis's");
    fitted.put(
        "mean", GraphSteps.floats(steps.require(GraphSteps.first(nodes, "Sub"), 1, "means"), 2));
    fitted.put(
        "inverse_covariance",
        GraphSteps.floats(
            steps.require(GraphSteps.first(nodes, "MatMul"), 1, "inverse covariances"), 3));
    List<Node> map = steps.take("map", "Resize<1 Pad<1 Conv<1 (?:ReduceMax<1 )?");
    requireLinear(map.getFirst());
    requireUsualMap(map);
    for (Node maximum : GraphSteps.all(map, "ReduceMax")) {
      GraphSteps.requireThat(
          steps.isReduced(maximum, false, -2, -1)
              || steps.isReduced(maximum, false, 2, 3)
              || steps.isReduced(maximum, false, 1, 2, 3),
          "its graph has another maximum than a map's at " + maximum.name());
    }
    return calibration(map.getLast(), map.get(2));
  }

  private static void requireOrder(Node transpose, long... axes) {
    GraphSteps.requireThat(
        transpose.integers("perm").equals(Arrays.stream(axes).boxed().toList()),
        "its graph has other axes than anomalib's at " + transpose.name());
  }

  /**
   * The size of the network's input, of a reflection, and a blur that has no more than a kernel.
   */
  private void requireUsualMap(List<Node> map) {
    sizes.require(map.getFirst(), inputSize[0], inputSize[1], input);
    Node conv = map.get(2);
    StoredTensor blur = steps.require(conv, 1, "a blur");
    GraphSteps.requireThat(
        map.get(1).text("mode").orElse("constant").equals("reflect")
            && sizes.isReflection(map.get(1), (int) blur.shape()[blur.shape().length - 1] / 2)
            && AnomalibFile.isUsual(blur)
            && GraphSteps.isPlain(conv)
            && conv.integers("pads").stream().allMatch(pad -> pad == 0)
            && (conv.inputs().size() < 3 || conv.inputs().get(2).isEmpty()),
        "its graph blurs its maps by another kernel than sigma 4, or pads them otherwise");
  }

  private Optional<AnomalibCalibration> patchcore() {
    List<Node> nodes =
        steps.take(
            "embedding", "(?:AveragePool<\\d+ )++(?:Resize<\\d+ Concat<\\d+<1 )*+Transpose<1 ");
    GraphSteps.all(nodes, "Resize").forEach(AnomalibGraph::requireLinear);
    GraphSteps.all(nodes, "AveragePool").forEach(AnomalibGraph::requireUsualPool);
    Node embedding = nodes.getLast();
    requireOrder(embedding, 0, 2, 3, 1);
    choices.put("taps", taps(nodes, embedding, List.of("AveragePool")));
    GraphSearch search = new GraphSearch(steps, embedding);
    fitted.put("memory_bank", search.bank());
    choices.put("reweighting", search.reweighting());
    List<Node> map = steps.take("map", "Resize<\\d+ Pad<1 Conv<1 ");
    requireNearest(map.getFirst());
    GraphSteps.requireThat(
        steps.isOf(map.getFirst(), 0, search.distances()),
        "its graph makes a map of other values than distances");
    requireUsualMap(map);
    return calibration(search.score(), map.get(2));
  }

  /** The layers of an embedding, each of which is brought to the size of those before it. */
  private String taps(List<Node> nodes, Node embedding, List<String> through) {
    String taps = layers.taps(embedding.inputs().getFirst(), through);
    // Of half the size at the first convolution, at the pool, and at each layer but the first.
    int part = 1 << Character.digit(taps.charAt("layer".length()), 10) + 1;
    int height = Math.ceilDiv(inputSize[0], part);
    int width = Math.ceilDiv(inputSize[1], part);
    for (Node concat : GraphSteps.all(nodes, "Concat")) {
      Node resize = steps.source(concat, 1).orElseThrow();
      sizes.require(resize, height, width, steps.source(concat, 0).orElse(null));
    }
    return taps;
  }

  private static void requireUsualPool(Node pool) {
    GraphSteps.requireThat(
        pool.integers("kernel_shape").equals(List.of(3L, 3L))
            && pool.integers("strides").equals(List.of(1L, 1L))
            && pool.integers("pads").equals(List.of(1L, 1L, 1L, 1L))
            && pool.integers("count_include_pad").equals(List.of(1L)),
        "its graph averages other patches than 3x3 with zeros around");
  }

  /**
   * The normalisation of release 2, which shows {@code (s − t)/length + 1/2}.
   *
   * @param score the step that has an image's score
   * @param map the step that has its map
   */
  private Optional<AnomalibCalibration> calibration(Node score, Node map) {
    if (!steps.isNext("Sub")) {
      return Optional.empty();
    }
    List<Node> nodes =
        steps.take("normalisation of scores", SHOWN + "(?:" + SHOWN + ")?(?:Greater<\\d+ ){0,2}");
    AnomalibCalibration.Range unknown =
        new AnomalibCalibration.Range(Double.NaN, Double.NaN, Double.NaN, 0.5);
    AnomalibCalibration.Range image = unknown;
    AnomalibCalibration.Range pixel = unknown;
    for (Node sub : GraphSteps.all(nodes, "Sub")) {
      if (steps.isOf(sub, 0, map) && pixel == unknown) {
        pixel = range(nodes, nodes.indexOf(sub));
      } else {
        GraphSteps.requireThat(
            steps.isOf(sub, 0, score) && image == unknown && score != map,
            "its graph normalises other values than its scores at " + sub.name());
        image = range(nodes, nodes.indexOf(sub));
      }
    }
    for (Node verdict : GraphSteps.all(nodes, "Greater")) {
      GraphSteps.requireThat(
          steps.source(verdict, 0).filter(n -> n.operation().equals("Clip")).isPresent(),
          "its graph takes verdicts of other values than its scores");
    }
    return Optional.of(new AnomalibCalibration(image, pixel, true));
  }

  private AnomalibCalibration.Range range(List<Node> nodes, int at) {
    double threshold = steps.number(nodes.get(at), 1, "a threshold");
    double length = steps.number(nodes.get(at + 1), 1, "a range of scores");
    GraphSteps.requireThat(
        steps.number(nodes.get(at + 2), 1, "a normalisation") == 0.5,
        "its graph normalises its scores around another value than 0.5");
    Node shown = nodes.get(at + 3);
    GraphSteps.requireThat(
        steps.isClipped(shown, 0, 1), "its graph does not cut its scores to 0 and 1");
    double verdict =
        nodes.stream()
            .filter(n -> n.operation().equals("Greater") && steps.isOf(n, 0, shown))
            .mapToDouble(n -> steps.number(n, 1, "a verdict"))
            .findFirst()
            .orElse(0.5);
    return new AnomalibCalibration.Range(
        threshold - length / 2, threshold + length / 2, threshold, 1 - verdict);
  }
}
