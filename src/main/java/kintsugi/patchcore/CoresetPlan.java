package kintsugi.patchcore;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * What a search in parts has to know of all patches, and its choices.
 *
 * @param first the index of each part's first patch among all; at last how many there are
 * @param wanted how many patches are to be chosen
 * @param radius the covering radius that is small enough, 0 for none
 * @param projection the space in which patches are compared
 * @param directions of that space
 * @param firstCentre where a search starts
 * @param seed fixes the draws
 */
record CoresetPlan(
    long[] first,
    int wanted,
    double radius,
    RandomProjection projection,
    int directions,
    PatchCoreRecipe.FirstCentre firstCentre,
    long seed)
    implements Serializable {

  /**
   * {@return the plan of a fit}
   *
   * @param counts the patches of each part
   * @param dimension of a patch
   */
  static CoresetPlan of(
      List<Integer> counts, int dimension, PatchCoreRecipe.Coreset choices, long seed) {
    long[] first = new long[counts.size() + 1];
    for (int part = 0; part < counts.size(); part++) {
      first[part + 1] = first[part] + counts.get(part);
    }
    long all = first[counts.size()];
    return new CoresetPlan(
        first,
        choices.wanted(all, 0),
        choices.radius().orElse(0),
        choices.projection(),
        choices.projection().directions(all, dimension),
        choices.firstCentre(),
        seed);
  }

  /** Whether another search compares patches in the same space. */
  boolean hasSpaceOf(CoresetPlan other) {
    return projection.equals(other.projection)
        && directions == other.directions
        && seed == other.seed;
  }

  int parts() {
    return first.length - 1;
  }

  long patches() {
    return first[parts()];
  }

  /** The indices within a part of those of some rows that are in it, in their order. */
  int[] within(int part, long[] rows) {
    return Arrays.stream(rows)
        .filter(row -> row >= first[part] && row < first[part + 1])
        .mapToInt(row -> (int) (row - first[part]))
        .toArray();
  }
}
