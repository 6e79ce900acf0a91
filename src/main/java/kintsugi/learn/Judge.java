package kintsugi.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.detector.Session;

/** The cross-validation: the models of a family, and the scores of images that they never saw. */
final class Judge {
  /** Folds of the cross-validation. */
  static final int FOLDS = 3;

  private final Session session;
  private final List<Item> items;
  private final long seed;
  private final Budget budget;

  Judge(Session session, List<Item> items, long seed, Budget budget) {
    this.session = session;
    this.items = items;
    this.seed = seed;
    this.budget = budget;
  }

  /**
   * The evidence on each candidate of a family: for each fold a model learns it, and scores the
   * rest.
   *
   * @param promise the place of the family's first candidate in the order of promise
   * @throws Budget.Interrupted if that was asked for
   * @throws kintsugi.InputException if a fit fails
   */
  List<Evidence> evidence(FeatureGroup group, Family family, int promise) {
    Trial trial = new Trial(session, family, items, group, seed, budget);
    List<Trial.Scored> models = new ArrayList<>();
    for (int fold = 0; fold < FOLDS; fold++) {
      int learnt = fold;
      models.add(
          trial.run(
              List.of(fold), item -> item.truth() == Item.Truth.BAD || item.fold() != learnt));
    }
    double aupro =
        models.stream()
            .mapToDouble(Trial.Scored::aupro)
            .filter(Double::isFinite)
            .average()
            .orElse(Double.NaN);
    Evidence.Cost cost =
        new Evidence.Cost(
            1000 * group.cache().secondsPerImage(),
            1000 * models.stream().mapToDouble(Trial.Scored::scoreSeconds).min().orElseThrow(),
            // The median: the first fit of all compiles code, too.
            models.stream()
                .mapToDouble(Trial.Scored::fitSeconds)
                .sorted()
                .skip(FOLDS / 2)
                .findFirst()
                .orElseThrow(),
            models.stream().mapToLong(Trial.Scored::modelBytes).max().orElseThrow());
    return IntStream.range(0, family.variants().size())
        .mapToObj(
            v ->
                new Evidence(
                    family.variants().get(v),
                    family,
                    v,
                    promise + v,
                    models.stream().map(m -> m.variants()[v]).toArray(double[][]::new),
                    models.stream().map(Trial.Scored::minimum).toArray(double[][]::new),
                    models.stream().map(Trial.Scored::maximum).toArray(double[][]::new),
                    aupro,
                    cost))
        .toList();
  }

  /**
   * The scores of one fold's images by a candidate's model of all other folds.
   *
   * @throws Budget.Interrupted if that was asked for
   */
  HeldOut heldOut(FeatureGroup group, Evidence candidate, int fold) {
    Family alone = new Family(candidate.family().fitted(), List.of(candidate.recipe()));
    Trial.Scored scored =
        new Trial(session, alone, items, group, seed, budget)
            .run(
                IntStream.range(0, FOLDS).filter(f -> f != fold).boxed().toList(),
                item -> item.fold() == fold);
    return new HeldOut(fold, scored.variants()[0], scored.minimum(), scored.maximum());
  }

  /**
   * The scores of one fold's images by a model that saw none of them.
   *
   * @param fold of the images
   * @param scores one per item, NaN for those of other folds
   * @param minimum of each item's score map
   * @param maximum of each item's score map
   */
  record HeldOut(int fold, double[] scores, double[] minimum, double[] maximum) {
    double[] of(List<Item> items, Item.Truth truth) {
      return IntStream.range(0, items.size())
          .filter(i -> items.get(i).fold() == fold && items.get(i).truth() == truth)
          .mapToDouble(i -> scores[i])
          .toArray();
    }
  }
}
