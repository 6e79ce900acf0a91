package kintsugi.lesson;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Scored;
import kintsugi.image.ImageSource;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Resize;
import kintsugi.padim.PadimRecipe;

/** The page on the threshold: scores of normal images that were held out, and of anomalous ones. */
final class ThresholdTopic {
  private static final PadimRecipe RECIPE = PadimRecipe.PAPER;

  /** Pixels of an image's side on the page, which shows all of them. */
  private static final int SIDE = 64;

  private ThresholdTopic() {}

  /**
   * The numbers. Every second image of a kind is for calibration, the others are new to the
   * threshold.
   *
   * @param recipe that was fitted
   * @param scores of the normal images that were not learnt from, then of the anomalous ones
   * @param normals how many of these are normal
   */
  record Numbers(String recipe, byte[] scores, int normals) {}

  static Playable of(Kintsugi kintsugi, LessonImages images, long seed) {
    List<ImageSource> compared = new ArrayList<>(images.heldOut());
    compared.addAll(images.tests());
    AnomalyDetector detector = kintsugi.fit(RECIPE, seed, images.train()).detector();
    float[] scores = new float[compared.size()];
    List<Pixels> shown = new ArrayList<>();
    try (Stream<Scored> scored = detector.score(compared, "images")) {
      scored.forEach(
          one -> {
            scores[shown.size()] = (float) one.score();
            Pixels input = detector.recipe().preprocessing().input(one.image()).pixels();
            shown.add(Resize.resize(input, SIDE, SIDE, Interpolation.BILINEAR));
          });
    }
    return new Playable(
        new Numbers(RECIPE.name(), Playable.packed(scores), images.heldOut().size()),
        shown,
        images.train().size(),
        List.of());
  }
}
