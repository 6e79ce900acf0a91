package kintsugi.experiment;

import java.util.Locale;
import java.util.function.Consumer;
import kintsugi.dataset.DefectSizes;
import kintsugi.detector.Recipe;
import kintsugi.image.Mask;

/** The notice that the masks' defects are smaller than a patch at the size that images get. */
final class DefectNotes {
  private final Consumer<String> notices;
  private final Recipe recipe;
  private final DefectSizes sizes = new DefectSizes();
  private double sumOfScales;
  private int masks;

  DefectNotes(Consumer<String> notices, Recipe recipe) {
    this.notices = notices;
    this.recipe = recipe;
  }

  /** Takes the mask of an anomalous image. */
  void add(Mask mask) {
    sizes.add(mask);
    int across = recipe.preprocessing().resize().width(mask.width(), mask.height());
    int down = recipe.preprocessing().resize().height(mask.width(), mask.height());
    sumOfScales += Math.min((double) across / mask.width(), (double) down / mask.height());
    masks++;
  }

  /** Passes the notice on, once all masks are seen. */
  void finish() {
    double side = sizes.median() * sumOfScales / masks;
    if (sizes.count() == 0 || side >= DefectSizes.PATCH) {
      return;
    }
    DefectSizes.Proposal better = sizes.proposal();
    String size =
        better.tile().isPresent()
            ? String.format(
                Locale.ROOT,
                "fit with %dx%d (size) cut into tiles of %d (tile)",
                better.width(),
                better.height(),
                better.tile().getAsInt())
            : String.format(Locale.ROOT, "fit with %dx%d (size)", better.width(), better.height());
    notices.accept(
        String.format(
            Locale.ROOT,
            "the defects in the masks are %.1f pixels wide in the network's input (median of %d),"
                + " where a patch of layer2 has %d, so that they may be missed; %s and the layers"
                + " %s (taps)",
            side,
            sizes.count(),
            DefectSizes.PATCH,
            size,
            String.join(",", better.layers())));
  }
}
