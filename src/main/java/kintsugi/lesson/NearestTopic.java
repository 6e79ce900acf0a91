package kintsugi.lesson;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.Kintsugi;
import kintsugi.detector.AnomalyDetector;
import kintsugi.engine.Engine;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.patchcore.KCenterGreedy;
import kintsugi.tensor.Tensor;

/** The page on the nearest training patches of every patch of the image in question. */
final class NearestTopic {
  /** As many as re-weight the image score in the published versions. */
  private static final int NEIGHBOURS = 9;

  /** How much of the training patches a memory bank keeps. */
  private static final double[] FRACTIONS = {1, 0.1, 0.01};

  private NearestTopic() {}

  /**
   * The numbers.
   *
   * @param recipe whose patch embeddings these are
   * @param rows of the patch grid
   * @param columns of the patch grid
   * @param stride pixels from a patch to the next one
   * @param names of the training images
   * @param neighbours of each patch that are known
   * @param banks by how much they keep
   */
  record Numbers(
      String recipe,
      int rows,
      int columns,
      int stride,
      List<String> names,
      int neighbours,
      List<Bank> banks) {}

  /**
   * The nearest rows of one memory bank.
   *
   * @param fraction of the training patches that it keeps
   * @param count of its rows
   * @param patches {@code [P, k]}: for each patch of the image in question the nearest training
   *     patches, counted image by image
   * @param squaredDistances {@code [P, k]} to these
   * @param support {@code [P, k]}: the distances, not squared, of the patch to the rows that are
   *     nearest to its nearest row, from that row itself on
   */
  record Bank(
      double fraction, int count, byte[] patches, byte[] squaredDistances, byte[] support) {}

  static Playable of(Kintsugi kintsugi, LessonImages images, long seed) {
    List<ImageSource> used = PatchCorePatches.used(images);
    AnomalyDetector detector = PatchCorePatches.detector(kintsugi, images, seed);
    PatchCorePatches train = PatchCorePatches.of(detector, used);
    PatchCorePatches test = PatchCorePatches.of(detector, List.of(images.test()));
    Engine engine = kintsugi.session().engine();
    RowMatrix all = RowMatrix.of(train.rows());
    List<Bank> banks =
        kintsugi
            .session()
            .exclusively(
                () -> {
                  NeighborIndex index = engine.index(all);
                  int[] order = order(all, index, seed);
                  List<Bank> some = new ArrayList<>();
                  for (double fraction : FRACTIONS) {
                    int[] kept = kept(order, fraction, all.count());
                    if (kept.length == all.count()) {
                      some.add(bank(train.rows(), index, kept, 1, test.rows()));
                    } else {
                      Tensor rows = all.gather(kept);
                      NeighborIndex own = engine.index(RowMatrix.of(rows));
                      double part = (double) kept.length / all.count();
                      some.add(bank(rows, own, kept, part, test.rows()));
                    }
                  }
                  return some;
                });
    List<Pixels> shown = new ArrayList<>(test.inputs());
    shown.addAll(train.inputs());
    Numbers numbers =
        new Numbers(
            PatchCorePatches.RECIPE.name(),
            test.height(),
            test.width(),
            test.inputs().getFirst().width() / test.width(),
            used.stream().map(ImageSource::fileName).toList(),
            NEIGHBOURS,
            banks);
    return new Playable(numbers, shown, used.size(), List.of(images.test()));
  }

  /** The choices of greedy k-center: a smaller bank is their beginning. */
  private static int[] order(RowMatrix all, NeighborIndex index, long seed) {
    int first = new Random(seed).nextInt(all.count());
    double[] start = KCenterGreedy.startAt(first, all.count());
    int most = Math.max(NEIGHBOURS, (int) (FRACTIONS[1] * all.count()));
    return new KCenterGreedy(all, index, start).choose(most, 0).order();
  }

  private static int[] kept(int[] order, double fraction, int all) {
    return fraction == 1
        ? IntStream.range(0, all).toArray()
        : Arrays.copyOf(
            order, Math.min(Math.max(NEIGHBOURS, (int) (fraction * all)), order.length));
  }

  private static Bank bank(
      Tensor rows, NeighborIndex index, int[] kept, double fraction, Tensor queries) {
    NeighborIndex.Nearest nearest = index.nearest(queries, NEIGHBOURS);
    int count = queries.dim(0);
    int d = queries.dim(1);
    int[] closest = IntStream.range(0, count).map(q -> nearest.index()[q * NEIGHBOURS]).toArray();
    int[] support = index.nearest(RowMatrix.of(rows).gather(closest), NEIGHBOURS).index();
    float[] patches = new float[count * NEIGHBOURS];
    float[] squared = new float[patches.length];
    float[] around = new float[patches.length];
    for (int i = 0; i < patches.length; i++) {
      patches[i] = kept[nearest.index()[i]];
      squared[i] = (float) nearest.squaredDistance()[i];
      around[i] =
          (float)
              Math.sqrt(
                  NeighborIndex.squaredDistance(
                      queries.data(), i / NEIGHBOURS * d, rows.data(), support[i] * d, d));
    }
    return new Bank(
        fraction,
        kept.length,
        Playable.packed(patches),
        Playable.packed(squared),
        Playable.packed(around));
  }
}
