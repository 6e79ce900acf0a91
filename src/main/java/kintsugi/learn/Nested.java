package kintsugi.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kintsugi.metric.AurocInterval;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ErrorRate;
import kintsugi.metric.ThresholdRule;

/**
 * The nested cross-validation (S. Varma and R. Simon, <i>Bias in error estimation when using
 * cross-validation for model selection</i>, 2006): in turn one fold is held out; the others alone
 * choose a candidate, and the scores of the fold by models of the others are what the estimate is
 * made of.
 */
final class Nested {
  private final List<Item> items;
  private final List<Evidence> candidates;
  private final Choosing choosing;
  private final ThresholdRule rule;

  /**
   * A nested cross-validation.
   *
   * @param candidates all that were tried
   * @param rule of the threshold
   */
  Nested(List<Item> items, List<Evidence> candidates, Choosing choosing, ThresholdRule rule) {
    this.items = items;
    this.candidates = candidates;
    this.choosing = choosing;
    this.rule = rule;
  }

  /** The candidate that is chosen without anything of a fold. */
  Evidence chosenWithout(int fold) {
    return choosing.choose(candidates, OptionalInt.of(fold));
  }

  /**
   * The estimate.
   *
   * @param heldOut the scores of a fold by a candidate's model of all other folds
   */
  Learnt.Estimate estimate(Function<Integer, Judge.HeldOut> heldOut) {
    boolean real = items.stream().anyMatch(item -> item.truth() == Item.Truth.BAD);
    Item.Truth against = real ? Item.Truth.BAD : Item.Truth.SYNTHETIC;
    Errors errors = Errors.NONE;
    List<Integer> chosen = new ArrayList<>();
    List<Fold> folds = new ArrayList<>();
    for (int f = 0; f < Judge.FOLDS; f++) {
      Evidence choice = chosenWithout(f);
      chosen.add(candidates.indexOf(choice));
      errors = errors.and(Errors.of(choice, items, rule, f));
      folds.add(new Fold(f, heldOut.apply(f).scores()));
    }
    int good = sum(folds, fold -> fold.places(items, Item.Truth.GOOD).length);
    int anomalous = sum(folds, fold -> fold.places(items, against).length);
    double auroc = auroc(folds, against, null);
    return new Learnt.Estimate(
        real ? "bad images" : "synthetic defects",
        auroc,
        interval(folds, auroc, against, good, anomalous),
        good,
        anomalous,
        rate(errors.falseAlarms(), errors.good()),
        rate(errors.missed(), errors.bad()),
        chosen);
  }

  /** The scores of one fold's items. */
  private record Fold(int fold, double[] scores) {
    int[] places(List<Item> items, Item.Truth truth) {
      return IntStream.range(0, scores.length)
          .filter(i -> items.get(i).fold() == fold && items.get(i).truth() == truth)
          .toArray();
    }
  }

  private static int sum(List<Fold> folds, Function<Fold, Integer> count) {
    return folds.stream().mapToInt(count::apply).sum();
  }

  /** The fraction of pairs of one fold in which the anomalous image scores higher. */
  private double auroc(List<Fold> folds, Item.Truth against, String label) {
    double won = 0;
    double pairs = 0;
    for (Fold fold : folds) {
      for (int bad : fold.places(items, against)) {
        if (label == null || items.get(bad).label().equals(label)) {
          for (int good : fold.places(items, Item.Truth.GOOD)) {
            won += (Math.signum(fold.scores[bad] - fold.scores[good]) + 1) / 2;
            pairs++;
          }
        }
      }
    }
    return pairs == 0 ? Double.NaN : won / pairs;
  }

  private Bootstrap.Interval interval(
      List<Fold> folds, double auroc, Item.Truth against, int good, int anomalous) {
    if (Double.isNaN(auroc)) {
      return new Bootstrap.Interval(0, 1);
    }
    Bootstrap.Interval interval = AurocInterval.of(auroc, good, anomalous);
    if (against == Item.Truth.BAD) {
      return interval;
    }
    // Nobody knows which of the synthetic defects the real ones are like.
    double[] kinds =
        items.stream()
            .filter(item -> item.truth() == against)
            .collect(Collectors.groupingBy(Item::label, TreeMap::new, Collectors.counting()))
            .keySet()
            .stream()
            .mapToDouble(kind -> auroc(folds, against, kind))
            .toArray();
    return new Bootstrap.Interval(
        Math.min(interval.low(), Arrays.stream(kinds).min().orElse(0)),
        Math.max(interval.high(), Arrays.stream(kinds).max().orElse(1)));
  }

  /** A rate of counts in which two models counted each image. */
  private static ErrorRate rate(int found, int counted) {
    int models = Judge.FOLDS - 1;
    return ErrorRate.tested(counted / models, (int) Math.round((double) found / models));
  }
}
