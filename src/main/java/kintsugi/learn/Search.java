package kintsugi.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.image.ImageSource;
import kintsugi.image.Preprocessing;
import kintsugi.metric.ThresholdRule;

/**
 * The search under way: tries families of candidates as long as there is time, and makes the chosen
 * one a model.
 */
final class Search {
  /** How many predictions are shown. */
  static final int EXAMPLES = 15;

  private static final int EXAMPLES_OF_A_KIND = 1;

  /** How far beyond the limit an expected time must be for a candidate not to be tried. */
  private static final double TOO_SLOW = 1.5;

  /** The part of the heap that features may take. */
  private static final int PART_OF_HEAP = 4;

  private final Kintsugi kintsugi;
  private final Session session;
  private final Learn.Options options;
  private final Learn.Listener listener;
  private final List<Item> items;
  private final List<Family> families;
  private final Budget budget;
  private final Judge judge;
  private final Choosing choosing;
  private final ThresholdRule rule;

  private final Costs costs;
  private final List<Evidence> evidence = new ArrayList<>();
  private final List<Learnt.Row> rows = new ArrayList<>();
  private final List<Integer> rowOf = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private FeatureGroup group;
  private Preprocessing grouped;

  Search(
      Kintsugi kintsugi,
      Learn.Options options,
      Learn.Listener listener,
      List<Item> items,
      List<Family> families,
      Costs costs,
      Budget budget) {
    this.kintsugi = kintsugi;
    this.session = kintsugi.session();
    this.options = options;
    this.listener = listener;
    this.items = items;
    this.families = families;
    this.budget = budget;
    this.judge = new Judge(session, items, options.seed(), budget);
    this.choosing = new Choosing(items, options.msPerImage(), options.seed());
    this.costs = costs;
    this.rule = Learn.rule(count(Item.Truth.BAD));
  }

  private long count(Item.Truth truth) {
    return items.stream().filter(item -> item.truth() == truth).count();
  }

  /** Tries the families in their order, as long as there is time. */
  void tryAll() {
    InputException failure = null;
    for (Family family : families) {
      if (!rows.isEmpty() && !budget.allows(needed(family))) {
        skip(family, budget.isInterrupted() ? "interrupted" : "no time");
        continue;
      }
      if (!evidence.isEmpty() && expectedMs(family) > TOO_SLOW * options.msPerImage()) {
        skip(
            family,
            "too slow: about "
                + Rows.milliseconds(expectedMs(family))
                + " per image (ms-per-image)");
        continue;
      }
      try {
        add(judge.evidence(group(family), family, rows.size()));
      } catch (Budget.Interrupted e) {
        skip(family, "interrupted");
      } catch (InputException e) {
        failure = e;
        skip(family, reason(e));
      }
    }
    if (evidence.isEmpty()) {
      throw failure != null
          ? new InputException(
              "no candidate can be fitted: "
                  + reason(failure)
                  + "; learn from other images, or fit a recipe with choices of your own",
              failure)
          : new InputException("nothing was learnt yet when the work was interrupted");
    }
  }

  /** A message without its way out, which is for who sets the recipe's choices. */
  private static String reason(InputException e) {
    return e.getMessage().split("; ", 2)[0];
  }

  /** The seconds to try a family and end well; unknown, and 0 here, as long as all have failed. */
  private double needed(Family family) {
    return evidence.isEmpty() ? 0 : costs.of(family, evidence, isCached(family.fitted()));
  }

  private boolean isCached(Recipe recipe) {
    return recipe.preprocessing().equals(grouped) && group.cache().keepsAll();
  }

  private double expectedMs(Family family) {
    return Costs.expected(family, evidence).perImage();
  }

  private void add(List<Evidence> found) {
    int before = rows.size();
    boolean first = evidence.isEmpty();
    for (Evidence each : found) {
      rowOf.add(rows.size());
      evidence.add(each);
      rows.add(Rows.of(each, items, choosing, rule));
    }
    listener.rows(List.copyOf(rows.subList(before, rows.size())));
    double end = costs.ofFinal(found.getFirst());
    if (first && !budget.isInterrupted() && !budget.allows(end)) {
      listener.step(
          String.format(
              Locale.ROOT,
              "the fit to all good images, the calibration and the page need about %.0f s more, and"
                  + " end about %.0f s after the limit (time)",
              end,
              -budget.remaining(end)));
    }
  }

  private void skip(Family family, String why) {
    List<Learnt.Row> untried =
        family.variants().stream().map(variant -> Rows.untried(variant, why)).toList();
    rows.addAll(untried);
    listener.rows(untried);
  }

  private FeatureGroup group(Family family) {
    Preprocessing wanted = family.fitted().preprocessing();
    if (!wanted.equals(grouped)) {
      // The features of the group before are given up first.
      group = null;
      List<Family> own =
          families.stream().filter(f -> f.fitted().preprocessing().equals(wanted)).toList();
      group = new FeatureGroup(session, own, Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
      grouped = wanted;
    }
    return group;
  }

  Learnt finish(Survey survey, List<Surveyed> good, int bad) {
    Evidence winner = choosing.choose(evidence, OptionalInt.empty());
    Nested nested = new Nested(items, evidence, choosing, rule);
    HeldOuts heldOuts = new HeldOuts(winner);
    listener.step("held-out scores of " + Rows.name(winner.recipe()));
    // First those of the model, which calibrate it, then those that the estimate needs.
    List<Judge.HeldOut> own =
        IntStream.range(0, Judge.FOLDS).mapToObj(fold -> heldOuts.of(winner, fold)).toList();
    Function<Integer, Judge.HeldOut> outer = fold -> heldOuts.of(nested.chosenWithout(fold), fold);
    Learnt.Estimate estimate = nested.estimate(outer);
    listener.step("fit to all good images");
    List<ImageSource> sources = good.stream().map(Surveyed::source).toList();
    Model fitted = kintsugi.fit(winner.recipe(), options.seed(), sources);
    Model model = fitted.with(calibrated(fitted, own));
    return new Learnt(
        model,
        survey,
        new Learnt.Counts(good.size(), bad, (int) count(Item.Truth.SYNTHETIC)),
        rows,
        rowOf.get(evidence.indexOf(winner)),
        why(winner),
        placed(estimate),
        scores(model, own),
        examples(model),
        warnings(survey, winner, heldOuts),
        budget.elapsed());
  }

  private Learnt.Estimate placed(Learnt.Estimate e) {
    return new Learnt.Estimate(
        e.against(),
        e.auroc(),
        e.interval(),
        e.good(),
        e.anomalous(),
        e.falseAlarms(),
        e.missed(),
        e.chosen().stream().map(rowOf::get).toList());
  }

  private Calibration calibrated(Model model, List<Judge.HeldOut> heldOut) {
    return Calibration.of(
        model.recipe().display(),
        seen(model, heldOut, Item.Truth.GOOD),
        seen(model, heldOut, Item.Truth.BAD),
        rule);
  }

  private List<Calibration.Seen> seen(Model model, List<Judge.HeldOut> heldOut, Item.Truth truth) {
    int[] wanted =
        IntStream.range(0, items.size()).filter(i -> items.get(i).truth() == truth).toArray();
    Calibration.Seen[] seen = new Calibration.Seen[wanted.length];
    session.parallel().forEach(seen.length, j -> seen[j] = seen(model, heldOut, wanted[j]));
    return List.of(seen);
  }

  private Calibration.Seen seen(Model model, List<Judge.HeldOut> heldOut, int i) {
    Item item = items.get(i);
    Judge.HeldOut fold = heldOut.get(item.fold());
    return Calibration.Seen.heldOut(
        model, item.source(), fold.scores()[i], fold.minimum()[i], fold.maximum()[i]);
  }

  private List<Learnt.Score> scores(Model model, List<Judge.HeldOut> heldOut) {
    Calibration calibration = model.requireCalibration();
    List<Learnt.Score> scores = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Item item = items.get(i);
      scores.add(
          new Learnt.Score(
              item.source().name(),
              item.truth().name().toLowerCase(Locale.ROOT),
              item.label(),
              calibration.normalise(heldOut.get(item.fold()).scores()[i])));
    }
    return scores;
  }

  /** One of each kind and strength of synthetic defects, or the first bad images. */
  private List<Learnt.Example> examples(Model model) {
    boolean synthetic = count(Item.Truth.SYNTHETIC) > 0;
    Map<String, Integer> shown = new HashMap<>();
    List<Learnt.Example> examples = new ArrayList<>();
    for (Item item : items) {
      boolean wanted = item.truth() == (synthetic ? Item.Truth.SYNTHETIC : Item.Truth.BAD);
      int most = synthetic ? EXAMPLES_OF_A_KIND : EXAMPLES;
      if (wanted
          && examples.size() < EXAMPLES
          && shown.merge(item.label(), 1, Integer::sum) <= most) {
        examples.add(
            new Learnt.Example(
                item.label(),
                kintsugi.predict(model, item.source()),
                item.mask().map(Supplier::get)));
      }
    }
    return examples;
  }

  private String why(Evidence winner) {
    String limit = Rows.milliseconds(options.msPerImage()) + " per image";
    String chosen = Rows.name(winner.recipe()) + " was chosen: ";
    if (winner.cost().perImage() > options.msPerImage()) {
      return chosen
          + "it is the fastest of the "
          + evidence.size()
          + " candidates tried, all of which need more than "
          + limit;
    }
    double merit = choosing.merit(winner, OptionalInt.empty());
    double[] merits =
        evidence.stream()
            .filter(each -> each.cost().perImage() <= options.msPerImage())
            .mapToDouble(each -> choosing.merit(each, OptionalInt.empty()))
            .toArray();
    double highest = Arrays.stream(merits).max().orElse(merit);
    long equal = Arrays.stream(merits).filter(each -> each == merit).count();
    if (highest > merit) {
      return String.format(
          Locale.ROOT,
          "%sits AUROC, %.4f, is lower than the highest, %.4f, by no more than chance can explain"
              + " with these images, and on public sets candidates like it did best",
          chosen,
          merit,
          highest);
    }
    return String.format(
        Locale.ROOT,
        "%sof the %d candidates tried, it has the highest AUROC, %.4f, of those that need at most %s%s",
        chosen,
        evidence.size(),
        merit,
        limit,
        equal == 1
            ? ""
            : "; "
                + equal
                + " have it, of which it is the first in the order of what did best on"
                + " public sets");
  }

  private List<String> warnings(Survey survey, Evidence winner, HeldOuts heldOuts) {
    warnings.addAll(survey.warnings());
    if (winner.cost().perImage() > options.msPerImage()) {
      warnings.add(
          "no candidate needs at most "
              + Rows.milliseconds(options.msPerImage())
              + " per image; the fastest one was taken (ms-per-image)");
    }
    if (heldOuts.approximate) {
      warnings.add(
          "there was no time to fit to two folds of three: the held-out scores are those of"
              + " models of one fold, which are a little worse (time)");
    }
    if (count(Item.Truth.BAD) == 0) {
      warnings.add(
          "no bad images: the figures are against synthetic defects, and say how candidates"
              + " compare rather than how many real defects are found (bad)");
    } else if (count(Item.Truth.BAD) < Items.ENOUGH_BAD) {
      warnings.add(
          count(Item.Truth.BAD)
              + " bad images alone cannot judge; synthetic defects helped to choose, each with a"
              + " tenth of the weight (bad)");
    }
    return warnings;
  }

  /** The held-out scores of candidates, each found once; from models of one fold if time is up. */
  private final class HeldOuts {
    private final Map<Evidence, Map<Integer, Judge.HeldOut>> found = new IdentityHashMap<>();
    private final double reserve;
    private boolean approximate;

    HeldOuts(Evidence winner) {
      reserve = costs.ofFinal(winner);
    }

    Judge.HeldOut of(Evidence candidate, int fold) {
      return found
          .computeIfAbsent(candidate, any -> new HashMap<>())
          .computeIfAbsent(fold, any -> compute(candidate, fold));
    }

    private Judge.HeldOut compute(Evidence candidate, int fold) {
      double needed = costs.ofHeldOut(candidate, isCached(candidate.recipe()));
      if (budget.allows(reserve + needed)) {
        try {
          return judge.heldOut(group(candidate.family()), candidate, fold);
        } catch (Budget.Interrupted e) {
          // Those of the models of one fold are there.
        }
      }
      approximate = true;
      int learnt = (fold + 1) % Judge.FOLDS;
      return new Judge.HeldOut(
          fold,
          candidate.scores()[learnt],
          candidate.minimum()[learnt],
          candidate.maximum()[learnt]);
    }
  }
}
