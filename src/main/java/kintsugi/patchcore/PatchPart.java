package kintsugi.patchcore;

import java.util.Arrays;
import java.util.List;
import kintsugi.detector.Fit;
import kintsugi.detector.Session;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The patches of some of a fit's images, and what a search knows of them so far. All of it follows
 * from the images and the search's messages, so a part that was lost is made again from its images
 * and is brought up to date by the next message. May be used by several threads, one after the
 * other.
 */
public final class PatchPart implements AutoCloseable {
  private final Session session;
  private final RowMatrix patches;
  private final Origins origins;

  /** What is known of the images but their patches; null if nothing is. */
  private final PatchCoreFit fit;

  private SearchSpace space;
  private CoresetPlan planOfSpace;

  /** Of the search by rounds, after the centres of {@link #applied} rounds. */
  private double[] squaredDistance;

  private int applied;

  PatchPart(Session session, RowMatrix patches, Origins origins, PatchCoreFit fit) {
    this.session = session;
    this.patches = patches;
    this.origins = origins;
    this.fit = fit;
  }

  /**
   * {@return the patches of a fit, which is not to be used afterwards}
   *
   * @param fit of PatchCore, that has seen the part's images and no others
   * @param session of the fit
   * @throws IllegalArgumentException if it is not a fit of PatchCore, or continues another
   */
  public static PatchPart of(Fit fit, Session session) {
    if (!(fit instanceof PatchCoreFit own) || own.hasBank()) {
      throw new IllegalArgumentException("parts are made of new fits of PatchCore");
    }
    RowMatrix patches = own.takePatches();
    return new PatchPart(session, patches, own.takeOrigins(), own);
  }

  /**
   * {@return the file of the fit without its patches; empty if it saw no image}
   *
   * @throws kintsugi.InputException if there is no room for a temporary file
   */
  byte[] images() {
    return fit.count() == 0 ? new byte[0] : fit.bytes();
  }

  /** {@return how many patches it has} */
  public int count() {
    return patches.count();
  }

  /** {@return elements of a patch} */
  public int dimension() {
    return patches.length();
  }

  private SearchSpace space(CoresetPlan plan) {
    if (space != null && !plan.hasSpaceOf(planOfSpace)) {
      space.close();
      space = null;
    }
    if (space == null) {
      planOfSpace = plan;
      space = SearchSpace.of(session, plan.projection(), plan.seed(), patches, plan.directions());
    }
    return space;
  }

  /** The centres of this part alone. */
  synchronized Centres centres(CoresetPlan plan, double radius) {
    return Centres.of(patches, origins, space(plan), plan, radius);
  }

  /** The maximum squared distance of a patch to a bank's nearest, {@code [M, D]}. */
  synchronized double squaredRadius(CoresetPlan plan, float[] bank) {
    Tensor rows = Tensor.of(bank, bank.length / dimension(), dimension());
    Tensor centres =
        plan.projection().apply(rows, plan.seed(), plan.directions(), session.parallel());
    return Arrays.stream(space(plan).squaredDistances(centres)).max().orElse(0);
  }

  /** Copies of patches, in the space of the search. */
  synchronized float[] projected(CoresetPlan plan, int[] rows) {
    return space(plan).rows().gather(rows).data();
  }

  /** Copies of patches. */
  synchronized float[] patches(int[] rows) {
    return patches.gather(rows).data();
  }

  /** The origins of patches. */
  synchronized Origins origins(int[] rows) {
    return origins.gather(rows);
  }

  /**
   * The part's answer in a round of the exact search.
   *
   * @param number of the part
   * @param plan of the search
   * @param start the rows from whose mean distances it starts, in the space of the search; empty
   *     where it starts at a row
   * @param chosen the centres of all rounds before, in the space of the search
   * @param wanted how many candidates
   */
  synchronized Candidates farthest(
      int number,
      CoresetPlan plan,
      float[] start,
      List<PatchParts.Shared<float[]>> chosen,
      int wanted) {
    SearchSpace in = space(plan);
    if (squaredDistance == null || chosen.isEmpty() || applied > chosen.size()) {
      squaredDistance = start(number, plan, start);
      applied = 0;
    }
    while (applied < chosen.size() && count() > 0) {
      // A minimum that is taken twice changes nothing, should a failure come in between.
      in.index().updateMinimumDistances(squaredDistance, tensor(chosen.get(applied).get()));
      applied++;
    }
    return Candidates.of(in.rows(), plan.first()[number], squaredDistance, wanted);
  }

  private double[] start(int number, CoresetPlan plan, float[] start) {
    if (start.length > 0) {
      return KCenterGreedy.meanDistances(space.rows(), tensor(start));
    }
    double[] distances = new double[count()];
    Arrays.fill(distances, Double.MAX_VALUE);
    long first = SearchSpace.firstRow(plan.seed(), plan.patches());
    for (int row : plan.within(number, new long[] {first})) {
      distances[row] = Double.POSITIVE_INFINITY;
    }
    return distances;
  }

  private Tensor tensor(float[] rows) {
    int d = space.rows().length();
    return Tensor.of(rows, rows.length / d, d);
  }

  @Override
  public synchronized void close() {
    if (space != null) {
      space.close();
    }
    patches.close();
  }
}
