package kintsugi.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.metric.ThresholdRule;
import org.junit.jupiter.api.Test;

/** The rule of choosing, and that it sees nothing of the fold that is held out. */
class ChoosingTest {
  private static final int PER_FOLD = 12;
  private static final double ANY_TIME = 1e9;

  private static List<Item> items(int bad, int synthetic) {
    List<Item> items = new ArrayList<>();
    for (Item.Truth truth : Item.Truth.values()) {
      int count =
          switch (truth) {
            case GOOD -> PER_FOLD * Judge.FOLDS;
            case BAD -> bad;
            default -> synthetic;
          };
      for (int i = 0; i < count; i++) {
        ImageSource source = ImageSource.of(truth + "" + i, new Pixels(1, 1, new byte[3]));
        items.add(new Item(source, truth, i % Judge.FOLDS, "" + truth, Optional.empty()));
      }
    }
    return items;
  }

  /** Scores that tell anomalous images from normal ones the better, the higher the gap. */
  private static Evidence evidence(
      List<Item> items, int promise, double gapBad, double gapSynthetic, double ms) {
    SplittableRandom random = new SplittableRandom(promise);
    double[][] scores = new double[Judge.FOLDS][items.size()];
    for (int m = 0; m < scores.length; m++) {
      for (int i = 0; i < items.size(); i++) {
        Item item = items.get(i);
        double gap = item.truth() == Item.Truth.BAD ? gapBad : gapSynthetic;
        scores[m][i] = random.nextDouble() + (item.truth() == Item.Truth.GOOD ? 0 : gap);
        if (item.truth() != Item.Truth.BAD && item.fold() == m) {
          scores[m][i] = Double.NaN;
        }
      }
    }
    Recipe recipe = Methods.recipe("padim/paper");
    return new Evidence(
        recipe,
        new Family(recipe, List.of(recipe)),
        0,
        promise,
        scores,
        scores,
        scores,
        Double.NaN,
        new Evidence.Cost(ms / 2, ms / 2, 1, 1));
  }

  private static Evidence choose(List<Item> items, double ms, List<Evidence> candidates) {
    return new Choosing(items, ms, 1).choose(candidates, OptionalInt.empty());
  }

  @Test
  void aClearlyBetterCandidateIsChosenWhateverTheOrderOfPromise() {
    List<Item> items = items(30, 0);
    Evidence poor = evidence(items, 0, 0.1, 0, 1);
    Evidence good = evidence(items, 1, 0.8, 0, 1);
    assertThat(choose(items, ANY_TIME, List.of(poor, good))).isSameAs(good);
  }

  @Test
  void ofCandidatesThatTheImagesCannotTellApartTheMorePromisingIsChosen() {
    List<Item> items = items(12, 0);
    List<Evidence> alike =
        List.of(
            evidence(items, 3, 2, 0, 1), evidence(items, 2, 2, 0, 1), evidence(items, 5, 2, 0, 1));
    assertThat(choose(items, ANY_TIME, alike).promise()).isEqualTo(2);
  }

  @Test
  void whereTheFirstIsBeatenTheHighestIsChosenNotTheNextInTheOrderOfPromise() {
    List<Item> items = items(30, 0);
    Choosing choosing = new Choosing(items, ANY_TIME, 1);
    Evidence first = evidence(items, 0, 0, 0, 1);
    List<Evidence> others =
        List.of(
            evidence(items, 1, 0.55, 0, 1),
            evidence(items, 2, 0.56, 0, 1),
            evidence(items, 3, 0.53, 0, 1));
    Evidence highest =
        others.stream()
            .max(Comparator.comparingDouble(e -> choosing.merit(e, OptionalInt.empty())))
            .orElseThrow();
    assertThat(highest).isNotSameAs(others.getFirst());
    List<Evidence> all = new ArrayList<>(others);
    all.addFirst(first);
    assertThat(choose(items, ANY_TIME, all)).isSameAs(highest);
  }

  @Test
  void aCandidateThatIsTooSlowIsNotChosenUnlessAllAre() {
    List<Item> items = items(30, 0);
    Evidence slow = evidence(items, 0, 2, 0, 300);
    Evidence slower = evidence(items, 1, 2, 0, 400);
    Evidence fast = evidence(items, 2, 0.2, 0, 100);
    assertThat(choose(items, 200, List.of(slow, slower, fast))).isSameAs(fast);
    assertThat(choose(items, 200, List.of(slower, slow))).isSameAs(slow);
  }

  @Test
  void aBadImageWeighsAsMuchAsTenSyntheticOnes() {
    List<Item> items = items(6, 60);
    Choosing choosing = new Choosing(items, ANY_TIME, 1);
    Evidence onBad = evidence(items, 0, 2, 0, 1);
    Evidence both = evidence(items, 0, 2, 2, 1);
    Evidence none = evidence(items, 0, -2, -2, 1);
    assertThat(choosing.merit(both, OptionalInt.empty())).isEqualTo(1);
    assertThat(choosing.merit(none, OptionalInt.empty())).isZero();
    // 60 of 60 + 20 synthetic ones of a fold are won, and about half of the rest.
    assertThat(choosing.merit(onBad, OptionalInt.empty())).isEqualTo(0.75 + 0.25 / 2, within(0.06));
  }

  @Test
  void whatIsChosenWithoutAFoldDoesNotDependOnAnythingOfThatFold() {
    List<Item> items = items(9, 30);
    for (int fold = 0; fold < Judge.FOLDS; fold++) {
      List<Evidence> candidates = new ArrayList<>();
      List<Evidence> perturbed = new ArrayList<>();
      for (int c = 0; c < 8; c++) {
        Evidence candidate = evidence(items, c, 0.2 * c, 0.1 * c, 1);
        candidates.add(candidate);
        perturbed.add(perturbed(candidate, items, fold, c % 2 == 0 ? 100 : -100));
      }
      Choosing choosing = new Choosing(items, ANY_TIME, 1);
      OptionalInt without = OptionalInt.of(fold);
      assertThat(choosing.choose(perturbed, without).promise())
          .isEqualTo(choosing.choose(candidates, without).promise());
      for (int c = 0; c < 8; c++) {
        assertThat(choosing.merit(perturbed.get(c), without))
            .isEqualTo(choosing.merit(candidates.get(c), without));
        assertThat(choosing.merit(perturbed.get(c), OptionalInt.empty()))
            .isNotEqualTo(choosing.merit(candidates.get(c), OptionalInt.empty()));
      }
    }
  }

  /** The scores of a fold's images, and those by the model that learnt it, shifted. */
  private static Evidence perturbed(Evidence e, List<Item> items, int fold, double shift) {
    double[][] scores = new double[Judge.FOLDS][];
    for (int m = 0; m < scores.length; m++) {
      scores[m] = e.scores()[m].clone();
      for (int i = 0; i < items.size(); i++) {
        boolean anomalous = items.get(i).truth() != Item.Truth.GOOD;
        scores[m][i] +=
            items.get(i).fold() == fold || m == fold && anomalous
                ? shift * (anomalous ? 1 : -1)
                : 0;
      }
    }
    return new Evidence(
        e.recipe(),
        e.family(),
        e.variant(),
        e.promise(),
        scores,
        e.minimum(),
        e.maximum(),
        e.aupro(),
        e.cost());
  }

  @Test
  void againstDrawnDefectsTheIntervalReachesFromTheFaintestToTheStrongest() {
    List<Item> items = new ArrayList<>(items(0, 0));
    for (int i = 0; i < 2 * PER_FOLD * Judge.FOLDS; i++) {
      ImageSource source = ImageSource.of("s" + i, new Pixels(1, 1, new byte[3]));
      String label = i % 2 == 0 ? "faint blob" : "strong blob";
      int fold = i / 2 % Judge.FOLDS;
      items.add(new Item(source, Item.Truth.SYNTHETIC, fold, label, Optional.empty()));
    }
    // Faint ones score as normal images do, strong ones above all of them.
    double[] scores = new double[items.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = items.get(i).label().startsWith("strong") ? 100 + i : i / Judge.FOLDS % PER_FOLD;
    }
    Choosing choosing = new Choosing(items, ANY_TIME, 1);
    List<Evidence> candidates = List.of(evidence(items, 0, 1, 1, 1));
    Learnt.Estimate estimate =
        new Nested(items, candidates, choosing, ThresholdRule.MAX_NORMAL)
            .estimate(fold -> new Judge.HeldOut(fold, scores, scores, scores));
    assertThat(estimate.auroc()).isBetween(0.6, 0.9);
    assertThat(estimate.interval().low()).isLessThanOrEqualTo(0.5);
    assertThat(estimate.interval().high()).isEqualTo(1);
  }
}
