package kintsugi.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
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
  private static final Pattern PLACE = Pattern.compile("layer([1-4])\\.(\\d{1,3})(/|$)");
  private static final String DISTANCES = "Pow ReduceSum MatMul Mul (?:Add|Sub) Add Clip Sqrt ";
  private static final String NEAREST = "(?:(?:Slice )?" + DISTANCES + "ReduceMin ArgMin )+";
  private static final String REWEIGHTED =
      "ArgMax Add Gather Add Gather Add Gather Gather "
          + DISTANCES
          + "TopK Gather Pow ReduceSum Pow ReduceSum Transpose MatMul Mul (?:Add|Sub) Transpose Add Clip"
          + " Sqrt Softmax Sub Gather Mul ";

  private final Path file;
  private final GraphSteps steps;
  private final Map<String, StoredTensor> network;
  private final Map<String, Object> choices = new LinkedHashMap<>();
  private final Map<String, StoredTensor> fitted = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  private AnomalibGraph(Path file) {
    OnnxGraph graph = OnnxGraph.read(file);
    this.file = file;
    this.steps = new GraphSteps(graph);
    this.network = Checkpoint.network(file, graph.tensors());
  }

  static ForeignModel read(Path file, Map<String, String> choices) {
    return new AnomalibGraph(file).model(choices);
  }

  private ForeignModel model(Map<String, String> wanted) {
    if (network.isEmpty()) {
      throw new IllegalArgumentException("its graph holds no ResNet that keeps its names");
    }
    preprocessing();
    backbone();
    boolean patchcore = steps.isNext("AveragePool");
    if (patchcore) {
      patchcore();
    } else {
      padim();
    }
    Optional<AnomalibCalibration> calibration = calibration();
    steps.end();
    choices.putAll(wanted);
    Recipe recipe =
        Choices.with(Methods.recipe(patchcore ? "patchcore/anomalib" : "padim/anomalib"), choices);
    notes.add(
        "its export resizes without antialiasing, so that it scores otherwise than its checkpoint");
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

  private static void require(boolean right, String otherwise) {
    if (!right) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  private static boolean resizes(Node resize, String mode, String... coordinates) {
    return resize.text("mode").orElse("nearest").equals(mode)
        && resize.integers("antialias").stream().allMatch(flag -> flag == 0)
        && List.of(coordinates)
            .contains(resize.text("coordinate_transformation_mode").orElse("half_pixel"));
  }

  private static void requireLinear(Node resize) {
    require(
        resizes(resize, "linear", "half_pixel", "pytorch_half_pixel"),
        "its graph resizes at "
            + resize.name()
            + " otherwise than bilinearly without antialiasing");
  }

  private static void requireNearest(Node resize) {
    require(
        resizes(resize, "nearest", "asymmetric")
            && resize.text("nearest_mode").orElse("").equals("floor"),
        "its graph resizes at " + resize.name() + " otherwise than to the nearest");
  }

  private void preprocessing() {
    require(
        steps.isNext("Resize"),
        "its graph does not resize its images, which its owner's program does before it");
    List<Node> nodes = steps.take("resize and normalisation", "Resize (Slice Slice )?Sub Div ");
    Node resize = nodes.getFirst();
    requireLinear(resize);
    int[] size = steps.size(resize);
    choices.put("resize", size[1] + "x" + size[0]);
    choices.put("interpolation", "bilinear_aliased");
    choices.put("crop", "same");
    if (nodes.size() > 3) {
      choices.put("crop", crop(nodes.get(2), 3, size[1]) + "x" + crop(nodes.get(1), 2, size[0]));
    }
    int sub = nodes.size() - 2;
    require(
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
    require(central, "its graph cuts out another part than the middle");
    return (int) (end - start);
  }

  private void backbone() {
    for (Node node : steps.take("ResNet", "Conv Relu MaxPool (?:(?:Conv|Relu|Add) )+")) {
      boolean plain =
          !node.operation().equals("Conv")
              || List.of(1L).equals(node.integers("group"))
                  && node.integers("dilations").stream().allMatch(d -> d == 1);
      require(plain, "its graph has a grouped or dilated convolution at " + node.name());
    }
  }

  /** The layers, from a chain of concatenations of one layer each to those before it. */
  private String taps(String embedding) {
    List<String> layers = new ArrayList<>();
    String value = embedding;
    for (int i = 0; i < 4; i++) {
      Node node = steps.source(value).orElse(null);
      if (node == null || !node.operation().equals("Concat")) {
        break;
      }
      require(
          node.inputs().size() == 2 && List.of(1L).equals(node.integers("axis")),
          "its graph concatenates its layers in another way than anomalib");
      layers.addFirst(layer(node.inputs().get(1)));
      value = node.inputs().getFirst();
    }
    layers.addFirst(layer(value));
    return String.join(",", layers);
  }

  private String layer(String value) {
    Node node = steps.source(value).orElse(null);
    for (int i = 0; i < 2 && node != null && !node.operation().equals("Relu"); i++) {
      node = node.inputs().isEmpty() ? null : steps.source(node.inputs().getFirst()).orElse(null);
    }
    Matcher place = PLACE.matcher(node == null ? "" : node.name());
    require(
        place.find() && node.operation().equals("Relu"),
        "its graph takes features from a place that is not the end of a layer");
    String layer = "layer" + place.group(1);
    String following = layer + "." + (Integer.parseInt(place.group(2)) + 1) + ".conv1.weight";
    require(
        !network.containsKey(following),
        "its graph takes features from within " + layer + ", not from its end");
    return layer;
  }

  private void padim() {
    List<Node> nodes =
        steps.take(
            "embedding",
            "(?:Resize Concat )*Gather Sub Transpose MatMul Mul ReduceSum Transpose (?:Clip )?Sqrt ");
    nodes.stream()
        .filter(n -> n.operation().equals("Resize"))
        .forEach(AnomalibGraph::requireNearest);
    Node gather = first(nodes, "Gather");
    choices.put("taps", taps(gather.inputs().getFirst()));
    StoredTensor channels = steps.require(gather, 1, "channels");
    require(
        List.of(1L).equals(gather.integers("axis")) && channels.shape().length == 1,
        "its graph gathers no channels");
    choices.put("channels", channels.count());
    fitted.put("channels", StoredTensor.of(channels.ints(), channels.count()));
    fitted.put("mean", floats(steps.require(first(nodes, "Sub"), 1, "means"), 2));
    fitted.put(
        "inverse_covariance",
        floats(steps.require(first(nodes, "MatMul"), 1, "inverse covariances"), 3));
    List<Node> map = steps.take("map", "Resize Pad Conv (?:ReduceMax )?");
    requireLinear(map.getFirst());
    requireUsualBlur(map);
  }

  private static Node first(List<Node> nodes, String operation) {
    return nodes.stream().filter(n -> n.operation().equals(operation)).findFirst().orElseThrow();
  }

  private static StoredTensor floats(StoredTensor tensor, int rank) {
    require(
        tensor.type() == StoredTensor.Type.F32 && tensor.shape().length == rank,
        "its graph has "
            + tensor.type()
            + Arrays.toString(tensor.shape())
            + " where F32 of "
            + rank
            + " dimensions is expected");
    return tensor;
  }

  private void requireUsualBlur(List<Node> map) {
    require(
        map.get(1).text("mode").orElse("constant").equals("reflect")
            && AnomalibFile.isUsual(steps.require(map.get(2), 1, "a blur")),
        "its maps are blurred by another kernel than sigma 4");
  }

  private void patchcore() {
    List<Node> nodes = steps.take("embedding", "(?:AveragePool )+(?:Resize Concat )*Transpose ");
    for (Node node : nodes) {
      if (node.operation().equals("Resize")) {
        requireLinear(node);
      } else if (node.operation().equals("AveragePool")) {
        requireUsualPool(node);
      }
    }
    choices.put("taps", taps(nodes.getLast().inputs().getFirst()));
    List<Node> search = steps.take("search", NEAREST + "(?:Concat Concat )?");
    StoredTensor transposed = floats(steps.require(first(search, "MatMul"), 1, "a memory bank"), 2);
    List<Node> score = steps.take("score", "(?:" + REWEIGHTED + "|ReduceMax )");
    Optional<Node> neighbours =
        score.stream().filter(n -> n.operation().equals("TopK")).findFirst();
    choices.put("reweighting", neighbours.map(this::count).orElse("none"));
    fitted.put("memory_bank", bank(transposed));
    List<Node> map = steps.take("map", "Resize Pad Conv ");
    requireNearest(map.getFirst());
    requireUsualBlur(map);
  }

  private static void requireUsualPool(Node pool) {
    require(
        pool.integers("kernel_shape").equals(List.of(3L, 3L))
            && pool.integers("strides").equals(List.of(1L, 1L))
            && pool.integers("pads").equals(List.of(1L, 1L, 1L, 1L))
            && pool.integers("count_include_pad").equals(List.of(1L)),
        "its graph averages other patches than 3x3 with zeros around");
  }

  private String count(Node topK) {
    return String.valueOf(Math.round(steps.number(topK, 1, "neighbours")));
  }

  /** The bank of a product's second operand, whose columns are the vectors. */
  private static StoredTensor bank(StoredTensor transposed) {
    int d = (int) transposed.shape()[0];
    int rows = (int) transposed.shape()[1];
    float[] columns = transposed.floats();
    float[] bank = new float[columns.length];
    for (int i = 0; i < bank.length; i++) {
      bank[i] = columns[i % d * rows + i / d];
    }
    return StoredTensor.of(bank, rows, d);
  }

  /** The normalisation of release 2, which shows {@code (s − t)/length + 1/2}. */
  private Optional<AnomalibCalibration> calibration() {
    if (!steps.isNext("Sub")) {
      return Optional.empty();
    }
    List<Node> nodes =
        steps.take(
            "normalisation of scores", "Sub Div Add Clip (?:Sub Div Add Clip )?(?:Greater ){0,2}");
    AnomalibCalibration.Range unknown =
        new AnomalibCalibration.Range(Double.NaN, Double.NaN, Double.NaN, 0.5);
    Map<Boolean, AnomalibCalibration.Range> ranges = new LinkedHashMap<>();
    for (int i = 0; i + 3 < nodes.size() && nodes.get(i).operation().equals("Sub"); i += 4) {
      boolean pixel =
          steps
              .source(nodes.get(i).inputs().getFirst())
              .filter(node -> node.operation().equals("Conv"))
              .isPresent();
      ranges.put(pixel, range(nodes, i));
    }
    return Optional.of(
        new AnomalibCalibration(
            ranges.getOrDefault(false, unknown), ranges.getOrDefault(true, unknown), true));
  }

  private AnomalibCalibration.Range range(List<Node> nodes, int at) {
    double threshold = steps.number(nodes.get(at), 1, "a threshold");
    double length = steps.number(nodes.get(at + 1), 1, "a range of scores");
    require(
        steps.number(nodes.get(at + 2), 1, "a normalisation") == 0.5,
        "its graph normalises its scores around another value than 0.5");
    String shown = nodes.get(at + 3).outputs().getFirst();
    double verdict =
        nodes.stream()
            .filter(n -> n.operation().equals("Greater") && n.inputs().getFirst().equals(shown))
            .mapToDouble(n -> steps.number(n, 1, "a verdict"))
            .findFirst()
            .orElse(0.5);
    return new AnomalibCalibration.Range(
        threshold - length / 2, threshold + length / 2, threshold, 1 - verdict);
  }
}
