package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.stream.IntStream;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/** The audit of the whole network from input to taps: against fp64, and against others at hand. */
final class BackboneAudit {
  private static final List<String> TAPS = List.of("stem", "layer1", "layer2", "layer3");
  private static final List<String> LAYERS = List.of("layer1", "layer2", "layer3");

  /** A fraction of a tap's maximum: the bound of the published reference values. */
  private static final double BOUND = 1e-5;

  private BackboneAudit() {}

  static void run(Bench bench) {
    Tensor image = Bench.random(new Random(21), 1, 67, 93, 3);
    List<String> taps = taps(bench.weights());
    Network network = ResNet.network(bench.weights(), taps);
    Map<String, double[]> wanted = forward(bench.weights(), image);
    Map<String, Tensor> first = null;
    for (Bench.Candidate candidate : bench.candidates()) {
      Map<String, Tensor> features = candidate.engine().prepare(network).run(image);
      first = first == null ? features : first;
      for (String tap : taps) {
        double[] bits = Bench.doubles(first.get(tap).data());
        if (!candidate.winograd()) {
          bench.compare(
              candidate.name(),
              "67x93 image to " + tap,
              "the scalar engine",
              "equal bits",
              Bench.doubles(features.get(tap).data()),
              Expected.exactly(bits));
        }
        bench.compare(
            candidate.name(),
            "67x93 image to " + tap,
            "fp64, torchvision's forward",
            "1e-5 of the maximum",
            Bench.doubles(features.get(tap).data()),
            Expected.withinFractionOfMaximum(wanted.get(tap), BOUND));
      }
    }
    others(bench);
  }

  /** The layers' ends, and of the first and the last the activation before the sum. */
  private static List<String> taps(Weights weights) {
    List<String> taps = new ArrayList<>(TAPS);
    for (int layer : new int[] {1, 3}) {
      int last = 0;
      while (weights.has("layer" + layer + "." + (last + 1) + ".conv1.weight")) {
        last++;
      }
      String block = "layer" + layer + "." + last;
      taps.add(block + (weights.has(block + ".conv3.weight") ? ".bn3" : ".bn2"));
    }
    return taps;
  }

  /** Activations in fp64 and their shape. */
  private record Activation(double[] value, int h, int w, int c) {}

  /**
   * torchvision's {@code ResNet.forward} as its names have it, never rounded to fp32; batch norms
   * are folded already.
   */
  private static Map<String, double[]> forward(Weights weights, Tensor image) {
    Map<String, double[]> all = new HashMap<>();
    double[] pixels = Bench.doubles(image.data());
    Activation x = new Activation(pixels, image.dim(1), image.dim(2), image.dim(3));
    x = relu(convolution(weights, "conv1", x, 2, 3), null);
    int[] shape = {x.h, x.w, x.c};
    double[] pooled = Reference.maxPool(x.value, shape, 3, 2, 1);
    x = new Activation(pooled, (x.h - 1) / 2 + 1, (x.w - 1) / 2 + 1, x.c);
    all.put("stem", x.value);
    for (int layer = 1; layer <= 3; layer++) {
      String name = "layer" + layer + ".";
      for (int b = 0; weights.has(name + b + ".conv1.weight"); b++) {
        x = block(weights, name + b + ".", x, layer > 1 && b == 0 ? 2 : 1, all);
      }
      all.put("layer" + layer, x.value);
    }
    return all;
  }

  private static Activation block(
      Weights weights, String name, Activation x, int stride, Map<String, double[]> all) {
    boolean bottleneck = weights.has(name + "conv3.weight");
    int padding = bottleneck ? 0 : 1;
    int first = bottleneck ? 1 : stride;
    Activation y = relu(convolution(weights, name + "conv1", x, first, padding), null);
    y = convolution(weights, name + "conv2", y, bottleneck ? stride : 1, 1);
    if (bottleneck) {
      y = convolution(weights, name + "conv3", relu(y, null), 1, 0);
    }
    all.put(name + (bottleneck ? "bn3" : "bn2"), y.value);
    boolean projected = weights.has(name + "downsample.0.weight");
    return relu(y, projected ? convolution(weights, name + "downsample.0", x, stride, 0) : x);
  }

  /** {@code max(0, x + shortcut)}. */
  private static Activation relu(Activation x, Activation shortcut) {
    double[] value = new double[x.value.length];
    for (int i = 0; i < value.length; i++) {
      value[i] = Math.max(0, x.value[i] + (shortcut == null ? 0 : shortcut.value[i]));
    }
    return new Activation(value, x.h, x.w, x.c);
  }

  /** With weights as torch has them, {@code [O, I, KH, KW]}. */
  private static Activation convolution(
      Weights weights, String name, Activation x, int stride, int padding) {
    Tensor weight = weights.tensors().get(name + ".weight");
    float[] bias = weights.tensors().get(name + ".bias").data();
    int k = weight.dim(2);
    int h = (x.h + 2 * padding - k) / stride + 1;
    int w = (x.w + 2 * padding - k) / stride + 1;
    int outputs = weight.dim(0);
    double[] value = new double[h * w * outputs];
    IntStream.range(0, outputs)
        .parallel()
        .forEach(
            o -> {
              float[] filter =
                  Arrays.copyOfRange(weight.data(), o * x.c * k * k, (o + 1) * x.c * k * k);
              for (int p = 0; p < h * w; p++) {
                int top = p / w * stride - padding;
                int left = p % w * stride - padding;
                value[p * outputs + o] = bias[o] + window(x, top, left, k, filter);
              }
            });
    return new Activation(value, h, w, outputs);
  }

  private static double window(Activation x, int top, int left, int k, float[] filter) {
    double sum = 0;
    for (int y = Math.max(0, -top); y < k && top + y < x.h; y++) {
      for (int z = Math.max(0, -left); z < k && left + z < x.w; z++) {
        int from = ((top + y) * x.w + left + z) * x.c;
        for (int i = 0; i < x.c; i++) {
          sum += x.value[from + i] * filter[(i * k + y) * k + z];
        }
      }
    }
    return sum;
  }

  private static void others(Bench bench) {
    Tensor image = Bench.random(new Random(22), 1, 224, 224, 3);
    for (BackboneReference other : ServiceLoader.load(BackboneReference.class)) {
      Map<String, Tensor> wanted = other.features(bench.weights(), image, LAYERS);
      if (wanted.isEmpty()) {
        continue;
      }
      Network network = ResNet.network(bench.weights(), LAYERS);
      for (Bench.Candidate candidate : bench.candidates()) {
        Map<String, Tensor> features = candidate.engine().prepare(network).run(image);
        for (String tap : LAYERS) {
          bench.compare(
              candidate.name(),
              "224x224 image to " + tap,
              other.name(),
              "1e-5 of the maximum",
              Bench.doubles(features.get(tap).data()),
              Expected.withinFractionOfMaximum(Bench.doubles(wanted.get(tap).data()), BOUND));
        }
      }
    }
  }
}
