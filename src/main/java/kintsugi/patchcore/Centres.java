package kintsugi.patchcore;

import java.io.Serializable;
import java.util.List;
import kintsugi.detector.Session;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The patches that a greedy search chose from some.
 *
 * @param dimension of a patch
 * @param values {@code [count, dimension]}, in the order of choice
 * @param origins of these
 * @param coveringRadius of those it chose from
 * @param lowerBound the covering radius of those, with as many patches chosen in the best way, is
 *     not below this
 */
record Centres(
    int dimension, float[] values, Origins origins, double coveringRadius, double lowerBound)
    implements Serializable {

  /** The choice of {@link KCenterGreedy} among patches. */
  static Centres of(
      RowMatrix patches, Origins origins, SearchSpace space, CoresetPlan plan, double radius) {
    if (patches.count() == 0) {
      return new Centres(patches.length(), new float[0], Origins.NONE, 0, 0);
    }
    var coreset = space.search(plan.firstCentre(), plan.seed()).choose(plan.wanted(), radius);
    return new Centres(
        patches.length(),
        patches.gather(coreset.order()).data(),
        origins.gather(coreset.order()),
        coreset.coveringRadius(),
        lowerBound(coreset.coveringRadius(), plan));
  }

  /**
   * Half the covering radius {@code r} of the greedy choice of k rows: with the row that is
   * farthest they are k + 1 of which no two are nearer to each other than {@code r}, and of any k
   * centres one is the nearest of two of them, so that it is no nearer than {@code r/2} to one of
   * these. A search that starts from mean distances does not keep that distance.
   */
  static double lowerBound(double coveringRadius, CoresetPlan plan) {
    return plan.firstCentre() == PatchCoreRecipe.FirstCentre.RANDOM ? coveringRadius / 2 : 0;
  }

  int count() {
    return values.length / dimension;
  }

  Tensor rows() {
    return Tensor.of(values, count(), dimension);
  }

  /** The choice among the centres of all parts. */
  static Centres union(List<Centres> parts, Session session, CoresetPlan plan, double radius) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    int count = parts.stream().mapToInt(Centres::count).reduce(0, Math::addExact);
    try (RowMatrix all = PatchCoreFit.room(session, count, parts.getFirst().dimension)) {
      int at = 0;
      for (Centres part : parts) {
        all.write(at, part.count(), part.values, 0);
        at += part.count();
      }
      try (SearchSpace space =
          SearchSpace.of(session, plan.projection(), plan.seed(), all, plan.directions())) {
        Origins origins = Origins.joined(parts.stream().map(Centres::origins).toList());
        Centres chosen = of(all, origins, space, plan, radius);
        double lowerBound =
            parts.stream()
                .filter(part -> part.count() >= chosen.count())
                .mapToDouble(Centres::lowerBound)
                .reduce(chosen.lowerBound, Math::max);
        return new Centres(
            chosen.dimension, chosen.values, chosen.origins, chosen.coveringRadius, lowerBound);
      }
    }
  }
}
