package kintsugi.lesson;

import java.util.Arrays;
import java.util.List;
import kintsugi.Kintsugi;
import kintsugi.engine.PreparedGaussians;
import kintsugi.padim.PadimDetector;

/** The page on the Mahalanobis distance by forward substitution: a model's means and factors. */
final class MahalanobisTopic {
  private MahalanobisTopic() {}

  /**
   * The numbers.
   *
   * @param recipe that was fitted
   * @param rows of the patch grid
   * @param columns of the patch grid
   * @param start the index of the position to begin with
   * @param positions that can be chosen
   * @param channels the names of an embedding's elements
   * @param mean {@code [positions, D]}
   * @param factor {@code [positions, D·(D+1)/2]}, lower triangles row by row
   * @param normal {@code [positions, D]} of the normal image that was not learnt from
   * @param test {@code [positions, D]} of the image in question
   */
  record Numbers(
      String recipe,
      int rows,
      int columns,
      int start,
      List<PadimFitted.Place> positions,
      List<String> channels,
      byte[] mean,
      byte[] factor,
      byte[] normal,
      byte[] test) {}

  static Playable of(Kintsugi kintsugi, LessonImages images, long seed) {
    PadimFitted padim = PadimFitted.of(kintsugi, images, seed);
    PreparedGaussians gaussians = ((PadimDetector) padim.detector()).gaussians();
    float[][] means =
        Arrays.stream(padim.positions()).mapToObj(gaussians::mean).toArray(float[][]::new);
    float[][] factors =
        Arrays.stream(padim.positions()).mapToObj(gaussians::factor).toArray(float[][]::new);
    Numbers numbers =
        new Numbers(
            PadimFitted.RECIPE.name(),
            padim.rows(),
            padim.columns(),
            padim.start(),
            padim.places(),
            padim.channels(),
            Playable.packed(joined(means)),
            Playable.packed(joined(factors)),
            Playable.packed(padim.patches(padim.normal())),
            Playable.packed(padim.patches(padim.test())));
    return padim.playable(numbers, images);
  }

  private static float[] joined(float[][] parts) {
    int length = parts[0].length;
    float[] all = new float[parts.length * length];
    for (int i = 0; i < parts.length; i++) {
      System.arraycopy(parts[i], 0, all, i * length, length);
    }
    return all;
  }
}
