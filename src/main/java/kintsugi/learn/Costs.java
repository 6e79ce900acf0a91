package kintsugi.learn;

import java.util.List;
import kintsugi.detector.Choices;
import kintsugi.detector.InputSize;
import kintsugi.detector.Recipe;
import kintsugi.image.TargetSize;
import kintsugi.image.TileGrid;

/**
 * The seconds that work will take, from what was measured.
 *
 * @param items the images that judge, synthetic ones included
 * @param judged those of them that the calibration reads: good and bad ones
 * @param judgedGood the good ones of them
 * @param good all good images, which the chosen candidate is fitted to
 * @param readSeconds per image to read it
 */
record Costs(int items, int judged, int judgedGood, int good, double readSeconds) {
  /** A machine that is not always as fast. */
  private static final double MARGIN = 1.2;

  /** Model, page and examples are written, and code runs for the first time. */
  private static final double OVERHEAD_SECONDS = 3;

  /** How much longer an image takes alone than in a batch. */
  private static final double ALONE = 2;

  /** The costs of work on some images. */
  static Costs of(List<Item> items, int good, double readSeconds) {
    long judged = items.stream().filter(i -> i.truth() != Item.Truth.SYNTHETIC).count();
    long judgedGood = items.stream().filter(i -> i.truth() == Item.Truth.GOOD).count();
    return new Costs(items.size(), (int) judged, (int) judgedGood, good, readSeconds);
  }

  /**
   * The seconds to try a family, and to end well afterwards.
   *
   * @param evidence of families tried before, at least one
   * @param cached whether the features are there
   */
  double of(Family family, List<Evidence> evidence, boolean cached) {
    Evidence.Cost expected = expected(family, evidence);
    double trial =
        extraction(expected, cached)
            + items * 2 * expected.scoreMs() / 1000
            + Judge.FOLDS * expected.fitSeconds();
    double end = toTheEnd(expected, family.fitted());
    for (Evidence each : evidence) {
      end = Math.max(end, toTheEnd(each.cost(), each.recipe()));
    }
    return MARGIN * trial + end;
  }

  private double toTheEnd(Evidence.Cost cost, Recipe recipe) {
    return Judge.FOLDS * heldOut(cost, recipe, true)
        + MARGIN * extraction(cost, false)
        + end(cost, recipe);
  }

  private double extraction(Evidence.Cost cost, boolean cached) {
    return cached ? 0 : items * cost.extractMs() / 1000;
  }

  /**
   * The cost of a candidate that was not tried, from one of the same method that was.
   *
   * @param evidence of families tried before, at least one
   */
  static Evidence.Cost expected(Family family, List<Evidence> evidence) {
    Evidence like = evidence.getLast();
    for (Evidence each : evidence) {
      boolean same = each.recipe().method().equals(family.fitted().method());
      like = same ? each : like;
    }
    double growth = area(family.fitted()) / area(like.recipe());
    // A bank that grows with the patches is searched by more of them, too.
    double patches = isFixed(family.fitted()) ? growth : growth * growth;
    Evidence.Cost cost = like.cost();
    return new Evidence.Cost(
        cost.extractMs() * growth,
        cost.scoreMs() * patches,
        cost.fitSeconds() * patches,
        (long) (cost.modelBytes() * growth));
  }

  /** The seconds to fit a candidate to all good images, to calibrate it, and to show it. */
  double ofFinal(Evidence evidence) {
    return end(evidence.cost(), evidence.recipe());
  }

  private double end(Evidence.Cost cost, Recipe recipe) {
    double folds = (double) Judge.FOLDS * good / judgedGood;
    double growth = isFixed(recipe) ? folds : folds * folds;
    double examples = Math.min(items, Search.EXAMPLES) * ALONE * cost.perImage() / 1000;
    return MARGIN
            * (good * cost.extractMs() / 1000
                + growth * cost.fitSeconds()
                + judged * readSeconds
                + examples)
        + OVERHEAD_SECONDS;
  }

  /**
   * The seconds to fit a candidate to two folds, and to score the third.
   *
   * @param cached whether the features are there
   */
  double ofHeldOut(Evidence evidence, boolean cached) {
    return heldOut(evidence.cost(), evidence.recipe(), cached);
  }

  private double heldOut(Evidence.Cost cost, Recipe recipe, boolean cached) {
    double growth = isFixed(recipe) ? 2 : 4;
    double scores = items * cost.scoreMs() / 1000 / Judge.FOLDS;
    return MARGIN * (extraction(cost, cached) + scores + growth * cost.fitSeconds());
  }

  /** Whether the cost of a fit grows with the images alone. */
  static boolean isFixed(Recipe recipe) {
    Object bankSize = Choices.of(recipe).get("bank_size");
    return bankSize == null || bankSize instanceof Number;
  }

  /** Pixels of all inputs of the network for an image. */
  private static double area(Recipe recipe) {
    TargetSize size = recipe.preprocessing().resize();
    InputSize whole = new InputSize(size.width(1, 1), size.height(1, 1));
    TileGrid tiles = recipe.tiles(whole);
    return (double) tiles.count() * tiles.tileWidth() * tiles.tileHeight();
  }
}
