package kintsugi.lesson;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Choices;
import kintsugi.detector.Scored;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.tensor.Tensor;

/**
 * PatchCore's patch embeddings of some images: all of them, so that each is known by its image and
 * its place.
 *
 * @param rows {@code [images·P, D]}, image by image, each row by row of the patch grid
 * @param height rows of the patch grid
 * @param width columns of the patch grid
 * @param inputs the part of each image that the network saw, as it saw it
 */
record PatchCorePatches(Tensor rows, int height, int width, List<Pixels> inputs) {
  /** Its input has one size, whatever the images'. */
  static final PatchCoreRecipe RECIPE = PatchCoreRecipe.ANOMALIB;

  /** How many images a page learns from, so that it stays small. */
  private static final int IMAGES = 16;

  /** A bank that is chosen quickly: the pages choose their own. */
  private static final String SMALL = "0.01";

  /** {@return the images that a page learns from} */
  static List<ImageSource> used(LessonImages images) {
    return images.train().subList(0, Math.min(IMAGES, images.train().size()));
  }

  /** {@return a detector, which brings images to their patch embeddings} */
  static AnomalyDetector detector(Kintsugi kintsugi, LessonImages images, long seed) {
    return kintsugi
        .fit(Choices.with(RECIPE, Map.of("ratio", SMALL)), seed, used(images))
        .detector();
  }

  static PatchCorePatches of(AnomalyDetector detector, List<ImageSource> images) {
    List<Pixels> inputs = new ArrayList<>();
    List<float[]> patches = new ArrayList<>();
    int[] grid = new int[2];
    try (Stream<Scored> all = detector.score(images, "patches")) {
      all.forEach(
          scored -> {
            inputs.add(detector.recipe().preprocessing().input(scored.image()).pixels());
            grid[0] = scored.distances().dim(0);
            grid[1] = scored.distances().dim(1);
            IntStream.range(0, grid[0] * grid[1]).mapToObj(scored::patch).forEach(patches::add);
          });
    }
    int d = patches.getFirst().length;
    Tensor rows = Tensor.zeros(patches.size(), d);
    for (int i = 0; i < patches.size(); i++) {
      System.arraycopy(patches.get(i), 0, rows.data(), i * d, d);
    }
    return new PatchCorePatches(rows, grid[0], grid[1], inputs);
  }

  /** Patches of one image, {@code P}. */
  int perImage() {
    return height * width;
  }
}
