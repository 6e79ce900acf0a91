package kintsugi.patchcore;

import java.util.Arrays;
import java.util.Random;
import kintsugi.detector.Session;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The patches of a coreset's search as its random projection sees them, prepared by the engine. The
 * seed and the number of directions fix the projection, whichever patches are projected.
 *
 * @param patches {@code [rows, D]}
 * @param rows the same projected, or {@code patches}
 * @param index the projected rows, prepared by an engine
 */
record SearchSpace(RowMatrix patches, RowMatrix rows, NeighborIndex index)
    implements AutoCloseable {
  /** How many rows {@link PatchCoreRecipe.FirstCentre#FARTHEST} starts from. */
  private static final int STARTS = 10;

  static SearchSpace of(
      Session session, RandomProjection projection, long seed, RowMatrix patches, int directions) {
    if (projection.kind() == RandomProjection.Kind.NONE) {
      return new SearchSpace(patches, patches, session.engine().index(patches));
    }
    RowMatrix rows = PatchCoreFit.room(session, patches.count(), directions);
    try {
      projection.apply(patches, seed, rows, session.parallel());
      return new SearchSpace(patches, rows, session.engine().index(rows));
    } catch (RuntimeException | Error e) {
      rows.close();
      throw e;
    }
  }

  /** A search whose first centre is chosen from these rows. */
  KCenterGreedy search(PatchCoreRecipe.FirstCentre first, long seed) {
    double[] start =
        switch (first) {
          case RANDOM -> KCenterGreedy.startAt((int) firstRow(seed, rows.count()), rows.count());
          case FARTHEST -> {
            long[] drawn = startingRows(seed, rows.count());
            int[] few = Arrays.stream(drawn).mapToInt(Math::toIntExact).toArray();
            yield KCenterGreedy.meanDistances(rows, rows.gather(few));
          }
        };
    return new KCenterGreedy(rows, index, start);
  }

  /** A search that continues from centres. */
  KCenterGreedy searchFrom(Tensor centres) {
    return new KCenterGreedy(rows, index, squaredDistances(centres));
  }

  /** Each row's squared distance to the nearest centre. */
  double[] squaredDistances(Tensor centres) {
    double[] squaredDistance = new double[rows.count()];
    Arrays.fill(squaredDistance, Double.MAX_VALUE);
    index.updateMinimumDistances(squaredDistance, centres);
    return squaredDistance;
  }

  /** The first centre of a search of so many rows. */
  static long firstRow(long seed, long count) {
    Random random = new Random(seed);
    return count <= Integer.MAX_VALUE ? random.nextInt((int) count) : random.nextLong(count);
  }

  /** The rows from whose mean distances a search of so many rows starts. */
  static long[] startingRows(long seed, long count) {
    Random random = new Random(seed);
    // Fewer rows than starts do not have as many different ones.
    long starts = Math.min(STARTS, count);
    return count <= Integer.MAX_VALUE
        ? random.ints(0, (int) count).distinct().limit(starts).asLongStream().toArray()
        : random.longs(0, count).distinct().limit(starts).toArray();
  }

  @Override
  public void close() {
    if (rows != patches) {
      rows.close();
    }
  }
}
