package kintsugi.backbone;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.InputException;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/**
 * Residual networks as lists of layers: He, Zhang, Ren, Sun, <i>Deep Residual Learning for Image
 * Recognition</i>, 2015, Table 1, and Zagoruyko, Komodakis, <i>Wide Residual Networks</i>, 2016;
 * with the batch norms folded into the convolutions. The weights determine the architecture.
 * ResNet-18, with torchvision's names next to the paper's:
 *
 * <pre>
 * stem     conv1     7x7, 64, stride 2; 3x3 max pool, stride 2
 * layer1   conv2_x   [3x3, 64;  3x3, 64 ] x 2
 * layer2   conv3_x   [3x3, 128; 3x3, 128] x 2, the first convolution with stride 2
 * layer3   conv4_x   [3x3, 256; 3x3, 256] x 2, the first convolution with stride 2
 * layer4   conv5_x   [3x3, 512; 3x3, 512] x 2, the first convolution with stride 2
 * fc                 global average pool; 1000-d fully connected
 * </pre>
 *
 * <p>Taps by torchvision's names: {@code stem}; {@code layerN}, after the last block's ReLU; the
 * last block's last batch norm, before the residual is added ({@code layerN.1.bn2} in ResNet-18);
 * {@code fc}. A stage N is torchvision's {@code layerN}, so that a layer is always one {@link
 * Layer} of the network.
 */
public final class ResNet {
  private static final int STAGES = 4;
  private static final int STEM_CHANNELS = 64;
  private static final int CLASSES = 1000;

  private final Weights weights;
  private final Architecture architecture;
  private final Collection<String> taps;
  private final List<Layer> layers = new ArrayList<>();

  private ResNet(Weights weights, Collection<String> taps) {
    this.weights = weights;
    this.architecture = Architecture.of(weights);
    this.taps = taps;
  }

  /**
   * {@return the network up to its last tap}
   *
   * @param weights the weights
   * @param taps the names of the feature layers to hand out
   * @throws InputException if a tap is unknown or the weights do not hold what it needs
   */
  public static Network network(Weights weights, Collection<String> taps) {
    ResNet net = new ResNet(weights, taps);
    int last = taps.stream().mapToInt(net.architecture::stage).max().orElse(0);
    net.stem();
    for (int stage = 1; stage <= Math.min(last, STAGES); stage++) {
      net.stage(stage);
    }
    if (last > STAGES) {
      net.classifier();
    }
    return new Network(net.layers, List.copyOf(taps));
  }

  /**
   * {@return the name of the weights' network, for example {@code ResNet-18}}
   *
   * @param weights the weights
   */
  public static String name(Weights weights) {
    return Architecture.of(weights).name();
  }

  private void stem() {
    Filter conv1 = filter("conv1", 3, STEM_CHANNELS, 7);
    layers.add(new Layer.Convolution("conv1", Network.INPUT, null, conv1, 2, 3, true));
    layers.add(new Layer.MaxPool("stem", "conv1", 3, 2, 1));
  }

  /**
   * {@return the tap of a stage before its last residual is added}
   *
   * @param weights of a network
   * @param stage from 1 to 4
   */
  public static String beforeResidual(Weights weights, int stage) {
    return Architecture.of(weights).lastNorm(stage);
  }

  /** One row of Table 1: the blocks of a stage, one after the other. */
  private void stage(int stage) {
    String in = stage == 1 ? "stem" : "layer" + (stage - 1);
    int inputs = stage == 1 ? STEM_CHANNELS : architecture.outputs(stage - 1);
    int count = architecture.count(stage);
    for (int index = 0; index < count; index++) {
      String out = index == count - 1 ? "layer" + stage : "layer" + stage + "." + index;
      block(stage, index, in, inputs, out);
      in = out;
      inputs = architecture.outputs(stage);
    }
  }

  /**
   * {@code out = relu(F(in) + shortcut(in))} where {@code F} is two convolutions of 3x3, or one of
   * 1x1, one of 3x3 and one of 1x1; each except the last with a ReLU. The 3x3 has the stride, as in
   * torchvision.
   */
  private void block(int stage, int index, String in, int inputs, String out) {
    String name = "layer" + stage + "." + index;
    int outputs = architecture.outputs(stage);
    int inner = architecture.inner(stage);
    int stride = stage > 1 && index == 0 ? 2 : 1;
    String shortcut = in;
    if (stride != 1 || inputs != outputs) {
      shortcut = name + ".downsample";
      Filter project = filter(name + ".downsample.0", inputs, outputs, 1);
      layers.add(new Layer.Convolution(shortcut, in, null, project, stride, 0, false));
    }
    String before = name + ".conv1";
    if (architecture.bottleneck()) {
      Filter conv1 = filter(before, inputs, inner, 1);
      layers.add(new Layer.Convolution(before, in, null, conv1, 1, 0, true));
      Filter conv2 = filter(name + ".conv2", inner, inner, 3);
      layers.add(new Layer.Convolution(name + ".conv2", before, null, conv2, stride, 1, true));
      last(
          name + ".bn3",
          filter(name + ".conv3", inner, outputs, 1),
          name + ".conv2",
          shortcut,
          out);
    } else {
      Filter conv1 = filter(before, inputs, outputs, 3);
      layers.add(new Layer.Convolution(before, in, null, conv1, stride, 1, true));
      last(name + ".bn2", filter(name + ".conv2", outputs, outputs, 3), before, shortcut, out);
    }
  }

  /** The last convolution and the sum: one layer, unless the value before the sum is a tap. */
  private void last(String norm, Filter filter, String in, String shortcut, String out) {
    int padding = filter.height() / 2;
    if (taps.contains(norm)) {
      layers.add(new Layer.Convolution(norm, in, null, filter, 1, padding, false));
      layers.add(new Layer.AddRelu(out, norm, shortcut));
    } else {
      layers.add(new Layer.Convolution(out, in, shortcut, filter, 1, padding, true));
    }
  }

  /** The average pool and the fully connected layer, which is a 1x1 convolution on one position. */
  private void classifier() {
    int features = architecture.outputs(STAGES);
    Tensor weight = weights.require("fc.weight", CLASSES, features);
    Tensor bias = weights.require("fc.bias", CLASSES);
    Filter fc = Filter.ofTorch(weight.reshape(CLASSES, features, 1, 1), bias);
    layers.add(new Layer.GlobalAverage("average", "layer" + STAGES));
    layers.add(new Layer.Convolution("fc", "average", null, fc, 1, 0, false));
  }

  private static int channels(int stage) {
    return STEM_CHANNELS << (stage - 1);
  }

  private Filter filter(String name, int inputs, int outputs, int size) {
    Tensor weight = weights.require(name + ".weight", outputs, inputs, size, size);
    return Filter.ofTorch(weight, weights.require(name + ".bias", outputs));
  }

  /**
   * Random weights for ResNet-18, for demonstrations without a checkpoint: normal with variance
   * {@code 2 / fan-in} (He initialisation), in the second convolution of each block a quarter of
   * that so that sums do not grow from block to block. They show how the methods work but do not
   * find real defects.
   *
   * @param seed fixes every draw
   * @return the weights, with {@code random:seed} as fingerprint
   */
  public static Weights randomWeights(long seed) {
    Random random = new Random(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    random(tensors, random, "conv1", 1, STEM_CHANNELS, 3, 7, 7);
    for (int stage = 1; stage <= STAGES; stage++) {
      int outputs = channels(stage);
      int inputs = stage == 1 ? outputs : outputs / 2;
      String name = "layer" + stage;
      random(tensors, random, name + ".0.conv1", 1, outputs, inputs, 3, 3);
      random(tensors, random, name + ".0.conv2", 0.5, outputs, outputs, 3, 3);
      if (stage > 1) {
        random(tensors, random, name + ".0.downsample.0", 1, outputs, inputs, 1, 1);
      }
      random(tensors, random, name + ".1.conv1", 1, outputs, outputs, 3, 3);
      random(tensors, random, name + ".1.conv2", 0.5, outputs, outputs, 3, 3);
    }
    random(tensors, random, "fc", 1, CLASSES, channels(STAGES));
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
