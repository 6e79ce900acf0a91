package kintsugi.interop;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.weights.OnnxGraph.Node;
import kintsugi.weights.StoredTensor;

/**
 * The ResNet of an ONNX graph: its convolutions have to be those of a ResNet, in its order and with
 * its strides, because only their filters and biases are taken from the graph.
 */
final class GraphNetwork {
  private static final String BLOCK = "Conv<1 Relu<1 Conv<1 (?:Conv<4 Add<2<1 |Add<1<4 )Relu<1 ";
  private static final String BOTTLENECK =
      "Conv<1 Relu<1 Conv<1 Relu<1 Conv<1 (?:Conv<6 Add<2<1 |Add<1<6 )Relu<1 ";
  static final String NETWORK =
      "Conv<1 Relu<1 MaxPool<1 (?:(?:" + BLOCK + ")+|(?:" + BOTTLENECK + ")+)";
  private static final List<String> OF_A_BLOCK = List.of("conv1", "conv2", "conv3", "downsample.0");

  private final GraphSteps steps;
  private final Map<String, StoredTensor> network;

  /** The last step of every layer. */
  private final Map<String, Node> ends = new LinkedHashMap<>();

  GraphNetwork(GraphSteps steps, Map<String, StoredTensor> network) {
    this.steps = steps;
    this.network = network;
  }

  /**
   * Takes the network's steps.
   *
   * @throws IllegalArgumentException if they are not a ResNet's
   */
  void take() {
    List<Node> nodes = steps.take("ResNet", NETWORK);
    requirePool(nodes.get(2));
    List<String> names = names();
    int at = 0;
    String layer = "";
    for (Node node : nodes) {
      if (node.operation().equals("Conv")) {
        GraphSteps.requireThat(
            at < names.size(),
            "its graph has more convolutions than the ResNet of their names, at " + node.name());
        layer = layer(names.get(at));
        requireConvolution(node, names.get(at++));
      }
      ends.put(layer, node);
    }
    GraphSteps.requireThat(
        at == names.size() || !layer(names.get(at)).equals(layer),
        "its graph ends within " + layer + " of its ResNet");
  }

  private static String layer(String convolution) {
    return convolution.replaceFirst("\\..*", "");
  }

  /** The convolutions in the order of their computation. */
  private List<String> names() {
    List<String> names = new ArrayList<>(List.of("conv1"));
    for (int layer = 1; layer <= 4; layer++) {
      for (int block = 0; network.containsKey(weight(layer, block, "conv1")); block++) {
        for (String name : OF_A_BLOCK) {
          if (network.containsKey(weight(layer, block, name))) {
            names.add("layer" + layer + "." + block + "." + name);
          }
        }
      }
    }
    return names;
  }

  private static String weight(int layer, int block, String name) {
    return "layer" + layer + "." + block + "." + name + ".weight";
  }

  private void requireConvolution(Node node, String name) {
    StoredTensor filter = steps.require(node, 1, "filter at " + node.name());
    GraphSteps.requireThat(
        filter == network.get(name + ".weight")
            && filter.shape().length == 4
            && steps.constant(node, 2).orElse(null) == network.get(name + ".bias"),
        "its graph has the convolution " + node.name() + " where a ResNet has " + name);
    boolean bottleneck = network.containsKey("layer1.0.conv3.weight");
    String halving = bottleneck ? "conv2" : "conv1";
    long stride =
        name.equals("conv1") || name.matches("layer[2-4]\\.0\\.(" + halving + "|downsample\\.0)")
            ? 2
            : 1;
    long pad = filter.shape()[2] / 2;
    GraphSteps.requireThat(
        node.integers("strides").equals(List.of(stride, stride))
            && node.integers("pads").equals(List.of(pad, pad, pad, pad))
            && List.of(1L).equals(node.integers("group"))
            && node.integers("dilations").stream().allMatch(d -> d == 1),
        "its graph has another stride, padding, group or dilation than a ResNet at " + node.name());
  }

  private static void requirePool(Node pool) {
    GraphSteps.requireThat(
        pool.integers("kernel_shape").equals(List.of(3L, 3L))
            && pool.integers("strides").equals(List.of(2L, 2L))
            && pool.integers("pads").equals(List.of(1L, 1L, 1L, 1L))
            && pool.integers("ceil_mode").stream().allMatch(flag -> flag == 0),
        "its graph pools otherwise than a ResNet at " + pool.name());
  }

  /**
   * The layers of an embedding, a chain of concatenations of one layer each to those before it.
   *
   * @param embedding its name
   * @param through the operations between a layer's end and the first one's place in the chain; a
   *     resize is after them for the others
   */
  String taps(String embedding, List<String> through) {
    List<String> resized = new ArrayList<>(through);
    resized.addFirst("Resize");
    List<String> layers = new ArrayList<>();
    String value = embedding;
    for (int i = 0; i < 4; i++) {
      Node node = steps.source(value).orElse(null);
      if (node == null || !node.operation().equals("Concat")) {
        break;
      }
      GraphSteps.requireThat(
          node.inputs().size() == 2 && List.of(1L).equals(node.integers("axis")),
          "its graph concatenates its layers in another way than anomalib");
      layers.addFirst(layer(node.inputs().get(1), resized));
      value = node.inputs().getFirst();
    }
    layers.addFirst(layer(value, through));
    return String.join(",", layers);
  }

  private String layer(String value, List<String> through) {
    Node node = steps.source(value).orElse(null);
    for (String operation : through) {
      GraphSteps.requireThat(
          node != null && node.operation().equals(operation),
          "its graph takes features without the step " + operation);
      node = steps.source(node, 0).orElse(null);
    }
    Node end = node;
    return ends.keySet().stream()
        .filter(layer -> layer.startsWith("layer") && ends.get(layer) == end)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "its graph takes features from a place that is not the end of a layer"));
  }
}
