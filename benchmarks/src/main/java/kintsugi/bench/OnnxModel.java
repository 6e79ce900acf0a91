package kintsugi.bench;

import java.util.List;
import java.util.Map;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;

/**
 * A network as an ONNX model with the same values, batch norms folded and the taps as its only
 * outputs, so that nothing has to be computed that the other engines do not compute.
 */
final class OnnxModel {
  private final OnnxGraph graph = new OnnxGraph();

  private OnnxModel() {}

  /** The file's bytes. */
  static byte[] of(Network network) {
    OnnxModel model = new OnnxModel();
    network.layers().forEach(model::add);
    return model.graph.model(network.taps());
  }

  private void add(Layer layer) {
    switch (layer) {
      case Layer.Convolution convolution -> add(convolution);
      case Layer.MaxPool pool ->
          graph.node(
              "MaxPool",
              List.of(pool.input()),
              pool.output(),
              window(pool.size(), pool.stride(), pool.padding()));
      case Layer.AddRelu sum -> {
        String before = sum.output() + ".sum";
        graph.node("Add", List.of(sum.input(), sum.residual()), before, Map.of());
        graph.node("Relu", List.of(before), sum.output(), Map.of());
      }
      case Layer.GlobalAverage average ->
          throw new IllegalArgumentException(average.output() + " is after the last feature layer");
    }
  }

  /** The convolution with its bias, then the sum and the ReLU, which ONNX Runtime joins again. */
  private void add(Layer.Convolution layer) {
    String name = layer.output();
    int window = layer.filter().height();
    graph.tensor(
        name + ".weight",
        Planes.filter(layer.filter()),
        layer.filter().outputs(),
        layer.filter().inputs(),
        window,
        layer.filter().width());
    graph.tensor(name + ".bias", layer.filter().bias().data(), layer.filter().outputs());
    String convolved = layer.residual() == null && !layer.relu() ? name : name + ".conv";
    String summed = layer.residual() == null ? convolved : layer.relu() ? name + ".sum" : name;
    graph.node(
        "Conv",
        List.of(layer.input(), name + ".weight", name + ".bias"),
        convolved,
        window(window, layer.stride(), layer.padding()));
    if (layer.residual() != null) {
      graph.node("Add", List.of(convolved, layer.residual()), summed, Map.of());
    }
    if (layer.relu()) {
      graph.node("Relu", List.of(summed), name, Map.of());
    }
  }

  private static Map<String, long[]> window(long size, long stride, long padding) {
    return Map.of(
        "kernel_shape", new long[] {size, size},
        "strides", new long[] {stride, stride},
        "pads", new long[] {padding, padding, padding, padding});
  }
}
