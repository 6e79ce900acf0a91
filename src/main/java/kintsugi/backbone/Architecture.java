package kintsugi.backbone;

import kintsugi.InputException;
import kintsugi.weights.Weights;

/**
 * Which residual network some weights belong to: how many blocks each layer has and of which kind.
 *
 * @param bottleneck whether a block is 1x1, 3x3, 1x1 in place of twice 3x3
 * @param widening how many times as wide as in ResNet a bottleneck's 3x3 is
 * @param blocks of layers 1 to 4; 0 where the weights do not reach so far
 */
record Architecture(boolean bottleneck, int widening, int[] blocks) {
  private static final int PLANES = 64;

  /** A bottleneck hands on so many times its planes. */
  private static final int EXPANSION = 4;

  /** The architecture that the names of the tensors show. */
  static Architecture of(Weights weights) {
    int[] blocks = new int[4];
    for (String name : weights.tensors().keySet()) {
      if (name.matches("layer[1-4]\\.\\d{1,3}\\..*")) {
        int layer = name.charAt(5) - '1';
        int index = Integer.parseInt(name.substring(7, name.indexOf('.', 7)));
        blocks[layer] = Math.max(blocks[layer], index + 1);
      }
    }
    boolean bottleneck = weights.has("layer1.0.conv3.weight");
    int widening = 1;
    if (bottleneck && weights.has("layer1.0.conv1.weight")) {
      widening = Math.max(1, weights.tensors().get("layer1.0.conv1.weight").dim(0) / PLANES);
    }
    return new Architecture(bottleneck, widening, blocks);
  }

  /** Channels that a layer hands on. */
  int outputs(int layer) {
    return planes(layer) * (bottleneck ? EXPANSION : 1);
  }

  /** Channels within a layer's blocks. */
  int inner(int layer) {
    return planes(layer) * widening;
  }

  private static int planes(int layer) {
    return PLANES << (layer - 1);
  }

  /**
   * Blocks of a layer. Where the weights end before it, those of the usual networks: two, or three
   * in layer 4 of the larger ones.
   */
  int count(int layer) {
    if (blocks[layer - 1] > 0) {
      return blocks[layer - 1];
    }
    return layer == 4 && blocks[2] > 2 ? 3 : 2;
  }

  /** The name of a layer's last batch norm, before the residual is added. */
  String lastNorm(int layer) {
    return "layer" + layer + "." + (count(layer) - 1) + (bottleneck ? ".bn3" : ".bn2");
  }

  /**
   * The layer of a tap, 0 for the stem and 5 for the classifier.
   *
   * @throws InputException if there is no such tap
   */
  int layer(String tap) {
    if (tap.equals("stem") || tap.equals("fc")) {
      return tap.equals("stem") ? 0 : 5;
    }
    for (int layer = 1; layer <= 4; layer++) {
      if (tap.equals("layer" + layer) || tap.equals(lastNorm(layer))) {
        return layer;
      }
    }
    throw new InputException(
        tap
            + ": "
            + name()
            + " has no such tap; there are stem, layer1 to layer4, "
            + lastNorm(1)
            + ", "
            + lastNorm(2)
            + ", "
            + lastNorm(3)
            + ", "
            + lastNorm(4)
            + ", and fc");
  }

  /** {@code ResNet-18}, {@code ResNet-34}, {@code WideResNet-50-2} and so on. */
  String name() {
    int convolutions = 2;
    for (int layer = 1; layer <= 4; layer++) {
      convolutions += count(layer) * (bottleneck ? 3 : 2);
    }
    return widening == 1 ? "ResNet-" + convolutions : "WideResNet-" + convolutions + "-" + widening;
  }
}
