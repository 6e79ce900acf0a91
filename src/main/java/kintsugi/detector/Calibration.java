package kintsugi.detector;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.image.ColourScale;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.metric.Conformal;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.ErrorRate;
import kintsugi.metric.ErrorRates;
import kintsugi.metric.ThresholdRule;
import kintsugi.tensor.Tensor;

/**
 * The score range and the threshold of a detector, found from images whose truth is known.
 *
 * @param low the minimum of the images' score maps
 * @param high the maximum of the images' score maps
 * @param threshold the normalised score from which on an image is predicted anomalous
 * @param rule how the threshold was found
 * @param falsePositives how often a normal image will be predicted anomalous, by the normal images
 * @param falseNegatives how often an anomalous image will be predicted normal, by the anomalous
 *     ones
 * @param pixelThreshold the normalised score from which on a pixel belongs to a region, so that an
 *     image has one, as far as that can be, if it is predicted anomalous
 * @param displayLow the score that a heat map draws darkest
 * @param displayHigh the score that a heat map draws brightest
 * @param learnt how many of the images the model was fitted to
 * @param scores the images and their scores; none in a calibration by an earlier release
 */
public record Calibration(
    double low,
    double high,
    double threshold,
    ThresholdRule rule,
    ErrorRate falsePositives,
    ErrorRate falseNegatives,
    double pixelThreshold,
    double displayLow,
    double displayHigh,
    int learnt,
    CalibrationScores scores) {
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
   * {@return whether a score is so far above the threshold that the image probably has a defect: by
   * more than half of the distance from the median of the normal scores to the threshold, or where
   * an earlier release kept none, from 0}
   *
   * @param normalisedScore the image score, normalised
   */
  public boolean isFarAboveThreshold(double normalisedScore) {
    List<CalibrationImage> normal = scores.normal();
    double median = normal.isEmpty() ? 0 : normal.get(normal.size() / 2).score();
    return normalisedScore - threshold > Math.abs(threshold - median) / 2;
  }

  /**
   * {@return the conformal p-value, {@code (1 + k)/(n + 1)}, where {@code k} of the calibration's
   * {@code n} normal images score as high or higher ({@link Conformal}). A normal image like those
   * gets one of at most {@code R} with a probability of at most {@code R}, for every {@code R}, if
   * the model was fitted to none of them. Of more than 10 000 images it is within 0.0002 of the
   * p-value by all. Empty for a calibration by an earlier release, which kept no scores}
   *
   * @param normalisedScore the image score, normalised
   */
  public OptionalDouble pValue(double normalisedScore) {
    int samples = scores.normal().size();
    return samples == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Conformal.pValue(scores.normalAtLeast(normalisedScore), samples));
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

  /** {@return what the threshold does to normal and to anomalous images} */
  public ErrorRates rates() {
    return new ErrorRates(falsePositives, falseNegatives);
  }

  /**
   * {@return what is wrong with the threshold, with the way out, a line each: it rejects more than
   * half of the normal images, misses all anomalous ones, was found with images that the model was
   * fitted to, or states a rate that so few images cannot show}
   */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (learnt > 0) {
      warnings.add(
          "the model was fitted to "
              + learnt
              + " of the images of its calibration, which flatters "
              + flattered(rule)
              + "; calibrate it with images that it was not fitted to (normal)");
    }
    warnings.addAll(doubts());
    return warnings;
  }

  /** What images that the model was fitted to do to the threshold. */
  private static String flattered(ThresholdRule rule) {
    return "the threshold and the p-values"
        + (rule.kind() == ThresholdRule.Kind.CONFORMAL ? " and breaks the promise of " + rule : "");
  }

  /** The same but for images that the model was fitted to. */
  private List<String> doubts() {
    List<String> doubts = new ArrayList<>(rates().warnings(threshold));
    if (rule.kind() == ThresholdRule.Kind.CONFORMAL && scores.heldOut()) {
      doubts.add(
          "the scores of the calibration are those of a cross-validation, which cannot keep the"
              + " promise of "
              + rule
              + "; calibrate with images that the model was not fitted to (normal)");
    }
    boolean misses = rule.kind() == ThresholdRule.Kind.MAX_FNR;
    int known = misses ? falseNegatives.samples() : falsePositives.samples();
    if (known < rule.samplesForItsRate()) {
      String kind = misses ? "anomalous" : "normal";
      doubts.add(
          String.format(
              Locale.ROOT,
              "%d %s images are too few to show the rate of %s: with no error among them it may still"
                  + " be %.2g; calibrate with at least %d (%s)",
              known,
              kind,
              rule,
              1.0 / (known + 1),
              rule.samplesForItsRate(),
              kind));
    }
    return doubts;
  }

  /**
   * {@return the same score range with a threshold by another rule, found with the scores that were
   * kept}
   *
   * @param other the rule
   * @throws InputException if the rule needs scores that were not kept, anomalous images where
   *     there were none, or more normal ones than there were
   */
  public Calibration with(ThresholdRule other) {
    boolean known = !scores.normal().isEmpty();
    if (other.needsScores() && !known) {
      throw new InputException(
          "the model keeps no scores of the images it was calibrated with, which the rule "
              + other
              + " needs; calibrate it with images again (normal), or set a value such as value:0.3"
              + " (threshold)");
    }
    requireImages(other, scores.normal().size(), scores.anomalous().size());
    double[] all = scores.all();
    boolean[] anomalous = labels(scores.normal().size(), all.length);
    double found = other.threshold(all, anomalous);
    ErrorRates rates = ErrorRates.calibrated(ConfusionMatrix.of(all, anomalous, found), other);
    return new Calibration(
        low,
        high,
        found,
        other,
        rates.falsePositives(),
        rates.falseNegatives(),
        scores.hasMaxima()
            ? PixelThreshold.of(scores.maxima(), all, found, scores.normal().size())
            : pixelThreshold,
        displayLow,
        displayHigh,
        learnt,
        scores);
  }

  /** {@return the same without the images' scores, for where they are not needed} */
  public Calibration withoutScores() {
    return new Calibration(
        low,
        high,
        threshold,
        rule,
        falsePositives,
        falseNegatives,
        pixelThreshold,
        displayLow,
        displayHigh,
        learnt,
        CalibrationScores.NONE);
  }

  private static void requireImages(ThresholdRule rule, int normals, int anomalies) {
    rule.shortage(normals)
        .ifPresent(
            missing -> {
              throw new InputException(missing);
            });
    if (rule.needsAnomalous() && anomalies == 0) {
      throw new InputException(
          "the threshold rule "
              + rule
              + " needs anomalous images too; add some (anomalous), or find the threshold by"
              + " quantile:0.99 or margin:0.1 (threshold)");
    }
  }

  private static boolean[] labels(int normals, int count) {
    boolean[] anomalous = new boolean[count];
    Arrays.fill(anomalous, normals, count, true);
    return anomalous;
  }

  /** The calibration of a model file, as {@link RecordJson} or an earlier release wrote it. */
  static Calibration read(String text) {
    Map<String, Object> tree = RecordJson.object(text);
    if (tree.get("false_positives") instanceof Map<?, ?> old && old.containsKey("normals")) {
      Map<String, Object> rate = new LinkedHashMap<>();
      old.forEach((name, value) -> rate.put(name.equals("normals") ? "samples" : "" + name, value));
      rate.put("at_most", String.valueOf(tree.get("rule")).startsWith("margin:"));
      tree.put("false_positives", rate);
      tree.put("false_negatives", RecordJson.tree(ErrorRate.UNKNOWN));
      tree.put("learnt", 0L);
      tree.put("scores", RecordJson.tree(CalibrationScores.NONE));
    }
    if (tree.get("scores") instanceof Map<?, ?> scores) {
      Map<String, Object> images = new LinkedHashMap<>();
      scores.forEach((kind, list) -> images.put("" + kind, images(list)));
      tree.put("scores", images);
    }
    return RecordJson.record(tree, Calibration.class);
  }

  /** Images as they are written today, where earlier releases wrote scores alone. */
  private static Object images(Object list) {
    return list instanceof List<?> scores && scores.stream().allMatch(Number.class::isInstance)
        ? scores.stream()
            .map(score -> RecordJson.tree(CalibrationImage.of(((Number) score).doubleValue())))
            .toList()
        : list;
  }

  /**
   * What calibration needs of one image.
   *
   * @param image its name, its hash, and score, maximum and statistics as the method returns them
   * @param minimum of the score map
   */
  public record Seen(CalibrationImage image, double minimum) implements Serializable {
    /**
     * {@return what calibration needs of a scored image}
     *
     * @param scored the image and its scores
     * @param recipe of the model that scored it
     */
    public static Seen of(Scored scored, Recipe recipe) {
      Pixels image = scored.image();
      return new Seen(
          new CalibrationImage(
              scored.source().name(),
              image.hash(),
              scored.score(),
              scored.maximum(),
              ImageStatistics.of(image, scored.map(), scored.region(), recipe.preprocessing())),
          scored.minimum());
    }

    /**
     * {@return what calibration needs of an image that a model of a cross-validation scored}
     *
     * @param model that is calibrated
     * @param source the image, which is read
     * @param score the image score
     * @param minimum of the score map
     * @param maximum of the score map
     * @throws InputException if the image cannot be read
     */
    public static Seen heldOut(
        Model model, ImageSource source, double score, double minimum, double maximum) {
      AnomalyDetector detector = model.detector();
      Preprocessing preprocessing = detector.recipe().preprocessing();
      long maxPixels = detector.session().options().maxPixels();
      Pixels image = source.read(preprocessing.decoding().withMaxPixels(maxPixels));
      Tensor map = Tensor.zeros(detector.inputSize().height(), detector.inputSize().width());
      ImageStatistics statistics =
          ImageStatistics.of(image, map, Optional.empty(), preprocessing).withMedian(Double.NaN);
      String sha256 = image.hash();
      return new Seen(
          new CalibrationImage(source.name(), sha256, score, maximum, statistics), minimum);
    }

    /**
     * {@return what is kept of it, in the calibration's units}
     *
     * @param low the calibration's minimum
     * @param high its maximum
     */
    public CalibrationImage normalised(double low, double high) {
      ImageStatistics seen = image.statistics();
      return new CalibrationImage(
          image.name(),
          image.sha256(),
          (image.score() - low) / (high - low),
          (image.maximum() - low) / (high - low),
          seen.withMedian((seen.median() - low) / (high - low)));
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
   *     the rule needs anomalous images or more normal ones
   */
  public static Calibration of(
      Model model,
      List<? extends ImageSource> normal,
      List<? extends ImageSource> anomalous,
      Optional<ThresholdRule> rule) {
    AnomalyDetector detector = model.detector();
    ThresholdRule chosen = rule.orElseGet(() -> byDefault(detector, anomalous.isEmpty()));
    requireImages(chosen, normal.size(), anomalous.size());
    List<ImageSource> learnt = new ArrayList<>();
    List<Seen> normals = seen(model, normal, learnt);
    List<Seen> anomalies = seen(model, anomalous, learnt);
    if (anomalies.isEmpty() != anomalous.isEmpty()) {
      throw noneReadable();
    }
    return of(model, normals, anomalies, learnt, Optional.of(chosen));
  }

  private static InputException noneReadable() {
    return new InputException(
        "calibration needs at least one readable image of each kind that it is passed, normal and"
            + " anomalous");
  }

  /**
   * Sets range and threshold from what was seen of images that were scored elsewhere.
   *
   * @param model the fitted model; that it was fitted to some of the images is a notice
   * @param normals what was seen of images without a defect
   * @param anomalies of images with one; may be empty
   * @param learnt the images among them that the model was fitted to
   * @param rule how the threshold is found; empty for the recipe's rule or, where that needs
   *     anomalous images and there are none, just above the largest normal score
   * @return range and threshold
   * @throws InputException if there is no normal image, or the rule needs anomalous images or more
   *     normal ones
   */
  public static Calibration of(
      Model model,
      List<Seen> normals,
      List<Seen> anomalies,
      List<ImageSource> learnt,
      Optional<ThresholdRule> rule) {
    AnomalyDetector detector = model.detector();
    ThresholdRule chosen = rule.orElseGet(() -> byDefault(detector, anomalies.isEmpty()));
    if (normals.isEmpty()) {
      throw noneReadable();
    }
    // Some that cannot be read may have been left out.
    requireImages(chosen, normals.size(), anomalies.size());
    Calibration found = of(detector.recipe().display(), normals, anomalies, learnt.size(), chosen);
    TrainingImages.notice(learnt, flattered(chosen)).ifPresent(detector.session()::warn);
    found.doubts().forEach(detector.session()::warn);
    return found;
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
            seen.add(Seen.of(image, model.recipe()));
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

  /**
   * Sets range and threshold from scores that are known, such as those of a cross-validation.
   *
   * @param display which scores a heat map shows
   * @param normals scores of images without a defect
   * @param anomalies scores of images with one; may be empty
   * @param rule how the threshold is found
   * @return range and threshold
   * @throws InputException if all maps have one value
   * @throws IllegalArgumentException if the rule needs anomalous images and there are none
   */
  public static Calibration of(
      DisplayRange display, List<Seen> normals, List<Seen> anomalies, ThresholdRule rule) {
    return of(display, normals, anomalies, 0, rule);
  }

  private static Calibration of(
      DisplayRange display,
      List<Seen> normals,
      List<Seen> anomalies,
      int learnt,
      ThresholdRule rule) {
    List<Seen> all = new ArrayList<>(normals);
    all.addAll(anomalies);
    double low = all.stream().mapToDouble(Seen::minimum).min().orElseThrow();
    double high = Arrays.stream(maxima(all)).max().orElseThrow();
    if (!(high > low)) {
      throw new InputException(
          "all score maps have the single value " + low + "; no threshold can tell images apart");
    }
    List<CalibrationImage> images = all.stream().map(s -> s.normalised(low, high)).toList();
    double[] scores = images.stream().mapToDouble(CalibrationImage::score).toArray();
    boolean[] anomalous = labels(normals.size(), scores.length);
    double threshold = rule.threshold(scores, anomalous);
    ErrorRates rates =
        ErrorRates.calibrated(ConfusionMatrix.of(scores, anomalous, threshold), rule);
    double[] maxima = images.stream().mapToDouble(CalibrationImage::maximum).toArray();
    double pixel = PixelThreshold.of(maxima, scores, threshold, normals.size());
    return new Calibration(
        low,
        high,
        threshold,
        rule,
        rates.falsePositives(),
        rates.falseNegatives(),
        pixel,
        display.low(low),
        display.high(high, maxima(all)),
        learnt,
        CalibrationScores.of(
            images.subList(0, normals.size()), images.subList(normals.size(), images.size())));
  }

  private static double[] maxima(List<Seen> seen) {
    return seen.stream().mapToDouble(each -> each.image.maximum()).toArray();
  }
}
