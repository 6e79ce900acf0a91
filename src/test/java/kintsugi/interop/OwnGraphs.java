package kintsugi.interop;

import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.Kintsugi;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.weights.OnnxGraph;

/** This library's exports to ONNX, written without the jar that writes them. */
final class OwnGraphs implements GraphSink {
  private final GraphWriter graph = new GraphWriter();

  private OwnGraphs() {}

  static GraphWriter of(Model model) {
    OwnGraphs sink = new OwnGraphs();
    ModelGraph.write(model, false, sink);
    sink.graph.metadata(ModelGraph.metadata(model));
    return sink.graph;
  }

  /** A model of the network's first convolution alone. */
  static Model tiny(Kintsugi kintsugi, boolean padim) {
    Map<String, Object> choices = new LinkedHashMap<>(Map.of("taps", "stem", "resize", "32x32"));
    choices.put(padim ? "channels" : "bank_size", 3);
    String recipe = padim ? "padim/anomalib" : "patchcore/anomalib";
    return kintsugi.fit(
        Choices.with(Methods.recipe(recipe), choices), 3, ForeignFiles.images(0, 6));
  }

  @Override
  public void node(Node node) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    node.attributes().forEach(each -> attributes.put(each.name(), each.value()));
    graph.add(
        new GraphWriter.Step(
            node.operation(), node.name(), node.inputs(), node.outputs(), attributes));
  }

  @Override
  public void constant(Constant constant) {
    int code = OnnxGraph.code(constant.type());
    graph.values(constant.name(), code, constant.shape(), constant.bytes().get().clear());
  }

  @Override
  public void input(Value value) {}

  @Override
  public void output(Value value) {
    graph.output(value.name());
  }
}
