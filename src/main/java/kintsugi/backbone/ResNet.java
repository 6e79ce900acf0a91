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
 * Residual networks: He, Zhang, Ren, Sun, <i>Deep Residual Learning for Image Recognition</i>,
 * Table 1, and Zagoruyko, Komodakis, <i>Wide Residual Networks</i>; with batch norm folded into the
 * convolutions. Which one it is, the weights show. ResNet-18:
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
 * <p>Taps by torchvision's names: {@code stem}, {@code layerN} (after the last block's ReLU), the
 * last block's last batch norm, before the residual is added ({@code layerN.1.bn2} in ResNet-18),
 * {@code fc}.
 */
public final class ResNet {
  private static final int LAYERS = 4;
  private static final int STEM_CHANNELS = 64;
  private static final int CLASSES = 1000;

  private final Weights weights;
  private final Architecture architecture;
  private final Collection<String> taps;
  private final List<Step> steps = new ArrayList<>();

  private ResNet(Weights weights, Collection<String> taps) {
    this.weights = weights;
    this.architecture = Architecture.of(weights);
    this.taps = taps;
  }

  /**
   * {@return the steps that lead to the taps}
   *
   * @param weights the weights
   * @param taps the names of what to hand out
   * @throws InputException if a tap is unknown or the weights do not hold what it needs
   */
  public static Network network(Weights weights, Collection<String> taps) {
    ResNet net = new ResNet(weights, taps);
    int last = taps.stream().mapToInt(net.architecture::layer).max().orElse(0);
    net.stem();
    String from = "stem";
    int channels = STEM_CHANNELS;
    for (int layer = 1; layer <= Math.min(last, LAYERS); layer++) {
      int count = net.architecture.count(layer);
      for (int index = 0; index < count; index++) {
        String out = index == count - 1 ? "layer" + layer : "layer" + layer + "." + index;
        net.block(layer, index, from, channels, out);
        from = out;
        channels = net.architecture.outputs(layer);
      }
    }
    if (last > LAYERS) {
      net.classifier();
    }
    return new Network(net.steps, List.copyOf(taps));
  }

  /**
   * {@return the name of the network that weights belong to, {@code ResNet-18} for instance}
   *
   * @param weights the weights
   */
  public static String name(Weights weights) {
    return Architecture.of(weights).name();
  }

  private void stem() {
    Filter conv1 = filter("conv1", 3, STEM_CHANNELS, 7);
    steps.add(new Step.Convolution("conv1", Network.INPUT, null, conv1, 2, 3, true));
    steps.add(new Step.MaxPool("stem", "conv1", 3, 2, 1));
  }

  /**
   * {@code out = relu(F(in) + shortcut(in))} where {@code F} is two convolutions of 3x3, or one of
   * 1x1, one of 3x3 and one of 1x1; each but the last with a ReLU. The 3x3 has the stride, as
   * torchvision has it.
   */
  private void block(int layer, int index, String in, int inputs, String out) {
    String name = "layer" + layer + "." + index;
    int outputs = architecture.outputs(layer);
    int inner = architecture.inner(layer);
    int stride = layer > 1 && index == 0 ? 2 : 1;
    String shortcut = in;
    if (stride != 1 || inputs != outputs) {
      shortcut = name + ".downsample";
      Filter project = filter(name + ".downsample.0", inputs, outputs, 1);
      steps.add(new Step.Convolution(shortcut, in, null, project, stride, 0, false));
    }
    String before = name + ".conv1";
    if (architecture.bottleneck()) {
      Filter conv1 = filter(before, inputs, inner, 1);
      steps.add(new Step.Convolution(before, in, null, conv1, 1, 0, true));
      Filter conv2 = filter(name + ".conv2", inner, inner, 3);
      steps.add(new Step.Convolution(name + ".conv2", before, null, conv2, stride, 1, true));
      last(
          name + ".bn3",
          filter(name + ".conv3", inner, outputs, 1),
          name + ".conv2",
          shortcut,
          out);
    } else {
      Filter conv1 = filter(before, inputs, outputs, 3);
      steps.add(new Step.Convolution(before, in, null, conv1, stride, 1, true));
      last(name + ".bn2", filter(name + ".conv2", outputs, outputs, 3), before, shortcut, out);
    }
  }

  /** The last convolution and the sum: in one step, unless what lies between is wanted. */
  private void last(String norm, Filter filter, String in, String shortcut, String out) {
    int padding = filter.height() / 2;
    if (taps.contains(norm)) {
      steps.add(new Step.Convolution(norm, in, null, filter, 1, padding, false));
      steps.add(new Step.AddRelu(out, norm, shortcut));
    } else {
      steps.add(new Step.Convolution(out, in, shortcut, filter, 1, padding, true));
    }
  }

  /** A fully connected layer is a convolution of 1x1 on one position. */
  private void classifier() {
    int features = architecture.outputs(LAYERS);
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
   * ResNet-18's weights for whoever has no others: normal with variance {@code 2 / fan-in} (He
   * initialisation), the second of each block a quarter of that so that sums do not grow from block
   * to block. Enough to show the way of the data, not to find a real defect.
   *
   * @param seed fixes every draw
   * @return the weights, whose fingerprint says that they are random
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
