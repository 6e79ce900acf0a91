package kintsugi.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The rule of choosing: of the candidates that need at most some milliseconds per image, the one of
 * the highest mean AUROC over folds, unless the first in the order of promise is within one
 * standard error of it.
 *
 * <p>A model of one fold compares the normal images of one other fold with the anomalous ones; the
 * mean is over all pairs of folds. The standard error is that of the difference to the best
 * candidate, by a bootstrap that draws the same images for both. A bad image weighs as much as ten
 * synthetic ones.
 */
final class Choosing {
  private static final int DRAWS = 200;

  /** How many synthetic images a bad one weighs as much as. */
  static final double BAD_WEIGHT = 10;

  private final List<Item> items;
  private final double msPerImage;
  private final long seed;
  private final boolean[] good;
  private final double[] weights;
  private final int[] once;

  /**
   * A rule.
   *
   * @param items the images
   * @param msPerImage the most milliseconds per image
   * @param seed fixes the bootstrap's draws
   */
  Choosing(List<Item> items, double msPerImage, long seed) {
    this.items = items;
    this.msPerImage = msPerImage;
    this.seed = seed;
    this.good = new boolean[items.size()];
    this.weights = new double[items.size()];
    this.once = new int[items.size()];
    for (int i = 0; i < good.length; i++) {
      good[i] = items.get(i).truth() == Item.Truth.GOOD;
      weights[i] = items.get(i).truth() == Item.Truth.BAD ? BAD_WEIGHT : 1;
    }
    Arrays.fill(once, 1);
  }

  /**
   * The mean AUROC of a candidate.
   *
   * @param without the fold whose images and models do not count; empty for all
   */
  double merit(Evidence evidence, OptionalInt without) {
    return Comparison.mean(comparisons(evidence, without), once);
  }

  /**
   * Chooses a candidate.
   *
   * @param candidates at least one
   * @param without the fold whose images and models do not count; empty for all
   * @return the candidate
   */
  Evidence choose(List<Evidence> candidates, OptionalInt without) {
    List<Evidence> affordable =
        candidates.stream().filter(c -> c.cost().perImage() <= msPerImage).toList();
    if (affordable.isEmpty()) {
      return candidates.stream()
          .min(Comparator.comparingDouble(c -> c.cost().perImage()))
          .orElseThrow();
    }
    List<List<Comparison>> comparisons =
        affordable.stream().map(c -> comparisons(c, without)).toList();
    double[] merits = comparisons.stream().mapToDouble(c -> Comparison.mean(c, once)).toArray();
    int best = 0;
    for (int c = 1; c < merits.length; c++) {
      best = merits[c] > merits[best] || Double.isNaN(merits[best]) ? c : best;
    }
    int first =
        IntStream.range(0, merits.length)
            .boxed()
            .min(Comparator.comparingInt(c -> affordable.get(c).promise()))
            .orElseThrow();
    double[][] drawn = bootstrap(comparisons, without);
    boolean near = merits[best] - merits[first] <= standardError(drawn[best], drawn[first]);
    return affordable.get(near ? first : best);
  }

  private List<Comparison> comparisons(Evidence evidence, OptionalInt without) {
    List<Comparison> comparisons = new ArrayList<>();
    int folds = evidence.scores().length;
    for (int learnt = 0; learnt < folds; learnt++) {
      for (int scored = 0; scored < folds; scored++) {
        if (learnt != scored && !is(without, learnt) && !is(without, scored)) {
          int fold = scored;
          int[] compared =
              places(
                  i ->
                      items.get(i).truth() == Item.Truth.BAD
                          ? !is(without, items.get(i).fold())
                          : items.get(i).fold() == fold);
          comparisons.add(new Comparison(evidence.scores()[learnt], compared, good, weights));
        }
      }
    }
    return comparisons;
  }

  private static boolean is(OptionalInt without, int fold) {
    return without.isPresent() && without.getAsInt() == fold;
  }

  private int[] places(IntPredicate wanted) {
    return IntStream.range(0, items.size()).filter(wanted).toArray();
  }

  /**
   * The means of all candidates on the same draws of images: of all bad ones, and fold by fold of
   * the others.
   */
  private double[][] bootstrap(List<List<Comparison>> comparisons, OptionalInt without) {
    SplittableRandom random = new SplittableRandom(seed);
    List<int[]> groups = new ArrayList<>();
    groups.add(
        places(i -> items.get(i).truth() == Item.Truth.BAD && !is(without, items.get(i).fold())));
    for (Item.Truth truth : List.of(Item.Truth.GOOD, Item.Truth.SYNTHETIC)) {
      int folds = items.stream().mapToInt(Item::fold).max().orElse(0) + 1;
      for (int fold = 0; fold < folds; fold++) {
        int of = fold;
        if (!is(without, fold)) {
          groups.add(places(i -> items.get(i).truth() == truth && items.get(i).fold() == of));
        }
      }
    }
    double[][] means = new double[comparisons.size()][DRAWS];
    for (int d = 0; d < DRAWS; d++) {
      int[] multiplicity = new int[items.size()];
      for (int[] group : groups) {
        for (int i = 0; i < group.length; i++) {
          multiplicity[group[random.nextInt(group.length)]]++;
        }
      }
      for (int c = 0; c < means.length; c++) {
        means[c][d] = Comparison.mean(comparisons.get(c), multiplicity);
      }
    }
    return means;
  }

  /** The standard deviation of the difference over the draws. */
  private static double standardError(double[] a, double[] b) {
    double[] differences =
        IntStream.range(0, a.length)
            .mapToDouble(d -> a[d] - b[d])
            .filter(Double::isFinite)
            .toArray();
    double mean = Arrays.stream(differences).average().orElse(0);
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    return Math.sqrt(squares / Math.max(1, differences.length - 1));
  }
}
