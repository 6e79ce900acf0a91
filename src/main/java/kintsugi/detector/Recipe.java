package kintsugi.detector;

import java.util.List;
import java.util.Random;
import kintsugi.image.Interpolation;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;

/**
 * The choices in which published versions of a method differ.
 *
 * @param name {@code algorithm/version}
 * @param preprocessing from picture to input
 * @param taps the layers, finest first
 * @param channels how many of the layers' channels are kept
 * @param replacement whether the channels are drawn with replacement
 * @param epsilon what is added to the covariance's diagonal
 * @param blurSigma standard deviation of the score map's blur, in pixels
 */
public record Recipe(
    String name,
    Preprocessing preprocessing,
    List<String> taps,
    int channels,
    boolean replacement,
    double epsilon,
    double blurSigma) {

  /** The published MATLAB example on concrete cracks: taps before the residual is added. */
  public static final Recipe PADIM_MATLAB =
      new Recipe(
          "padim/matlab",
          new Preprocessing(new TargetSize.Exact(256, 256), Interpolation.BILINEAR, 224, 224),
          List.of("layer1.1.bn2", "layer2.1.bn2", "layer3.1.bn2"),
          100,
          true,
          0.01,
          4);

  /**
   * A recipe by its name, or an algorithm's default by the algorithm's.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Recipe named(String name) {
    return switch (name) {
      case "padim", "padim/matlab" -> PADIM_MATLAB;
      default -> throw new IllegalArgumentException(name + " is no recipe; there is padim/matlab");
    };
  }

  /** The part of the name before the slash. */
  public String algorithm() {
    return name.substring(0, name.indexOf('/'));
  }

  /**
   * Draws this recipe's channels out of {@code available} ones; a seed fixes the draw.
   *
   * @throws IllegalArgumentException if more are wanted than there are, without replacement
   */
  public int[] drawChannels(int available, long seed) {
    if (!replacement && channels > available) {
      throw new IllegalArgumentException(
          "of " + available + " channels " + channels + " cannot be drawn without replacement");
    }
    Random random = new Random(seed);
    if (replacement) {
      return random.ints(channels, 0, available).toArray();
    }
    return random.ints(0, available).distinct().limit(channels).sorted().toArray();
  }
}
