package kintsugi.interop;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.Version;
import kintsugi.backbone.ResNet;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Calibration;
import kintsugi.detector.InputSize;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.RecordJson;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.weights.StoredTensor;

/**
 * A model's graph: pixels, backbone, method, map, score, verdict. The same model always has the
 * same nodes under the same names, so that a file is known to be an export by a comparison with
 * what its own recipe makes.
 *
 * @param recipe the choices
 * @param size of the network's input
 * @param network the backbone up to its last tap
 * @param calibration the score range and the thresholds, where there are any
 */
public record ModelGraph(
    Recipe recipe, InputSize size, Network network, Optional<Calibration> calibration) {
  static final String VERSION = "kintsugi.version";
  static final String METHOD = "method";
  static final String RECIPE = "recipe";
  static final String INPUT_SIZE = "input_size";
  static final String LOW = "low";
  static final String HIGH = "high";
  static final String THRESHOLD = "threshold";
  static final String RULE = "threshold_rule";
  static final String PIXEL_THRESHOLD = "pixel_threshold";

  /** Protocol Buffers' limit of a message, with room for nodes and names. */
  private static final long MAXIMUM_BYTES = Integer.MAX_VALUE - (16L << 20);

  private static final String LICENCE =
      "The graph was made by Kintsugi (Apache-2.0). It contains the weights of the backbone, which"
          + " keep the licence of the file that they come from (torchvision's: BSD-3-Clause, trained"
          + " on ImageNet, which has terms of its own), and what was learnt from the owner's images.";

  /**
   * Hands out a model's graph.
   *
   * @param model of one of this library's methods
   * @param stages whether {@link OnnxFormat#STAGES} are outputs, too
   * @param sink receives the graph
   * @throws InputException if the model has something that cannot be expressed as such a graph, or
   *     the graph is beyond the format's limit
   */
  public static void write(Model model, boolean stages, GraphSink sink) {
    requireExpressible(model);
    AnomalyDetector detector = model.detector();
    Network network = ResNet.network(detector.session().weights(), model.recipe().taps());
    ModelGraph whole =
        new ModelGraph(model.recipe(), detector.inputSize(), network, model.calibration());
    ExportGraph graph = new ExportGraph(sink);
    MethodGraph method = whole.method(graph, detector.tensors());
    requireSize(method.bytes() + bytes(network));
    whole.add(graph, method, stages);
  }

  /** Names the first thing that a graph of this kind does not have. */
  private static void requireExpressible(Model model) {
    requireExpressible(model.recipe());
    if (!model.detector().seesWholeImages()) {
      throw refused(
          "a model with regions, a foreground or an alignment",
          "fit one that looks at whole images (roi) (ignore) (foreground) (align)");
    }
  }

  /** Names what a recipe has that a graph of this kind does not have. */
  static void requireExpressible(Recipe recipe) {
    if (recipe.preprocessing().tiling().isCut()) {
      throw refused("a model that cuts images into tiles", "fit one without tiles (tile)");
    }
  }

  private static InputException refused(String what, String wayOut) {
    return new InputException(what + " cannot be exported to ONNX; " + wayOut);
  }

  private MethodGraph method(ExportGraph graph, Map<String, StoredTensor> tensors) {
    return switch (recipe) {
      case PadimRecipe padim -> PadimGraph.of(graph, padim, shapes(), tensors);
      case PatchCoreRecipe patchcore -> PatchCoreGraph.of(graph, patchcore, shapes(), tensors);
      default ->
          throw refused("the method " + recipe.method(), "export a model of padim or patchcore");
    };
  }

  /** {@code [h, w, C]} of every layer. */
  Map<String, int[]> shapes() {
    return network.shapes(size.height(), size.width(), 3);
  }

  private static long bytes(Network network) {
    long elements = 0;
    for (Layer layer : network.layers()) {
      elements += layer instanceof Layer.Convolution c ? c.filter().weight().size() : 0;
    }
    return elements * Float.BYTES;
  }

  private static void requireSize(long bytes) {
    if (bytes > MAXIMUM_BYTES) {
      throw refused(
          "a model whose values take " + bytes + " bytes, where a file of ONNX has at most 2 GiB,",
          "draw fewer channels (channels), keep fewer patches (ratio), or make the images smaller"
              + " (resize)");
    }
  }

  /** Adds all nodes, the input and the outputs. */
  void add(ExportGraph graph, MethodGraph method, boolean stages) {
    String pixels = new PixelGraph(graph, recipe.preprocessing(), size).add(OnnxFormat.IMAGES);
    Map<String, String> taps = new BackboneGraph(graph).add(network, graph.named("input", pixels));
    String distances = graph.named("distances", method.distances(taps));
    int[] grid = shapes().get(recipe.taps().getFirst());
    String map =
        graph.named(
            "map",
            GraphParts.map(
                graph, recipe.map(), distances, grid[0], grid[1], size.height(), size.width()));
    String score = method.score(distances, map, size.width() * size.height());
    graph.group("verdict");
    graph.named(OnnxFormat.IMAGE_SCORE, graph.named("score", graph.cast(score, ExportGraph.FLOAT)));
    graph.named(OnnxFormat.SCORE_MAP, map);
    calibration.ifPresent(found -> verdict(graph, found, score, map));
    graph.input(OnnxFormat.IMAGES, ExportGraph.UINT8, "N", "H", "W", 3L);
    outputs(graph);
    if (stages) {
      stages(graph, List.copyOf(taps.values()));
    }
  }

  private static void verdict(
      ExportGraph graph, Calibration calibration, String score, String map) {
    String low = graph.scalar("low", calibration.low());
    String range = graph.scalar("range", calibration.high() - calibration.low());
    String normalised = graph.add("Div", graph.add("Sub", score, low), range);
    graph.named(OnnxFormat.NORMALISED_SCORE, graph.cast(normalised, ExportGraph.FLOAT));
    graph.named(
        OnnxFormat.ANOMALOUS,
        graph.add(
            "GreaterOrEqual", normalised, graph.scalar("threshold", calibration.threshold())));
    float pixels = (float) calibration.denormalise(calibration.pixelThreshold());
    graph.named(
        OnnxFormat.ANOMALY_MASK,
        graph.add("GreaterOrEqual", map, graph.floats("pixel_threshold", new float[] {pixels})));
  }

  private void outputs(ExportGraph graph) {
    graph.output(OnnxFormat.IMAGE_SCORE, ExportGraph.FLOAT, "N");
    graph.output(OnnxFormat.SCORE_MAP, ExportGraph.FLOAT, "N", height(), width());
    if (calibration.isPresent()) {
      graph.output(OnnxFormat.NORMALISED_SCORE, ExportGraph.FLOAT, "N");
      graph.output(OnnxFormat.ANOMALOUS, ExportGraph.BOOL, "N");
      graph.output(OnnxFormat.ANOMALY_MASK, ExportGraph.BOOL, "N", height(), width());
    }
  }

  private long height() {
    return size.height();
  }

  private long width() {
    return size.width();
  }

  private void stages(ExportGraph graph, List<String> layers) {
    Map<String, int[]> shapes = shapes();
    graph.output("input", ExportGraph.FLOAT, "N", 3L, height(), width());
    for (int i = 0; i < layers.size(); i++) {
      int[] shape = shapes.get(recipe.taps().get(i));
      graph.output(
          layers.get(i), ExportGraph.FLOAT, "N", (long) shape[2], (long) shape[0], (long) shape[1]);
    }
    int[] grid = shapes.get(recipe.taps().getFirst());
    graph.output("embedding", ExportGraph.FLOAT, "N", (long) grid[0] * grid[1], "D");
    graph.output("distances", ExportGraph.FLOAT, "N", (long) grid[0], (long) grid[1]);
    graph.output("map", ExportGraph.FLOAT, "N", height(), width());
    graph.output("score", ExportGraph.FLOAT, "N");
  }

  /**
   * {@return what a model's file says of it, by ONNX's metadata keys}
   *
   * @param model of one of this library's methods
   */
  public static Map<String, String> metadata(Model model) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(VERSION, Version.number());
    metadata.put(METHOD, model.recipe().method());
    metadata.put(RECIPE, RecordJson.write((Record) model.recipe()));
    metadata.put("seed", "" + model.seed());
    metadata.put("weights", model.fingerprint());
    metadata.put("network", ResNet.name(model.detector().session().weights()));
    metadata.put(INPUT_SIZE, model.detector().inputSize().toString());
    model
        .calibration()
        .ifPresent(
            calibration -> {
              metadata.put(LOW, "" + calibration.low());
              metadata.put(HIGH, "" + calibration.high());
              metadata.put(THRESHOLD, "" + calibration.threshold());
              metadata.put(RULE, "" + calibration.rule());
              metadata.put(PIXEL_THRESHOLD, "" + calibration.pixelThreshold());
            });
    metadata.put("licence", LICENCE);
    return metadata;
  }

  /** {@return the note on licences that goes with every file} */
  public static String licence() {
    return LICENCE;
  }
}
