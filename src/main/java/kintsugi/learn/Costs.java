package kintsugi.learn;

import java.util.List;
import kintsugi.detector.Choices;
import kintsugi.detector.InputSize;
import kintsugi.detector.Recipe;
import kintsugi.image.TargetSize;
import kintsugi.image.TileGrid;

/** The seconds that work will take, from what was measured. */
final class Costs {
  /** How much longer a coreset of a ratio takes for all folds than for one. */
  private static final double QUADRATIC = Judge.FOLDS * Judge.FOLDS;

  /** Reading, writing, and a machine that is not always as fast. */
  private static final double MARGIN = 1.2;

  private static final double OVERHEAD_SECONDS = 2;

  private Costs() {}

  /**
   * The seconds to try a family, and to end well afterwards.
   *
   * @param evidence of families tried before, at least one
   * @param all good images, in numbers of those that judge
   */
  static double of(Family family, List<Evidence> evidence, List<Item> items, double all) {
    Evidence.Cost expected = expected(family, evidence);
    double trial =
        items.size() * (expected.extractMs() + 2 * expected.scoreMs()) / 1000
            + Judge.FOLDS * expected.fitSeconds();
    double most =
        Math.max(end(expected, family.fitted(), items, all), ofFinal(evidence, items, all));
    return MARGIN * trial + most;
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

  private static double ofFinal(List<Evidence> evidence, List<Item> items, double all) {
    return evidence.stream().mapToDouble(each -> ofFinal(each, items, all)).max().orElse(0);
  }

  /** The seconds to fit a candidate to all good images. */
  static double ofFinal(Evidence evidence, List<Item> items, double all) {
    return end(evidence.cost(), evidence.recipe(), items, all);
  }

  private static double end(Evidence.Cost cost, Recipe recipe, List<Item> items, double all) {
    double growth = all * (isFixed(recipe) ? Judge.FOLDS : QUADRATIC * all);
    // The calibration reads the judged images once more, which takes no longer than their features.
    double images = (all + 1) * items.size();
    return MARGIN * (images * cost.extractMs() / 1000 + growth * cost.fitSeconds())
        + OVERHEAD_SECONDS;
  }

  /** The seconds to fit a candidate to two folds, and to score the third. */
  static double ofHeldOut(Evidence evidence, List<Item> items) {
    Evidence.Cost cost = evidence.cost();
    double growth = isFixed(evidence.recipe()) ? 2 : 4;
    return MARGIN
        * (items.size() * (cost.extractMs() + cost.scoreMs()) / 1000 + growth * cost.fitSeconds());
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
