package kintsugi.detector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.image.ColourScale;
import kintsugi.image.ImageSource;
import kintsugi.metric.FalsePositiveRate;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.ScoreMaps;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * The score range and the threshold of a detector, found from images whose truth is known.
 *
 * @param low the minimum of the images' score maps
 * @param high the maximum of the images' score maps
 * @param threshold the normalised score from which on an image is predicted anomalous
 * @param rule how the threshold was found
 * @param falsePositives how often a normal image will be predicted anomalous
 * @param pixelThreshold the normalised score from which on a pixel belongs to a region: the 95th
 *     percentile of the normal maps' maxima
 * @param displayLow the score that a heat map draws darkest
 * @param displayHigh the score that a heat map draws brightest
 */
public record Calibration(
    double low,
    double high,
    double threshold,
    ThresholdRule rule,
    FalsePositiveRate falsePositives,
    double pixelThreshold,
    double displayLow,
    double displayHigh) {
  private static final double PIXEL_PERCENTILE = 95;

  /**
   * Checks the values, so that no score can be normalised to NaN.
   *
   * @throws IllegalArgumentException if one is not finite, or {@code low} is not below {@code high}
   */
  public Calibration {
    Recipe.require(low < high && Double.isFinite(high - low), "calibration: low below high");
    Recipe.require(Double.isFinite(threshold), "calibration: a finite threshold");
    Recipe.require(Double.isFinite(pixelThreshold), "calibration: a finite pixel_threshold");
    Recipe.require(
        Double.isFinite(displayLow) && Double.isFinite(displayHigh),
        "calibration: a finite display range");
  }

  /**
   * {@return the normalised score {@code (score − low) / (high − low)}; 0 and 1 are the minimum and
   * the maximum of the calibration maps}
   *
   * @param score the score as the detector returns it
   */
  public double normalise(double score) {
    return (score - low) / (high - low);
  }

  /**
   * {@return the score that {@link #normalise} makes of it}
   *
   * @param normalised a normalised score
   */
  public double denormalise(double normalised) {
    return low + normalised * (high - low);
  }

  /**
   * {@return the prediction for a normalised score}
   *
   * @param normalisedScore the image score, normalised
   */
  public Verdict verdict(double normalisedScore) {
    return normalisedScore >= threshold ? Verdict.ANOMALOUS : Verdict.NORMAL;
  }

  /**
   * {@return the colours of all heat maps, by scores as the detector returns them: transparent
   * below the pixel threshold, over the display range, or a longer one where less than a third of
   * it would be above the threshold}
   */
  public ColourScale colours() {
    return colours(pixelThreshold);
  }

  /**
   * {@return the colours of all heat maps with another pixel threshold}
   *
   * @param pixelThreshold the normalised score from which on a pixel is coloured
   */
  public ColourScale colours(double pixelThreshold) {
    return ColourScale.of(displayLow, displayHigh, denormalise(pixelThreshold));
  }

  /** The scores of one image that calibration needs. */
  private record Seen(double score, double minimum, double maximum) {
    static Seen of(Scored scored) {
      return new Seen(scored.score(), ScoreMaps.min(scored.map()), ScoreMaps.max(scored.map()));
    }
  }

  /**
   * Scores images whose truth is known and sets range and threshold.
   *
   * @param model the fitted model; that it was fitted to some of the images is a notice
   * @param normal images without a defect
   * @param anomalous images with one; may be empty
   * @param rule how the threshold is found; empty for the recipe's rule or, where that needs
   *     anomalous images and there are none, just above the largest normal score
   * @return range and threshold
   * @throws InputException if no normal image, or of the given anomalous ones none, can be read, or
   *     the rule needs anomalous images
   */
  public static Calibration of(
      Model model,
      List<? extends ImageSource> normal,
      List<? extends ImageSource> anomalous,
      Optional<ThresholdRule> rule) {
    AnomalyDetector detector = model.detector();
    ThresholdRule chosen = rule.orElseGet(() -> byDefault(detector, anomalous.isEmpty()));
    if (chosen.needsAnomalous() && anomalous.isEmpty()) {
      throw new InputException(
          "the threshold rule "
              + chosen
              + " needs anomalous images too; add some (anomalous), or find the threshold by"
              + " quantile:0.99 or margin:0.1 (threshold)");
    }
    List<ImageSource> learnt = new ArrayList<>();
    List<Seen> normals = seen(model, normal, learnt);
    List<Seen> anomalies = seen(model, anomalous, learnt);
    TrainingImages.notice(learnt, "the threshold").ifPresent(detector.session()::notice);
    if (normals.isEmpty() || anomalies.isEmpty() != anomalous.isEmpty()) {
      throw new InputException(
          "calibration needs at least one readable image of each kind that it is passed, normal and"
              + " anomalous");
    }
    return of(detector.recipe().display(), normals, anomalies, chosen);
  }

  /** Scores images, and collects those that the model was fitted to. */
  private static List<Seen> seen(
      Model model, List<? extends ImageSource> images, List<ImageSource> learnt) {
    if (images.isEmpty()) {
      return List.of();
    }
    List<Seen> seen = new ArrayList<>();
    try (Stream<Scored> scored = model.detector().score(images, "calibrate")) {
      scored.forEachOrdered(
          image -> {
            seen.add(Seen.of(image));
            if (model.training().contains(image.image())) {
              learnt.add(image.source());
            }
          });
    }
    return seen;
  }

  private static ThresholdRule byDefault(AnomalyDetector detector, boolean onlyNormal) {
    ThresholdRule usual = detector.recipe().threshold();
    return usual.needsAnomalous() && onlyNormal ? ThresholdRule.MAX_NORMAL : usual;
  }

  private static Calibration of(
      DisplayRange display, List<Seen> normals, List<Seen> anomalies, ThresholdRule rule) {
    List<Seen> all = new ArrayList<>(normals);
    all.addAll(anomalies);
    double low = all.stream().mapToDouble(Seen::minimum).min().orElseThrow();
    double high = all.stream().mapToDouble(Seen::maximum).max().orElseThrow();
    if (!(high > low)) {
      throw new InputException(
          "all score maps have the single value " + low + "; no threshold can tell images apart");
    }
    double[] scores = all.stream().mapToDouble(s -> (s.score - low) / (high - low)).toArray();
    boolean[] anomalous = new boolean[scores.length];
    Arrays.fill(anomalous, normals.size(), scores.length, true);
    double threshold = rule.threshold(scores, anomalous);
    double pixel = new Percentile().evaluate(maxima(normals), PIXEL_PERCENTILE);
    return new Calibration(
        low,
        high,
        threshold,
        rule,
        FalsePositiveRate.at(threshold, scores, anomalous),
        (pixel - low) / (high - low),
        display.low(low),
        display.high(high, maxima(all)));
  }

  private static double[] maxima(List<Seen> seen) {
    return seen.stream().mapToDouble(Seen::maximum).toArray();
  }
}
