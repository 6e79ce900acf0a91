package kintsugi.lesson;

import java.util.List;
import kintsugi.Kintsugi;

/** The page on the Gaussian of one position: every training patch there, and what is compared. */
final class GaussianTopic {
  private GaussianTopic() {}

  /**
   * The numbers.
   *
   * @param recipe that was fitted
   * @param epsilon of that recipe
   * @param rows of the patch grid
   * @param columns of the patch grid
   * @param start the index of the position to begin with
   * @param positions that can be chosen
   * @param channels the names of an embedding's elements
   * @param train {@code [positions, N, D]}
   * @param normal {@code [positions, D]} of the normal image that was not learnt from
   * @param test {@code [positions, D]} of the image in question
   */
  record Numbers(
      String recipe,
      double epsilon,
      int rows,
      int columns,
      int start,
      List<PadimFitted.Place> positions,
      List<String> channels,
      byte[] train,
      byte[] normal,
      byte[] test) {}

  static Playable of(Kintsugi kintsugi, LessonImages images, long seed) {
    PadimFitted padim = PadimFitted.of(kintsugi, images, seed);
    List<float[]> learnt = padim.patches(images.train());
    List<String> channels = padim.channels();
    int d = channels.size();
    int count = learnt.size();
    float[] train = new float[padim.positions().length * count * d];
    for (int p = 0; p < padim.positions().length; p++) {
      for (int n = 0; n < count; n++) {
        System.arraycopy(learnt.get(n), p * d, train, (p * count + n) * d, d);
      }
    }
    Numbers numbers =
        new Numbers(
            PadimFitted.RECIPE.name(),
            PadimFitted.RECIPE.covariance().epsilon(),
            padim.rows(),
            padim.columns(),
            padim.start(),
            padim.places(),
            channels,
            Playable.packed(train),
            Playable.packed(padim.patches(padim.normal())),
            Playable.packed(padim.patches(padim.test())));
    return padim.playable(numbers, images);
  }
}
