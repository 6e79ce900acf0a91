package kintsugi.lesson;

import java.util.List;
import java.util.Map;
import kintsugi.Kintsugi;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Choices;
import kintsugi.detector.Scored;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.image.ImageSource;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.tensor.Tensor;

/** The page on score map and image score: the patches' distances of two images. */
final class ScoreTopic {
  /** As many as re-weight the image score in the published versions. */
  private static final int NEIGHBOURS = 9;

  /** A bank of few patches is chosen quickly, and the maps look the same. */
  private static final PatchCoreRecipe RECIPE =
      (PatchCoreRecipe) Choices.with(PatchCoreRecipe.ANOMALIB, Map.of("ratio", "0.02"));

  private ScoreTopic() {}

  /**
   * The numbers.
   *
   * @param recipe that was fitted
   * @param learnt how many images it was fitted to
   * @param rows of the patch grid
   * @param columns of the patch grid
   * @param height of the map
   * @param width of the map
   * @param shown the image in question, and the normal one that was held out
   */
  record Numbers(
      String recipe, int learnt, int rows, int columns, int height, int width, List<Shown> shown) {}

  /**
   * One image's distances.
   *
   * @param distances of its patches, row by row
   * @param support the distances of its worst patch to the bank patches that are nearest to the one
   *     it is nearest to, from that one on
   */
  record Shown(byte[] distances, byte[] support) {}

  static Playable of(Kintsugi kintsugi, LessonImages images, long seed) {
    List<ImageSource> used = PatchCorePatches.used(images);
    AnomalyDetector detector = kintsugi.fit(RECIPE, seed, used).detector();
    Tensor bank = detector.tensors().get("memory_bank").tensor();
    NeighborIndex index = kintsugi.session().engine().index(RowMatrix.of(bank));
    Scored test = detector.score(images.test());
    Scored normal = detector.score(images.normal());
    Numbers numbers =
        new Numbers(
            RECIPE.name(),
            used.size(),
            test.distances().dim(0),
            test.distances().dim(1),
            test.map().dim(0),
            test.map().dim(1),
            List.of(shown(kintsugi, test, bank, index), shown(kintsugi, normal, bank, index)));
    return new Playable(
        numbers,
        List.of(
            detector.recipe().preprocessing().input(test.image()).pixels(),
            detector.recipe().preprocessing().input(normal.image()).pixels()),
        used.size(),
        List.of(images.test(), images.normal()));
  }

  private static Shown shown(Kintsugi kintsugi, Scored scored, Tensor bank, NeighborIndex index) {
    float[] p = scored.patch(scored.batch().patches().worst(scored.index()));
    int d = p.length;
    int count = Math.min(NEIGHBOURS, bank.dim(0));
    int[] support =
        kintsugi
            .session()
            .exclusively(
                () -> {
                  int nearest = index.nearest(Tensor.of(p, 1, d), 1).index()[0];
                  Tensor row = RowMatrix.of(bank).gather(new int[] {nearest});
                  return index.nearest(row, count).index();
                });
    float[] distances = new float[count];
    for (int b = 0; b < count; b++) {
      double squared = NeighborIndex.squaredDistance(p, 0, bank.data(), support[b] * d, d);
      distances[b] = (float) Math.sqrt(squared);
    }
    return new Shown(Playable.packed(scored.distances().data()), Playable.packed(distances));
  }
}
