package kintsugi.examples.ladder;

import java.util.Locale;
import java.util.Random;

/**
 * What the steps share: the layer (56x56, 64 channels in and out, 3x3, stride 1, padding 1, as four
 * times in ResNet-18's layer 1), its numbers, and the report of a step next to the one before.
 */
public final class Ladder {
  /** Rows and columns. */
  public static final int SIDE = 56;

  /** Channels in, and channels out. */
  public static final int CHANNELS = 64;

  /** Rows and columns with the padding. */
  public static final int PADDED = SIDE + 2;

  /** Operations of the convolution as it is defined, a product and a sum each time. */
  public static final double FLOPS = 2.0 * SIDE * SIDE * CHANNELS * CHANNELS * 9;

  /** How many steps there are. */
  public static final int STEPS = 8;

  private static final double NANOSECONDS = 1e9;

  private Ladder() {}

  /** One step, made of weights {@code [3, 3, I, O]} and a bias, which it may lay out. */
  public interface Step {
    /**
     * Convolves.
     *
     * @param image {@code [H, W, C]}, or {@code [C, H, W]} for the first two
     * @return the result in the same order
     */
    float[] convolve(float[] image);
  }

  /**
   * {@return a step}
   *
   * @param number from 1 to 8
   */
  public static Step step(int number) {
    float[] weight = weight();
    float[] bias = bias();
    return switch (number) {
      case 1 -> new Step1SevenLoops(weight, bias);
      case 2 -> new Step2Padded(weight, bias);
      case 3 -> new Step3ChannelsLast(weight, bias);
      case 4 -> new Step4OutputsInside(weight, bias);
      case 5 -> new Step5Registers(weight, bias);
      case 6 -> new Step6Tile(weight, bias);
      case 7 -> new Step7Packed(weight, bias);
      case 8 -> new Step8Winograd(weight, bias);
      default -> throw new IllegalArgumentException("there are steps 1 to " + STEPS);
    };
  }

  /** {@return the weights, {@code [3, 3, I, O]}} */
  public static float[] weight() {
    return random(1, 9 * CHANNELS * CHANNELS);
  }

  /** {@return the bias} */
  public static float[] bias() {
    return random(2, CHANNELS);
  }

  /**
   * {@return the image in a step's order}
   *
   * @param number of the step
   */
  public static float[] image(int number) {
    float[] image = random(3, SIDE * SIDE * CHANNELS);
    return number <= 2 ? transposed(image, SIDE * SIDE, CHANNELS) : image;
  }

  /**
   * {@return a step's result with the channels last}
   *
   * @param number of the step
   */
  public static float[] result(int number) {
    float[] result = step(number).convolve(image(number));
    return number <= 2 ? transposed(result, CHANNELS, SIDE * SIDE) : result;
  }

  /**
   * Prints a step's speed and its largest difference from the step before.
   *
   * @param number of the step
   */
  public static void report(int number) {
    Step step = step(number);
    float[] image = image(number);
    double best = Double.MAX_VALUE;
    long end = System.nanoTime() + 3_000_000_000L;
    while (System.nanoTime() < end) {
      long start = System.nanoTime();
      step.convolve(image);
      best = Math.min(best, (System.nanoTime() - start) / NANOSECONDS);
    }
    double difference = number == 1 ? 0 : difference(result(number - 1), result(number));
    System.out.printf(
        Locale.ROOT,
        "step %d: %.2f ms, %.1f GFLOP/s, largest difference from the step before %.1e%n",
        number,
        1e3 * best,
        FLOPS / best / NANOSECONDS,
        difference);
  }

  /**
   * {@return the largest difference of two results}
   *
   * @param a values
   * @param b as many
   */
  public static double difference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }

  /** A frame of zeros around an image with the channels last. */
  static float[] padded(float[] image) {
    float[] padded = new float[PADDED * PADDED * CHANNELS];
    int row = SIDE * CHANNELS;
    for (int y = 0; y < SIDE; y++) {
      System.arraycopy(image, y * row, padded, ((y + 1) * PADDED + 1) * CHANNELS, row);
    }
    return padded;
  }

  /** Rows and columns exchanged. */
  static float[] transposed(float[] matrix, int rows, int columns) {
    float[] turned = new float[matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      turned[i % columns * rows + i / columns] = matrix[i];
    }
    return turned;
  }

  private static float[] random(int seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }
}
