package kintsugi.interop;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.CalibrationScores;
import kintsugi.detector.Choices;
import kintsugi.detector.InputSize;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.detector.RecordJson;
import kintsugi.engine.Network;
import kintsugi.metric.ErrorRate;
import kintsugi.metric.ThresholdRule;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/**
 * A model as this library's export to ONNX has it. Recipe and calibration are in the file's
 * metadata, what was learnt is among its constants; that the graph computes what they say is known
 * by {@link GraphCheck}, which compares it with the graph that they are exported as.
 */
final class KintsugiGraph {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,6})x(\\d{1,6})");
  private static final Pattern FILTER =
      Pattern.compile(
          BackboneGraph.GROUP
              + "/((?:conv1|layer[1-4]\\.\\d{1,3}\\.(?:conv[123]|downsample\\.0)|fc))/(weight|bias)");

  private final Path file;
  private final OnnxGraph graph;
  private final Recipe recipe;
  private final InputSize size;
  private final Optional<Calibration> calibration;

  private KintsugiGraph(Path file, OnnxGraph graph) {
    this.file = file;
    this.graph = graph;
    this.recipe = recipe();
    this.size = size(text(ModelGraph.INPUT_SIZE));
    this.calibration =
        graph.metadata().containsKey(ModelGraph.LOW)
            ? Optional.of(readCalibration())
            : Optional.empty();
  }

  /** Whether a file says that this library wrote it. */
  static boolean isOne(OnnxGraph graph) {
    return graph.metadata().containsKey(ModelGraph.VERSION);
  }

  /**
   * The model of a file.
   *
   * @throws IllegalArgumentException if its graph is another than this library exports
   */
  static ForeignModel read(Path file, OnnxGraph graph, Map<String, String> choices) {
    KintsugiGraph own = new KintsugiGraph(file, graph);
    choices.forEach((name, value) -> own.requireOwn(name, value));
    return own.model();
  }

  private void requireOwn(String name, String value) {
    if (!Choices.with(recipe, Map.of(name, value)).equals(recipe)) {
      throw ForeignModel.made(file, name, "" + Choices.of(recipe).get(name));
    }
  }

  private ForeignModel model() {
    Weights weights = weights();
    Network network = ResNet.network(weights, recipe.taps());
    ModelGraph whole = new ModelGraph(recipe, size, network, calibration);
    requireSides(whole);
    GraphCheck check = new GraphCheck(graph);
    Map<String, StoredTensor> fitted = exported(whole, check);
    check.end(OnnxFormat.STAGES);
    return new ForeignModel(
        file,
        Methods.named(recipe.method()).title() + " of Kintsugi, an ONNX graph",
        recipe,
        size,
        fitted,
        Optional.of(weights),
        Optional.empty(),
        calibration,
        List.of());
  }

  /** What was fitted; a recipe that no export has is the metadata's fault. */
  private Map<String, StoredTensor> exported(ModelGraph whole, GraphCheck check) {
    try {
      ModelGraph.requireExpressible(recipe);
      return fitted(whole, check);
    } catch (InputException e) {
      throw new IllegalArgumentException(
          "its metadata has a recipe that cannot be exported to ONNX", e);
    }
  }

  /** Compares the graph, and returns what was fitted as a method adopts it. */
  private Map<String, StoredTensor> fitted(ModelGraph whole, GraphCheck check) {
    ExportGraph expected = new ExportGraph(check);
    return switch (recipe) {
      case PadimRecipe padim -> padim(padim, whole, expected);
      case PatchCoreRecipe patchcore -> patchcore(patchcore, whole, expected);
      default -> throw new IllegalArgumentException("it has the method " + recipe.method());
    };
  }

  private Map<String, StoredTensor> padim(
      PadimRecipe padim, ModelGraph whole, ExportGraph expected) {
    Map<String, int[]> shapes = whole.shapes();
    int[] channels = channels(shapes);
    whole.add(
        expected, new PadimGraph(expected, padim, shapes, channels, () -> null, () -> null), false);
    StoredTensor mean = finite(PadimGraph.GROUP + "/" + PadimGraph.MEAN, 2);
    StoredTensor inverses = finite(PadimGraph.GROUP + "/" + PadimGraph.INVERSES, 3);
    return Map.of(
        "channels",
        StoredTensor.of(channels, channels.length),
        "mean",
        mean.transposed(),
        "inverse_factor_transposed",
        inverses);
  }

  /** The drawn channels: those of every layer, and the order in which they are side by side. */
  private int[] channels(Map<String, int[]> shapes) {
    int[] order = constant("embedding/" + PadimGraph.ORDER, 1).ints();
    int[] joined = new int[order.length];
    int count = 0;
    int first = 0;
    for (String tap : recipe.taps()) {
      String name = "embedding/" + PadimGraph.CHANNELS + tap;
      int[] own = graph.initialisers().containsKey(name) ? constant(name, 1).ints() : new int[0];
      for (int channel : own) {
        GraphSteps.requireThat(count < joined.length, "its graph takes more channels than it has");
        joined[count++] = first + channel;
      }
      first += shapes.get(tap)[2];
    }
    for (int at : order) {
      GraphSteps.requireThat(at >= 0 && at < count, "its graph has no channel " + at);
    }
    return Arrays.stream(order).map(at -> joined[at]).toArray();
  }

  private Map<String, StoredTensor> patchcore(
      PatchCoreRecipe patchcore, ModelGraph whole, ExportGraph expected) {
    float[] mean = finite(PatchCoreGraph.GROUP + "/" + PatchCoreGraph.MEAN, 1).floats();
    StoredTensor centred = finite(PatchCoreGraph.GROUP + "/" + PatchCoreGraph.BANK, 2);
    int rows = (int) centred.shape()[0];
    int dimension = (int) centred.shape()[1];
    GraphSteps.requireThat(
        mean.length == dimension && rows > 0, "its graph has a memory bank of another width");
    float[] bank = centred.floats();
    whole.add(
        expected,
        new PatchCoreGraph(
            expected, patchcore, whole.shapes(), rows, dimension, () -> mean, () -> bank),
        false);
    for (int i = 0; i < bank.length; i++) {
      bank[i] += mean[i % dimension];
    }
    return Map.of("memory_bank", StoredTensor.of(bank, rows, dimension));
  }

  /** The size of a file bounds that of its images, by which all else is computed. */
  private void requireSides(ModelGraph whole) {
    int[] grid = whole.shapes().get(recipe.taps().getFirst());
    boolean right =
        Arrays.equals(constant("map/rows", 2).shape(), new long[] {size.height(), grid[0]})
            && Arrays.equals(
                constant("map/columns", 2).shape(), new long[] {size.width(), grid[1]});
    GraphSteps.requireThat(right, "its graph has maps of another size than " + size);
  }

  private Weights weights() {
    Map<String, StoredTensor> network = new LinkedHashMap<>();
    graph
        .initialisers()
        .forEach(
            (name, tensor) -> {
              Matcher filter = FILTER.matcher(name);
              if (filter.matches()) {
                network.put(filter.group(1) + "." + filter.group(2), tensor);
              }
            });
    GraphSteps.requireThat(!network.isEmpty(), "its graph holds no backbone");
    return Weights.of(file.toString(), network);
  }

  private StoredTensor finite(String name, int rank) {
    StoredTensor tensor = GraphSteps.floats(constant(name, rank), rank);
    int place = tensor.firstNotFinite();
    GraphSteps.requireThat(
        place < 0, "its constant " + name + " has a value that is not finite at " + place);
    return tensor;
  }

  private StoredTensor constant(String name, int rank) {
    StoredTensor tensor = graph.initialisers().get(name);
    GraphSteps.requireThat(
        tensor != null && tensor.shape().length == rank,
        "its graph has no constant " + name + " of " + rank + " dimensions");
    return tensor;
  }

  private String text(String key) {
    String text = graph.metadata().get(key);
    GraphSteps.requireThat(text != null, "its metadata has no " + key);
    return text;
  }

  private double number(String key) {
    try {
      return Double.parseDouble(text(key));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("its metadata has no number " + key, e);
    }
  }

  private Recipe recipe() {
    Recipe usual = Methods.recipe(text(ModelGraph.METHOD));
    Class<? extends Record> type = ((Record) usual).getClass();
    return (Recipe) RecordJson.read(text(ModelGraph.RECIPE), type);
  }

  private static InputSize size(String text) {
    Matcher size = SIZE.matcher(text);
    GraphSteps.requireThat(size.matches(), "its metadata has no input size");
    return new InputSize(Integer.parseInt(size.group(1)), Integer.parseInt(size.group(2)));
  }

  private Calibration readCalibration() {
    double low = number(ModelGraph.LOW);
    double high = number(ModelGraph.HIGH);
    return new Calibration(
        low,
        high,
        number(ModelGraph.THRESHOLD),
        ThresholdRule.parse(text(ModelGraph.RULE)),
        ErrorRate.UNKNOWN,
        ErrorRate.UNKNOWN,
        number(ModelGraph.PIXEL_THRESHOLD),
        low,
        high,
        0,
        new CalibrationScores(List.of(), List.of()));
  }
}
