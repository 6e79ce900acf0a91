package kintsugi.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import kintsugi.interop.OnnxFormat;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.PatchCoreRecipe;

/** The writer of a model as one graph: pixels, backbone, method, map, score, verdict. */
public final class OnnxWriter implements OnnxFormat {
  /** The operators' version that ONNX Runtime has from 1.12 on. */
  private static final int OPERATORS = 17;

  /** The version of the file that belongs to these operators. */
  private static final int FORMAT = 8;

  /** Protocol Buffers' limit of a message, with room for nodes and names. */
  private static final long MAXIMUM_BYTES = Integer.MAX_VALUE - (16L << 20);

  private static final String LICENCE =
      "The graph was made by Kintsugi (Apache-2.0). It contains the weights of the backbone, which"
          + " keep the licence of the file that they come from (torchvision's: BSD-3-Clause, trained"
          + " on ImageNet, which has terms of its own), and what was learnt from the owner's images.";

  /** For the service loader. */
  public OnnxWriter() {}

  @Override
  public void write(Model model, boolean stages, Path file) throws IOException {
    requireExpressible(model);
    AnomalyDetector detector = model.detector();
    Network network = ResNet.network(detector.session().weights(), model.recipe().taps());
    Graph graph = new Graph();
    MethodGraph method = method(graph, model);
    requireSize(method.bytes() + bytes(network));
    InputSize size = detector.inputSize();
    List<String> layers = addNodes(graph, network, method, model);
    graph.input(IMAGES, Graph.UINT8, "N", "H", "W", 3);
    graph.output(IMAGE_SCORE, Graph.FLOAT, "N");
    graph.output(SCORE_MAP, Graph.FLOAT, "N", size.height(), size.width());
    if (model.calibration().isPresent()) {
      graph.output(NORMALISED_SCORE, Graph.FLOAT, "N");
      graph.output(ANOMALOUS, Graph.BOOL, "N");
      graph.output(ANOMALY_MASK, Graph.BOOL, "N", size.height(), size.width());
    }
    if (stages) {
      stages(graph, model, layers);
    }
    ModelProto.Builder whole =
        ModelProto.newBuilder()
            .setIrVersion(FORMAT)
            .setProducerName("Kintsugi")
            .setProducerVersion(Version.number())
            .setDocString(LICENCE)
            .setGraph(graph.build("kintsugi"));
    whole.addOpsetImportBuilder().setDomain("").setVersion(OPERATORS);
    metadata(model)
        .forEach((key, value) -> whole.addMetadataPropsBuilder().setKey(key).setValue(value));
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      whole.build().writeTo(out);
    }
  }

  /** Names the first thing that a graph of this kind does not have. */
  private static void requireExpressible(Model model) {
    Recipe recipe = model.recipe();
    if (recipe.preprocessing().tiling().isCut()) {
      throw refused("a model that cuts images into tiles", "fit one without tiles (tile)");
    }
    if (!model.detector().seesWholeImages()) {
      throw refused(
          "a model with regions, a foreground or an alignment",
          "fit one that looks at whole images (roi) (ignore) (foreground) (align)");
    }
  }

  private static InputException refused(String what, String wayOut) {
    return new InputException(what + " cannot be exported to ONNX; " + wayOut);
  }

  private static MethodGraph method(Graph graph, Model model) {
    return switch (model.recipe()) {
      case PadimRecipe padim -> new PadimGraph(graph, model);
      case PatchCoreRecipe patchcore -> new PatchCoreGraph(graph, model);
      default ->
          throw refused(
              "the method " + model.recipe().method(), "export a model of padim or patchcore");
    };
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

  /** Adds all nodes; returns the names of the feature layers. */
  private static List<String> addNodes(
      Graph graph, Network network, MethodGraph method, Model model) {
    Recipe recipe = model.recipe();
    InputSize size = model.detector().inputSize();
    String pixels = new PixelGraph(graph, recipe.preprocessing(), size).add(IMAGES);
    Map<String, String> taps = new BackboneGraph(graph).add(network, graph.named("input", pixels));
    String distances = graph.named("distances", method.distances(taps));
    int[] grid =
        model.detector().session().shapes(recipe.taps(), size).get(recipe.taps().getFirst());
    String map =
        graph.named(
            "map",
            Parts.map(
                graph, recipe.map(), distances, grid[0], grid[1], size.height(), size.width()));
    String score = method.score(distances, map, size.width() * size.height());
    graph.group("verdict");
    graph.named(IMAGE_SCORE, graph.named("score", graph.cast(score, Graph.FLOAT)));
    graph.named(SCORE_MAP, map);
    model.calibration().ifPresent(calibration -> verdict(graph, calibration, score, map));
    return List.copyOf(taps.values());
  }

  private static void verdict(Graph graph, Calibration calibration, String score, String map) {
    String low = graph.scalar("low", calibration.low());
    String range = graph.scalar("range", calibration.high() - calibration.low());
    String normalised = graph.add("Div", graph.add("Sub", score, low), range);
    graph.named(NORMALISED_SCORE, graph.cast(normalised, Graph.FLOAT));
    graph.named(
        ANOMALOUS,
        graph.add(
            "GreaterOrEqual", normalised, graph.scalar("threshold", calibration.threshold())));
    float pixels = (float) calibration.denormalise(calibration.pixelThreshold());
    graph.named(
        ANOMALY_MASK,
        graph.add("GreaterOrEqual", map, graph.floats("pixel_threshold", new float[] {pixels})));
  }

  private static void stages(Graph graph, Model model, List<String> layers) {
    Recipe recipe = model.recipe();
    InputSize size = model.detector().inputSize();
    Map<String, int[]> shapes = model.detector().session().shapes(recipe.taps(), size);
    graph.output("input", Graph.FLOAT, "N", 3, size.height(), size.width());
    for (int i = 0; i < layers.size(); i++) {
      int[] shape = shapes.get(recipe.taps().get(i));
      graph.output(layers.get(i), Graph.FLOAT, "N", shape[2], shape[0], shape[1]);
    }
    int[] grid = shapes.get(recipe.taps().getFirst());
    graph.output("embedding", Graph.FLOAT, "N", (long) grid[0] * grid[1], "D");
    graph.output("distances", Graph.FLOAT, "N", grid[0], grid[1]);
    graph.output("map", Graph.FLOAT, "N", size.height(), size.width());
    graph.output("score", Graph.FLOAT, "N");
  }

  private static Map<String, String> metadata(Model model) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("kintsugi.version", Version.number());
    metadata.put("method", model.recipe().method());
    metadata.put("recipe", RecordJson.write((Record) model.recipe()));
    metadata.put("seed", "" + model.seed());
    metadata.put("weights", model.fingerprint());
    metadata.put("network", ResNet.name(model.detector().session().weights()));
    metadata.put("input_size", model.detector().inputSize().toString());
    model
        .calibration()
        .ifPresent(
            calibration -> {
              metadata.put("low", "" + calibration.low());
              metadata.put("high", "" + calibration.high());
              metadata.put("threshold", "" + calibration.threshold());
              metadata.put("threshold_rule", "" + calibration.rule());
              metadata.put("pixel_threshold", "" + calibration.pixelThreshold());
            });
    metadata.put("licence", LICENCE);
    return metadata;
  }
}
