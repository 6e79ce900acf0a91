package kintsugi.backbone;

import kintsugi.InputException;
import kintsugi.weights.Weights;

/**
 * The architecture of a residual network, recognised by its weights: the kind of its blocks and
 * their count per stage. Stages 1 to 4 are torchvision's {@code layer1} to {@code layer4}, the
 * paper's conv2_x to conv5_x.
 *
 * @param bottleneck whether a block is 1x1, 3x3, 1x1 instead of two 3x3
 * @param widening the factor of a bottleneck's 3x3 channels over those of the plain ResNet
 * @param blocks the count of blocks of stages 1 to 4; 0 for a stage without weights
 */
record Architecture(boolean bottleneck, int widening, int[] blocks) {
  private static final int PLANES = 64;

  /** The output channels of a bottleneck over its planes. */
  private static final int EXPANSION = 4;

  /** The architecture that the names of the tensors show. */
  static Architecture of(Weights weights) {
    int[] blocks = new int[4];
    for (String name : weights.tensors().keySet()) {
      if (name.matches("layer[1-4]\\.\\d{1,3}\\..*")) {
        int stage = name.charAt(5) - '1';
        int index = Integer.parseInt(name.substring(7, name.indexOf('.', 7)));
        blocks[stage] = Math.max(blocks[stage], index + 1);
      }
    }
    boolean bottleneck = weights.has("layer1.0.conv3.weight");
    int widening = 1;
    if (bottleneck && weights.has("layer1.0.conv1.weight")) {
      widening = Math.max(1, weights.tensors().get("layer1.0.conv1.weight").dim(0) / PLANES);
    }
    return new Architecture(bottleneck, widening, blocks);
  }

  /** The output channels of a stage. */
  int outputs(int stage) {
    return planes(stage) * (bottleneck ? EXPANSION : 1);
  }

  /** The channels inside a stage's blocks. */
  int inner(int stage) {
    return planes(stage) * widening;
  }

  private static int planes(int stage) {
    return PLANES << (stage - 1);
  }

  /**
   * The count of a stage's blocks. For a stage without weights that of the published networks: two,
   * or three in stage 4 of the larger ones.
   */
  int count(int stage) {
    if (blocks[stage - 1] > 0) {
      return blocks[stage - 1];
    }
    return stage == 4 && blocks[2] > 2 ? 3 : 2;
  }

  /** The name of a stage's last batch norm, before the residual is added. */
  String lastNorm(int stage) {
    return "layer" + stage + "." + (count(stage) - 1) + (bottleneck ? ".bn3" : ".bn2");
  }

  /**
   * The stage of a tap, 0 for the stem and 5 for the classifier.
   *
   * @throws InputException if there is no such tap
   */
  int stage(String tap) {
    if (tap.equals("stem") || tap.equals("fc")) {
      return tap.equals("stem") ? 0 : 5;
    }
    for (int stage = 1; stage <= 4; stage++) {
      if (tap.equals("layer" + stage) || tap.equals(lastNorm(stage))) {
        return stage;
      }
    }
    throw new InputException(
        tap
            + ": "
            + name()
            + " has no such tap; choose among stem, layer1 to layer4, "
            + lastNorm(1)
            + ", "
            + lastNorm(2)
            + ", "
            + lastNorm(3)
            + ", "
            + lastNorm(4)
            + " and fc (taps)");
  }

  /** {@code ResNet-18}, {@code ResNet-34}, {@code WideResNet-50-2} and so on. */
  String name() {
    int convolutions = 2;
    for (int stage = 1; stage <= 4; stage++) {
      convolutions += count(stage) * (bottleneck ? 3 : 2);
    }
    return widening == 1 ? "ResNet-" + convolutions : "WideResNet-" + convolutions + "-" + widening;
  }
}
