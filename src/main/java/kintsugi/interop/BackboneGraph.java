package kintsugi.interop;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;

/** The backbone, layer by layer, with the batch norms folded as the library folds them. */
final class BackboneGraph {
  static final String GROUP = "backbone";

  private final ExportGraph graph;
  private final Map<String, String> values = new HashMap<>();

  BackboneGraph(ExportGraph graph) {
    this.graph = graph.group(GROUP);
  }

  /**
   * Adds the nodes.
   *
   * @param input {@code F32 [N, 3, H, W]}
   * @return {@code F32 [N, C, h, w]} of each tap, named by its layer as a dump names it
   */
  Map<String, String> add(Network network, String input) {
    values.put(Network.INPUT, input);
    for (Layer layer : network.layers()) {
      graph.group(
          GROUP + "/" + (layer instanceof Layer.Convolution c ? torchName(c) : layer.output()));
      values.put(layer.output(), value(layer));
    }
    Map<String, String> taps = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      taps.put(tap, graph.named(tap.replaceFirst("\\..*", ""), values.get(tap)));
    }
    return taps;
  }

  private String value(Layer layer) {
    String in = values.get(layer.inputs().getFirst());
    return switch (layer) {
      case Layer.Convolution convolution -> convolution(convolution, in);
      case Layer.MaxPool pool ->
          graph.add(
              "MaxPool",
              in,
              ExportGraph.integers("kernel_shape", pool.size(), pool.size()),
              ExportGraph.integers("strides", pool.stride(), pool.stride()),
              pads(pool.padding()));
      case Layer.AddRelu add -> graph.add("Relu", graph.add("Add", in, values.get(add.residual())));
      case Layer.GlobalAverage average -> graph.add("GlobalAveragePool", in);
    };
  }

  /** torchvision's name of a convolution: the last of a block has that of the block here. */
  private static String torchName(Layer.Convolution layer) {
    String name = layer.output();
    if (name.matches(".*conv\\d|fc")) {
      return name;
    }
    return name.endsWith(".downsample")
        ? name + ".0"
        : layer.input().replace(".conv2", ".conv3").replace(".conv1", ".conv2");
  }

  private String convolution(Layer.Convolution layer, String in) {
    Filter filter = layer.filter();
    String weight =
        graph.fitted(
            "weight",
            () -> weights(filter),
            filter.outputs(),
            filter.inputs(),
            filter.height(),
            filter.width());
    String bias = graph.fitted("bias", filter.bias()::data, filter.outputs());
    String out =
        graph.add(
            "Conv",
            List.of(in, weight, bias),
            ExportGraph.integers("kernel_shape", filter.height(), filter.width()),
            ExportGraph.integers("strides", layer.stride(), layer.stride()),
            pads(layer.padding()));
    if (layer.residual() != null) {
      out = graph.add("Add", out, values.get(layer.residual()));
    }
    return layer.relu() ? graph.add("Relu", out) : out;
  }

  static GraphSink.Attribute pads(int padding) {
    return ExportGraph.integers("pads", padding, padding, padding, padding);
  }

  /** {@code [KH, KW, I, O]} as ONNX has it, {@code [O, I, KH, KW]}. */
  private static float[] weights(Filter filter) {
    int window = filter.height() * filter.width();
    int inputs = filter.inputs();
    int outputs = filter.outputs();
    float[] from = filter.weight().data();
    float[] to = new float[from.length];
    for (int i = 0; i < to.length; i++) {
      int k = i % window;
      int in = i / window % inputs;
      int out = i / window / inputs;
      to[i] = from[(k * inputs + in) * outputs + out];
    }
    return to;
  }
}
