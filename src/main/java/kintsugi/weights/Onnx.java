package kintsugi.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names of an ONNX graph's initialisers. Exporters that fold batch norms replace the names of
 * the folded tensors by numbers; such tensors are named after the convolution that uses them.
 * Exporters that find equal tensors keep one of them and hand it out under the others' names by
 * {@code Identity}.
 */
final class Onnx {
  private Onnx() {}

  /** The tensors by torch's names as far as the graph has them. */
  static Map<String, StoredTensor> named(OnnxGraph graph) {
    Map<String, String> names = new HashMap<>();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(graph.initialisers());
    for (OnnxGraph.Node node : graph.nodes()) {
      users(node, names);
      equal(node, tensors);
    }
    return named(tensors, names);
  }

  private static void equal(OnnxGraph.Node node, Map<String, StoredTensor> tensors) {
    if (node.operation().equals("Identity")
        && node.inputs().size() == 1
        && node.outputs().size() == 1
        && tensors.containsKey(node.inputs().getFirst())) {
      tensors.putIfAbsent(node.outputs().getFirst(), tensors.get(node.inputs().getFirst()));
    }
  }

  private static Map<String, StoredTensor> named(
      Map<String, StoredTensor> tensors, Map<String, String> names) {
    Map<String, StoredTensor> named = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          String last = name.substring(name.lastIndexOf('.') + 1);
          boolean own = last.equals("weight") || last.equals("bias") || last.startsWith("running_");
          if (named.put(own ? name : names.getOrDefault(name, name), tensor) != null) {
            throw new IllegalArgumentException("it has the tensor " + name + " twice");
          }
        });
    return named;
  }

  private static void users(OnnxGraph.Node node, Map<String, String> names) {
    boolean filter = node.operation().equals("Conv") || node.operation().equals("Gemm");
    List<String> inputs = node.inputs();
    if (filter && inputs.size() > 1) {
      String path = path(node.name());
      names.put(inputs.get(1), path + ".weight");
      if (inputs.size() > 2) {
        names.put(inputs.get(2), path + ".bias");
      }
    }
  }

  /** {@code /layer1/layer1.0/conv1/Conv} is {@code layer1.0.conv1}. */
  private static String path(String node) {
    List<String> parts = new ArrayList<>();
    int operation = node.lastIndexOf('/') + 1;
    boolean named = operation < node.length() && Character.isUpperCase(node.charAt(operation));
    String path = named ? node.substring(0, Math.max(0, operation - 1)) : node;
    for (String part : path.replaceFirst("^/", "").split("/")) {
      if (!parts.isEmpty() && part.startsWith(parts.getLast() + ".")) {
        parts.removeLast();
      }
      parts.add(part);
    }
    return String.join(".", parts);
  }
}
