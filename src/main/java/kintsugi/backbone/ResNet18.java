package kintsugi.backbone;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.InputException;
import kintsugi.engine.Filter;
import kintsugi.engine.Network;
import kintsugi.engine.Step;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/**
 * ResNet-18: He, Zhang, Ren, Sun, <i>Deep Residual Learning for Image Recognition</i>, Table 1,
 * with batch norm folded into the convolutions.
 *
 * <pre>
 * stem     7x7, 64, stride 2; 3x3 max-pool, stride 2
 * layer1   two blocks of 3x3, 64
 * layer2   two blocks of 3x3, 128, the first with stride 2
 * layer3   two blocks of 3x3, 256, the first with stride 2
 * layer4   two blocks of 3x3, 512, the first with stride 2
 * fc       mean over all positions; 512 to 1000
 * </pre>
 *
 * <p>Taps by torchvision's names: {@code stem}, {@code layerN} (after the last block's ReLU),
 * {@code layerN.1.bn2} (its second batch norm, before the residual is added), {@code fc}.
 */
public final class ResNet18 {
  private static final int LAYERS = 4;
  private static final int STEM_CHANNELS = 64;
  private static final int CLASSES = 1000;

  private final Weights weights;
  private final Collection<String> taps;
  private final List<Step> steps = new ArrayList<>();

  private ResNet18(Weights weights, Collection<String> taps) {
    this.weights = weights;
    this.taps = taps;
  }

  /**
   * The steps that lead to the taps.
   *
   * @throws InputException if a tap is unknown or the weights do not hold what it needs
   */
  public static Network network(Weights weights, Collection<String> taps) {
    taps.forEach(ResNet18::requireTap);
    int last = taps.stream().mapToInt(ResNet18::layer).max().orElse(0);
    ResNet18 net = new ResNet18(weights, taps);
    net.stem();
    String from = "stem";
    for (int layer = 1; layer <= Math.min(last, LAYERS); layer++) {
      net.block(layer, 0, from, "layer" + layer + ".0");
      net.block(layer, 1, "layer" + layer + ".0", "layer" + layer);
      from = "layer" + layer;
    }
    if (last > LAYERS) {
      net.classifier();
    }
    return new Network(net.steps, List.copyOf(taps));
  }

  private static void requireTap(String tap) {
    if (!tap.matches("stem|fc|layer[1-4](\\.1\\.bn2)?")) {
      throw new InputException(
          tap
              + ": ResNet-18 has no such tap; there are stem, layer1 to layer4, layer1.1.bn2 to"
              + " layer4.1.bn2, and fc");
    }
  }

  private static int layer(String tap) {
    return switch (tap) {
      case "stem" -> 0;
      case "fc" -> LAYERS + 1;
      default -> tap.charAt("layer".length()) - '0';
    };
  }

  private void stem() {
    Filter conv1 = filter("conv1", 3, STEM_CHANNELS, 7);
    steps.add(new Step.Convolution("conv1", Network.INPUT, null, conv1, 2, 3, true));
    steps.add(new Step.MaxPool("stem", "conv1", 3, 2, 1));
  }

  /** {@code out = relu(conv2(relu(conv1(in))) + shortcut(in))}. */
  private void block(int layer, int index, String in, String out) {
    String name = "layer" + layer + "." + index;
    boolean widens = layer > 1 && index == 0;
    int outputs = channels(layer);
    int inputs = widens ? outputs / 2 : outputs;
    int stride = widens ? 2 : 1;
    String shortcut = in;
    if (widens) {
      shortcut = name + ".downsample";
      Filter project = filter(name + ".downsample.0", inputs, outputs, 1);
      steps.add(new Step.Convolution(shortcut, in, null, project, stride, 0, false));
    }
    String inner = name + ".conv1";
    Filter conv1 = filter(inner, inputs, outputs, 3);
    Filter conv2 = filter(name + ".conv2", outputs, outputs, 3);
    steps.add(new Step.Convolution(inner, in, null, conv1, stride, 1, true));
    String bn2 = name + ".bn2";
    if (taps.contains(bn2)) {
      steps.add(new Step.Convolution(bn2, inner, null, conv2, 1, 1, false));
      steps.add(new Step.AddRelu(out, bn2, shortcut));
    } else {
      steps.add(new Step.Convolution(out, inner, shortcut, conv2, 1, 1, true));
    }
  }

  /** A fully connected layer is a convolution of 1x1 on one position. */
  private void classifier() {
    int features = channels(LAYERS);
    Tensor weight = weights.require("fc.weight", CLASSES, features);
    Tensor bias = weights.require("fc.bias", CLASSES);
    Filter fc = Filter.ofTorch(weight.reshape(CLASSES, features, 1, 1), bias);
    steps.add(new Step.GlobalAverage("average", "layer" + LAYERS));
    steps.add(new Step.Convolution("fc", "average", null, fc, 1, 0, false));
  }

  private static int channels(int layer) {
    return STEM_CHANNELS << (layer - 1);
  }

  private Filter filter(String name, int inputs, int outputs, int size) {
    Tensor weight = weights.require(name + ".weight", outputs, inputs, size, size);
    return Filter.ofTorch(weight, weights.require(name + ".bias", outputs));
  }

  /**
   * Weights for whoever has no others: normal with variance {@code 2 / fan-in} (He initialisation),
   * the second of each block a quarter of that so that sums do not grow from block to block. Enough
   * to show the way of the data, not to find a real defect.
   */
  public static Weights randomWeights(long seed) {
    Random random = new Random(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    random(tensors, random, "conv1", 1, STEM_CHANNELS, 3, 7, 7);
    for (int layer = 1; layer <= LAYERS; layer++) {
      int outputs = channels(layer);
      int inputs = layer == 1 ? outputs : outputs / 2;
      String name = "layer" + layer;
      random(tensors, random, name + ".0.conv1", 1, outputs, inputs, 3, 3);
      random(tensors, random, name + ".0.conv2", 0.5, outputs, outputs, 3, 3);
      if (layer > 1) {
        random(tensors, random, name + ".0.downsample.0", 1, outputs, inputs, 1, 1);
      }
      random(tensors, random, name + ".1.conv1", 1, outputs, outputs, 3, 3);
      random(tensors, random, name + ".1.conv2", 0.5, outputs, outputs, 3, 3);
    }
    random(tensors, random, "fc", 1, CLASSES, channels(LAYERS));
    return new Weights("random weights", "random:" + seed, tensors);
  }

  private static void random(
      Map<String, Tensor> tensors, Random random, String name, double gain, int... shape) {
    Tensor weight = Tensor.zeros(shape);
    double deviation = gain * Math.sqrt(2.0 * shape[0] / weight.size());
    for (int i = 0; i < weight.size(); i++) {
      weight.data()[i] = (float) (random.nextGaussian() * deviation);
    }
    tensors.put(name + ".weight", weight);
    tensors.put(name + ".bias", Tensor.zeros(shape[0]));
  }
}
