package kintsugi.bench;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole residual networks with random weights and batch norms of their own, as torchvision defines
 * them, in ONNX Runtime and here, where the batch norms are folded.
 */
class ResNetAgainstOnnxRuntimeTest {
  private static final int SIDE = 67;

  @TempDir Path folder;

  private final Random random = new Random(7);
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final OnnxGraph graph = new OnnxGraph();
  private String at = "input";

  @ParameterizedTest
  @CsvSource({
    // name, bottleneck, widening, blocks of each layer, layers that there are: of the large ones
    // layer 4 is left out, which has most of the values
    "ResNet-18, false, 1, 2;2;2;2, 4",
    "ResNet-34, false, 1, 3;4;6;3, 4",
    "WideResNet-50-2, true, 2, 3;4;6;3, 3"
  })
  void tapsAgree(String name, boolean bottleneck, int widening, String blocks, int layers)
      throws OrtException {
    List<String> taps = define(bottleneck, widening, blocks.split(";"), layers);
    Path file = folder.resolve("weights.safetensors");
    new Safetensors(Map.of(), tensors).write(file);
    Weights weights = Weights.read(file);
    assertThat(ResNet.name(weights)).isEqualTo(name);
    Tensor image = Tensor.zeros(1, SIDE, SIDE, 3);
    for (int i = 0; i < image.size(); i++) {
      image.data()[i] = (float) random.nextGaussian();
    }
    Map<String, float[]> expected = run(taps, image);
    try (Parallel parallel = new Parallel(2)) {
      var engine = new VectorEngine(parallel, Convolutions.WINOGRAD4);
      Map<String, Tensor> actual = engine.prepare(ResNet.network(weights, taps)).run(image);
      for (String tap : taps) {
        assertClose(tap, actual.get(tap), expected.get(tap));
      }
    }
  }

  private static void assertClose(String tap, Tensor nhwc, float[] nchw) {
    int channels = nhwc.dim(3);
    int positions = nhwc.size() / channels;
    assertThat(nhwc.size()).isEqualTo(nchw.length);
    double maximum = 0;
    double difference = 0;
    for (int i = 0; i < nchw.length; i++) {
      float own = nhwc.data()[i % positions * channels + i / positions];
      maximum = Math.max(maximum, Math.abs(nchw[i]));
      difference = Math.max(difference, Math.abs(own - nchw[i]));
    }
    assertThat(maximum).isPositive();
    assertThat(difference / maximum).as(tap).isLessThan(1e-5);
  }

  private Map<String, float[]> run(List<String> taps, Tensor image) throws OrtException {
    float[] planes = new float[image.size()];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = image.data()[i % (SIDE * SIDE) * 3 + i / (SIDE * SIDE)];
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, float[]> results = new LinkedHashMap<>();
    try (OrtSession session = environment.createSession(graph.model(taps));
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(planes), new long[] {1, 3, SIDE, SIDE});
        OrtSession.Result result = session.run(Map.of("input", input))) {
      for (String tap : taps) {
        FloatBuffer values = ((OnnxTensor) result.get(tap).orElseThrow()).getFloatBuffer();
        float[] copy = new float[values.remaining()];
        values.get(copy);
        results.put(tap, copy);
      }
    }
    return results;
  }

  private List<String> define(boolean bottleneck, int widening, String[] blocks, int layers) {
    List<String> taps = new ArrayList<>(List.of("stem"));
    at = relu(convolution("conv1", "bn1", "input", 3, 64, 7, 2));
    at =
        graph.node(
            "MaxPool",
            List.of(at),
            "stem",
            Map.of(
                "kernel_shape", new long[] {3, 3},
                "strides", new long[] {2, 2},
                "pads", new long[] {1, 1, 1, 1}));
    int channels = 64;
    for (int layer = 1; layer <= layers; layer++) {
      int planes = 32 << layer;
      int count = Integer.parseInt(blocks[layer - 1]);
      for (int i = 0; i < count; i++) {
        String out = i == count - 1 ? "layer" + layer : "layer" + layer + "." + i;
        int stride = layer > 1 && i == 0 ? 2 : 1;
        String name = "layer" + layer + "." + i;
        channels = block(name, out, channels, planes, stride, bottleneck, widening);
      }
      taps.add("layer" + layer);
      taps.add("layer" + layer + "." + (count - 1) + (bottleneck ? ".bn3" : ".bn2"));
    }
    if (layers == 4) {
      classifier(channels);
      taps.add("fc");
    }
    return taps;
  }

  private int block(
      String name,
      String out,
      int inputs,
      int planes,
      int stride,
      boolean bottleneck,
      int widening) {
    String in = at;
    int outputs = bottleneck ? 4 * planes : planes;
    int inner = planes * widening;
    String last;
    if (bottleneck) {
      String a = relu(convolution(name + ".conv1", name + ".bn1", in, inputs, inner, 1, 1));
      String b = relu(convolution(name + ".conv2", name + ".bn2", a, inner, inner, 3, stride));
      last = convolution(name + ".conv3", name + ".bn3", b, inner, outputs, 1, 1);
    } else {
      String a = relu(convolution(name + ".conv1", name + ".bn1", in, inputs, planes, 3, stride));
      last = convolution(name + ".conv2", name + ".bn2", a, planes, planes, 3, 1);
    }
    String shortcut = in;
    if (stride != 1 || inputs != outputs) {
      String down = name + ".downsample.";
      shortcut = convolution(down + 0, down + 1, in, inputs, outputs, 1, stride);
    }
    String sum = graph.node("Add", List.of(last, shortcut), name + ".sum", Map.of());
    at = graph.node("Relu", List.of(sum), out, Map.of());
    return outputs;
  }

  private String convolution(
      String name, String norm, String in, int inputs, int outputs, int size, int stride) {
    double deviation = Math.sqrt(1.0 / (inputs * size * size));
    add(name + ".weight", 0, deviation, outputs, inputs, size, size);
    add(norm + ".weight", 1, 0.1, outputs);
    add(norm + ".bias", 0, 0.3, outputs);
    add(norm + ".running_mean", 0, 0.3, outputs);
    add(norm + ".running_var", 1, 0.1, outputs);
    long pad = size / 2;
    String sum =
        graph.node(
            "Conv",
            List.of(in, name + ".weight"),
            name + ".out",
            Map.of(
                "kernel_shape", new long[] {size, size},
                "strides", new long[] {stride, stride},
                "pads", new long[] {pad, pad, pad, pad}));
    List<String> inputsOfNorm =
        List.of(
            sum, norm + ".weight", norm + ".bias", norm + ".running_mean", norm + ".running_var");
    return graph.node("BatchNormalization", inputsOfNorm, norm, Map.of());
  }

  private String relu(String in) {
    return graph.node("Relu", List.of(in), in + ".relu", Map.of());
  }

  private void classifier(int channels) {
    add("fc.weight", 0, 0.05, 1000, channels);
    add("fc.bias", 0, 0.1, 1000);
    String mean = graph.node("GlobalAveragePool", List.of(at), "mean", Map.of());
    String flat = graph.node("Flatten", List.of(mean), "flat", Map.of("axis", new long[] {1}));
    graph.node(
        "Gemm", List.of(flat, "fc.weight", "fc.bias"), "fc", Map.of("transB", new long[] {1}));
  }

  private void add(String name, double centre, double deviation, int... shape) {
    long[] extents = new long[shape.length];
    int count = 1;
    for (int i = 0; i < shape.length; i++) {
      extents[i] = shape[i];
      count *= shape[i];
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (centre + deviation * random.nextGaussian());
    }
    StoredTensor tensor = StoredTensor.of(values, extents);
    tensors.put(name, tensor);
    graph.tensor(name, values, extents);
  }
}
