package kintsugi.patchcore;

import java.util.stream.IntStream;
import kintsugi.detector.Session;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The patches of an image that are far from a memory bank: farther than its covering radius, which
 * no patch of the fit's images is. They are chosen as the coreset was, the farthest first, until
 * all of the image's patches are within the radius of the bank or of a chosen one (k-center
 * greedy), in the space that the coreset was chosen in.
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
   * {@return those of an image, in the order of their choice}
   *
   * @param patches {@code [rows, D]}, all of the image's
   */
  Tensor of(Tensor patches) {
    Tensor space = projected(patches);
    double radius = summary.coveringRadius();
    double[] squaredDistance = index().nearest(space, 1).squaredDistance();
    // The others are never chosen, and those within the radius stay there.
    int[] far =
        IntStream.range(0, squaredDistance.length)
            .filter(i -> squaredDistance[i] > radius * radius)
            .toArray();
    if (far.length == 0) {
      return Tensor.zeros(0, patches.dim(1));
    }
    RowMatrix rows = RowMatrix.of(RowMatrix.of(space).gather(far));
    double[] start = IntStream.of(far).mapToDouble(i -> squaredDistance[i]).toArray();
    KCenterGreedy search = new KCenterGreedy(rows, session.engine().index(rows, index()), start);
    KCenterGreedy.Coreset coreset = search.choose(far.length, radius);
    int[] chosen = IntStream.of(coreset.order()).map(i -> far[i]).toArray();
    return RowMatrix.of(patches).gather(chosen);
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
    RandomProjection projection = recipe.coreset().projection();
    if (projection.kind() == RandomProjection.Kind.NONE) {
      return rows;
    }
    Tensor space = Tensor.zeros(rows.dim(0), Math.clamp(summary.directions(), 1, rows.dim(1)));
    projection.apply(RowMatrix.of(rows), seed, RowMatrix.of(space), session.parallel());
    return space;
  }
}
