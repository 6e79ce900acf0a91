package kintsugi.detector;

import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.image.MapTransform;
import kintsugi.tensor.Tensor;

/**
 * What was found in an image, in parts and as a sentence: the score against the threshold, and the
 * regions above the pixel threshold, which need not agree.
 *
 * @param verdict normal, anomalous, or not calibrated
 * @param score normalised; before calibration as the method returns it
 * @param threshold the normalised score from which on an image is anomalous; empty before
 *     calibration
 * @param pixelThreshold the normalised score from which on a pixel belongs to a region; empty
 *     before calibration
 * @param regions in pixels of the image, highest first; none before calibration
 * @param place of the highest region or, where there are none, of the map's maximum, such as {@code
 *     upper left}; {@code most of the image} for a region that reaches over two thirds of its width
 *     and height
 * @param layers the feature layers that most of the highest region's peak comes from, such as
 *     {@code layer 2}; empty where the image is not anomalous, has no region, or has one layer
 *     alone
 */
public record Finding(
    Verdict verdict,
    double score,
    OptionalDouble threshold,
    OptionalDouble pixelThreshold,
    List<Explanation.Box> regions,
    String place,
    Optional<String> layers) {
  private static final String MOST = "most of the image";
  private static final double MOST_OF_A_SIDE = 2 / 3.0;
  private static final Pattern LAYER = Pattern.compile("layer(\\d+)(\\..*)?");
  private static final int MOST_DIGITS = 9;

  /**
   * {@return what was found in a scored image, with regions above the calibration's pixel
   * threshold}
   *
   * @param model which scored it
   * @param scored the image and its scores
   */
  public static Finding of(Model model, Scored scored) {
    return Prediction.of(model, scored).finding();
  }

  static Finding of(
      Model model, Scored scored, OptionalDouble pixelThreshold, List<Explanation.Box> regions) {
    Optional<Calibration> calibration = model.calibration();
    double score = calibration.map(c -> c.normalise(scored.score())).orElse(scored.score());
    Verdict verdict = calibration.map(c -> c.verdict(score)).orElse(Verdict.NOT_CALIBRATED);
    boolean attributed = verdict == Verdict.ANOMALOUS && !regions.isEmpty();
    return new Finding(
        verdict,
        score,
        calibration.stream().mapToDouble(Calibration::threshold).findFirst(),
        pixelThreshold,
        regions,
        place(scored, model.recipe(), regions),
        attributed
            ? mostly(Explanation.layers(scored, model.detector(), regions.getFirst()))
            : Optional.empty());
  }

  private static String place(Scored scored, Recipe recipe, List<Explanation.Box> regions) {
    int width = scored.image().width();
    int height = scored.image().height();
    if (!regions.isEmpty()) {
      Explanation.Box box = regions.getFirst();
      return box.width() >= MOST_OF_A_SIDE * width && box.height() >= MOST_OF_A_SIDE * height
          ? MOST
          : place((box.x() + box.width() / 2) / width, (box.y() + box.height() / 2) / height);
    }
    Tensor map = scored.map();
    int at = 0;
    for (int i = 1; i < map.size(); i++) {
      at = map.data()[i] > map.data()[at] ? i : at;
    }
    MapTransform transform = recipe.preprocessing().toImage(width, height);
    int x = at % map.dim(1);
    int y = at / map.dim(1);
    Rectangle2D pixel = transform.toImage(x, y, x + 1, y + 1);
    return place(pixel.getCenterX() / width, pixel.getCenterY() / height);
  }

  /** One of nine places, by fractions of the width and the height. */
  private static String place(double x, double y) {
    String row = y < 1 / 3.0 ? "upper " : y < 2 / 3.0 ? "" : "lower ";
    return row + (x < 1 / 3.0 ? "left" : x < 2 / 3.0 ? "centre" : "right");
  }

  /** The layer with more than half of the whole, or the two with the most. */
  private static Optional<String> mostly(Map<String, Double> layers) {
    if (layers.size() < 2) {
      return Optional.empty();
    }
    List<String> byShare = new ArrayList<>(layers.keySet());
    byShare.sort(Comparator.comparingDouble(tap -> -layers.get(tap)));
    String first = named(byShare.getFirst());
    return Optional.of(
        layers.get(byShare.getFirst()) > 0.5 ? first : first + " and " + named(byShare.get(1)));
  }

  /** {@code layer 2} for {@code layer2.1.bn2}; another tap is its own name. */
  private static String named(String tap) {
    Matcher layer = LAYER.matcher(tap);
    return layer.matches() ? "layer " + layer.group(1) : tap;
  }

  /**
   * {@return whether verdict and regions contradict one another: a normal image has a region, or an
   * anomalous one has none; false before calibration}
   */
  public boolean regionsDisagree() {
    return verdict != Verdict.NOT_CALIBRATED && (verdict == Verdict.ANOMALOUS) == regions.isEmpty();
  }

  /**
   * {@return what was found, in one sentence without a full stop, such as {@code anomalous, 0.31
   * above 0.22: one region at upper left, 12 by 18 pixels, mostly layer 2}}
   */
  public String sentence() {
    if (verdict == Verdict.NOT_CALIBRATED) {
      return String.format(Locale.ROOT, "%s, score %.4g, highest at %s", verdict, score, place);
    }
    String compared = verdict + ", " + compared(score, threshold.orElseThrow());
    String line = String.format(Locale.ROOT, "%.2f", pixelThreshold.orElseThrow());
    if (verdict == Verdict.ANOMALOUS) {
      return regions.isEmpty()
          ? compared
              + ", but no region lies above the pixel threshold "
              + line
              + ": the whole image differs, most at "
              + place
          : compared + ": " + found() + layers.map(name -> ", mostly " + name).orElse("");
    }
    if (regions.isEmpty()) {
      return compared;
    }
    boolean one = regions.size() == 1;
    return compared
        + ", but "
        + found()
        + (one ? ", lies" : ", lie")
        + " above the pixel threshold "
        + line
        + (one ? ": look at it" : ": look at them");
  }

  private String found() {
    Explanation.Box box = regions.getFirst();
    return String.format(
        Locale.ROOT,
        "%s %s %s, %d by %d pixels",
        regions.size() == 1 ? "one region" : regions.size() + " regions, the highest",
        place.equals(MOST) ? "over" : "at",
        place,
        Math.max(1, Math.round(box.width())),
        Math.max(1, Math.round(box.height())));
  }

  /** Both with the two decimals that are usual, or with as many as they differ in. */
  private static String compared(double score, double threshold) {
    for (int digits = 2; digits <= MOST_DIGITS; digits++) {
      String format = "%." + digits + "f";
      String left = String.format(Locale.ROOT, format, score);
      String right = String.format(Locale.ROOT, format, threshold);
      if (!left.equals(right)) {
        return left + (score < threshold ? " below " : " above ") + right;
      }
    }
    return String.format(
        Locale.ROOT, "%.2f %s %.2f", score, score < threshold ? "just below" : "at", threshold);
  }
}
