package kintsugi.patchcore;

import java.util.stream.IntStream;
import kintsugi.detector.Session;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The patches of an image that are far from a memory bank: farther than its covering radius, which
 * none of those is that the coreset was chosen from. They are chosen as the coreset was, the
 * farthest first, until all of the image's patches are within the radius of the bank or of a chosen
 * one (k-center greedy), in the space that the coreset was chosen in.
 */
final class FarPatches {
  private final Session session;
  private final PatchCoreRecipe recipe;
  private final long seed;
  private final MemoryBank bank;
  private final MemoryBankSummary summary;

  /** The bank in the space of the choice; null before it is needed. */
  private NeighborIndex chosenIn;

  FarPatches(
      Session session,
      PatchCoreRecipe recipe,
      long seed,
      MemoryBank bank,
      MemoryBankSummary summary) {
    this.session = session;
    this.recipe = recipe;
    this.seed = seed;
    this.bank = bank;
    this.summary = summary;
  }

  /**
   * {@return the indices of those beyond the covering radius, in ascending order}. The others are
   * never chosen, and stay within the radius.
   *
   * @param patches {@code [rows, D]}, some of an image's
   */
  int[] beyond(Tensor patches) {
    double radius = summary.coveringRadius();
    double[] squaredDistance = squaredDistances(projected(patches));
    return IntStream.range(0, squaredDistance.length)
        .filter(i -> squaredDistance[i] > radius * radius)
        .toArray();
  }

  /**
   * {@return the indices of those that the bank takes in, in the order of their choice}
   *
   * @param far {@code [rows, D]}, all of an image's {@link #beyond} the radius
   */
  int[] chosen(Tensor far) {
    if (far.dim(0) == 0) {
      return new int[0];
    }
    Tensor space = projected(far);
    RowMatrix rows = RowMatrix.of(space);
    NeighborIndex all = session.engine().index(rows, index());
    KCenterGreedy search = new KCenterGreedy(rows, all, squaredDistances(space));
    return search.choose(far.dim(0), summary.coveringRadius()).order();
  }

  private double[] squaredDistances(Tensor space) {
    return index().nearest(space, 1).squaredDistance();
  }

  private synchronized NeighborIndex index() {
    if (chosenIn == null) {
      Tensor space = projected(bank.patches());
      chosenIn =
          space == bank.patches() ? bank.index() : session.engine().index(RowMatrix.of(space));
    }
    return chosenIn;
  }

  private Tensor projected(Tensor rows) {
    int directions = Math.clamp(summary.directions(), 1, rows.dim(1));
    return recipe.coreset().projection().apply(rows, seed, directions, session.parallel());
  }
}
