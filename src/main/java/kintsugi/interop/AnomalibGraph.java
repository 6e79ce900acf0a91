package kintsugi.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  private static final String SQUARES = "Pow<1 ReduceSum<1 MatMul<3 Mul<1 ";
  private static final String DISTANCES = SQUARES + "(?:Add<1<3|Sub<3<1) Add<1 Clip<1 Sqrt<1 ";
  private static final String NEAREST = DISTANCES + "ReduceMin<1 (?:ArgMin<2 )?";

  /** The search of all patches at once, or of some at a time, whose results are put together. */
  static final String SEARCH =
      "(?:" + NEAREST + "|(?:Slice<\\d+ " + NEAREST + ")+Concat(?:<\\d+)+ (?:Concat(?:<\\d+)+ )?)";

  private static final String REWEIGHTED =
      "ArgMax<2 Add<1 Gather<\\d+<1 Add<3 Gather<6<1 Add<5 Gather<7<1 Gather<c<1 "
          + DISTANCES
          + "TopK<1 Gather<c<1 Pow<16 ReduceSum<1 Pow<3 ReduceSum<1 Transpose<5 MatMul<21<1 Mul<1"
          + " (?:Add<1<6|Sub<6<1) Transpose<5 Add<2<1 Clip<1 Sqrt<1"
          + " Softmax<1 Sub<c<1 Gather<1 Mul<1<29 ";
  private static final String SHOWN = "Sub<\\d+ Div<1 Add<1 Clip<1 ";

  private final Path file;
  private final GraphSteps steps;
  private final Map<String, StoredTensor> network;
  private final GraphNetwork layers;
  private final Map<String, Object> choices = new LinkedHashMap<>();
  private final Map<String, StoredTensor> fitted = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  private AnomalibGraph(Path file) {
    OnnxGraph graph = OnnxGraph.read(file);
    this.file = file;
    this.steps = new GraphSteps(graph);
    this.network = Checkpoint.network(file, graph.tensors());
    this.layers = new GraphNetwork(steps, network);
  }

  static ForeignModel read(Path file, Map<String, String> choices) {
    return new AnomalibGraph(file).model(choices);
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
    List<Node> nodes =
        steps.take("resize and normalisation", "Resize<i (?:Slice<1 Slice<1 )?Sub<1 Div<1 ");
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

  private Optional<AnomalibCalibration> padim() {
    List<Node> nodes =
        steps.take(
            "embedding",
            "(?:Resize<\\d+ Concat<\\d+<1 )*Gather<1 Sub<1 Transpose<1 MatMul<1 Mul<1<2 ReduceSum<1"
                + " Transpose<1 (?:Clip<1 )?Sqrt<1 ");
    nodes.stream()
        .filter(n -> n.operation().equals("Resize"))
        .forEach(AnomalibGraph::requireNearest);
    Node gather = first(nodes, "Gather");
    choices.put("taps", layers.taps(gather.inputs().getFirst(), List.of()));
    StoredTensor channels = steps.require(gather, 1, "channels");
    require(
        List.of(1L).equals(gather.integers("axis")) && channels.shape().length == 1,
        "its graph gathers no channels");
    choices.put("channels", channels.count());
    fitted.put("channels", StoredTensor.of(channels.ints(), channels.count()));
    List<Node> turns = all(nodes, "Transpose");
    requireOrder(turns.getFirst(), 2, 0, 1);
    requireOrder(turns.getLast(), 1, 0);
    fitted.put("mean", floats(steps.require(first(nodes, "Sub"), 1, "means"), 2));
    fitted.put(
        "inverse_covariance",
        floats(steps.require(first(nodes, "MatMul"), 1, "inverse covariances"), 3));
    List<Node> map = steps.take("map", "Resize<1 Pad<1 Conv<1 (?:ReduceMax<1 )?");
    requireLinear(map.getFirst());
    requireUsualBlur(map);
    return calibration(map.getLast(), map.get(2));
  }

  private static List<Node> all(List<Node> nodes, String operation) {
    return nodes.stream().filter(n -> n.operation().equals(operation)).toList();
  }

  private static Node first(List<Node> nodes, String operation) {
    return all(nodes, operation).getFirst();
  }

  private static void requireOrder(Node transpose, long... axes) {
    require(
        transpose.integers("perm").equals(Arrays.stream(axes).boxed().toList()),
        "its graph has other axes than anomalib's at " + transpose.name());
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
        "its graph blurs its maps by another kernel than sigma 4");
  }

  private Optional<AnomalibCalibration> patchcore() {
    List<Node> nodes =
        steps.take(
            "embedding", "(?:AveragePool<\\d+ )+(?:Resize<\\d+ Concat<\\d+<1 )*Transpose<1 ");
    all(nodes, "Resize").forEach(AnomalibGraph::requireLinear);
    all(nodes, "AveragePool").forEach(AnomalibGraph::requireUsualPool);
    Node embedding = nodes.getLast();
    requireOrder(embedding, 0, 2, 3, 1);
    choices.put("taps", layers.taps(embedding.inputs().getFirst(), List.of("AveragePool")));
    List<Node> search = steps.take("search", SEARCH);
    Node distances = requireParts(search, embedding);
    fitted.put(
        "memory_bank", bank(floats(steps.require(first(search, "MatMul"), 1, "a memory bank"), 2)));
    List<Node> score = steps.take("score", "(?:" + REWEIGHTED + "|ReduceMax<[12] )");
    requireSquares(search);
    requireSquares(score);
    choices.put("reweighting", score.size() == 1 ? "none" : reweighting(score, search, embedding));
    List<Node> map = steps.take("map", "Resize<\\d+ Pad<1 Conv<1 ");
    requireNearest(map.getFirst());
    require(
        isOf(map.getFirst(), 0, distances), "its graph makes a map of other values than distances");
    requireUsualBlur(map);
    return calibration(score.getLast(), map.get(2));
  }

  private boolean isOf(Node step, int operand, Node source) {
    return steps.source(step, operand).filter(node -> node == source).isPresent();
  }

  /**
   * The step that has the distances of all patches: each of the search's parts takes the patches
   * after those of the part before it.
   */
  private Node requireParts(List<Node> search, Node embedding) {
    List<Node> minima = all(search, "ReduceMin");
    StoredTensor bank = steps.require(first(search, "MatMul"), 1, "a memory bank");
    double end = 0;
    for (Node slice : all(search, "Slice")) {
      boolean following = isOf(slice, 0, embedding) && steps.number(slice, 1, "first patch") == end;
      require(following, "its graph searches patches in another order at " + slice.name());
      end = steps.constant(slice, 2).map(last -> last.get(0)).orElse(Double.NaN);
    }
    for (Node product : all(search, "MatMul")) {
      require(
          steps.require(product, 1, "a memory bank") == bank,
          "its graph searches several memory banks");
    }
    List<Node> whole = all(search, "Concat");
    for (int i = 0; i < whole.size(); i++) {
      List<Node> parts = i == 0 ? minima : all(search, "ArgMin");
      Node concat = whole.get(i);
      boolean inOrder =
          concat.inputs().size() == parts.size()
              && IntStream.range(0, parts.size()).allMatch(p -> isOf(concat, p, parts.get(p)));
      require(inOrder, "its graph puts the patches together in another order at " + concat.name());
    }
    return whole.isEmpty() ? minima.getFirst() : whole.getFirst();
  }

  /** That distances are {@code a² - 2ab + b²}. */
  private void requireSquares(List<Node> nodes) {
    for (int i = 0; i < nodes.size(); i++) {
      String operation = nodes.get(i).operation();
      boolean right =
          switch (operation) {
            case "Pow" -> steps.number(nodes.get(i), 1, "an exponent") == 2;
            case "Mul" ->
                i == nodes.size() - 1
                    || steps.number(nodes.get(i), 1, "a factor")
                        == (nodes.get(i + 1).operation().equals("Sub") ? 2 : -2);
            default -> true;
          };
      require(right, "its graph has other distances than Euclid's at " + nodes.get(i).name());
    }
  }

  /** The neighbours of the nearest vector that re-weight an image's score. */
  private String reweighting(List<Node> score, List<Node> search, Node embedding) {
    Node topK = first(score, "TopK");
    List<Node> gathers = all(score, "Gather");
    Node others = score.get(score.indexOf(first(score, "Softmax")) + 1);
    boolean nearest =
        isOf(gathers.getFirst(), 0, embedding)
            && all(search, "ArgMin").size() == all(search, "ReduceMin").size()
            && gathers.get(4).inputs().get(1).equals(topK.outputs().getLast())
            && topK.integers("largest").equals(List.of(0L))
            && steps.number(others, 0, "a weight") == 1
            && steps.number(gathers.getLast(), 1, "a neighbour") == 0;
    require(nearest, "its graph re-weights its score in another way than anomalib");
    return String.valueOf(Math.round(steps.number(topK, 1, "neighbours")));
  }

  private static void requireUsualPool(Node pool) {
    require(
        pool.integers("kernel_shape").equals(List.of(3L, 3L))
            && pool.integers("strides").equals(List.of(1L, 1L))
            && pool.integers("pads").equals(List.of(1L, 1L, 1L, 1L))
            && pool.integers("count_include_pad").equals(List.of(1L)),
        "its graph averages other patches than 3x3 with zeros around");
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
    for (Node sub : all(nodes, "Sub")) {
      if (isOf(sub, 0, map) && pixel == unknown) {
        pixel = range(nodes, nodes.indexOf(sub));
      } else {
        require(
            isOf(sub, 0, score) && image == unknown && score != map,
            "its graph normalises other values than its scores at " + sub.name());
        image = range(nodes, nodes.indexOf(sub));
      }
    }
    for (Node verdict : all(nodes, "Greater")) {
      require(
          steps.source(verdict, 0).filter(n -> n.operation().equals("Clip")).isPresent(),
          "its graph takes verdicts of other values than its scores");
    }
    return Optional.of(new AnomalibCalibration(image, pixel, true));
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
