package kintsugi.detector;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import kintsugi.image.ColourScale;
import kintsugi.image.HeatMap;
import kintsugi.image.ImageSource;
import kintsugi.image.MapTransform;
import kintsugi.image.Pixels;
import kintsugi.image.Region;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * A model's prediction for one image.
 *
 * @param source where the image came from
 * @param image its pixels
 * @param score the image score as the method returns it
 * @param normalisedScore the score by the calibration's range; empty before calibration
 * @param verdict normal, anomalous, or not calibrated; by the score alone
 * @param map the score map at the size of the network's input, {@code [H, W]}; 0 outside of the
 *     region of interest
 * @param looked the map's pixels in the region of interest; empty if all are
 * @param regions where the map is at or above the pixel threshold, in pixels of the image, highest
 *     first; none before calibration
 * @param finding what was found, in parts and as a sentence; whether verdict and regions agree
 * @param explanation the patches behind the score, where they were asked for
 * @param model which predicted
 */
public record Prediction(
    ImageSource source,
    Pixels image,
    double score,
    OptionalDouble normalisedScore,
    Verdict verdict,
    Tensor map,
    Optional<Region> looked,
    List<Explanation.Box> regions,
    Finding finding,
    Optional<Explanation> explanation,
    Model model) {
  /** How many patches are named, and how many channels of each. */
  private static final int NAMED = 5;

  /**
   * {@return the prediction of a scored image}
   *
   * @param model which scored it
   * @param scored the image and its scores
   */
  public static Prediction of(Model model, Scored scored) {
    return of(model, scored, OptionalDouble.empty());
  }

  /**
   * {@return the prediction of a scored image}
   *
   * @param model which scored it
   * @param scored the image and its scores
   * @param pixelThreshold the normalised score from which on a pixel belongs to a region, finite;
   *     empty for the calibration's
   * @throws IllegalArgumentException if the threshold is not finite
   */
  public static Prediction of(Model model, Scored scored, OptionalDouble pixelThreshold) {
    requireFinite(pixelThreshold);
    OptionalDouble threshold =
        model.calibration().stream()
            .mapToDouble(c -> pixelThreshold.orElse(c.pixelThreshold()))
            .findFirst();
    List<Explanation.Box> regions =
        model
            .calibration()
            .map(c -> Explanation.boxes(scored, model.recipe(), c, threshold.orElseThrow()))
            .orElse(List.of());
    return of(model, scored, threshold, regions, Optional.empty());
  }

  /**
   * {@return the prediction of a scored image, with the patches behind its score}
   *
   * @param model a calibrated one
   * @param scored the image and its scores
   * @param pixelThreshold the normalised score from which on a pixel belongs to a region, finite;
   *     empty for the calibration's
   * @throws IllegalArgumentException if the threshold is not finite
   */
  public static Prediction explained(Model model, Scored scored, OptionalDouble pixelThreshold) {
    requireFinite(pixelThreshold);
    Calibration calibration = model.requireCalibration();
    double threshold = pixelThreshold.orElse(calibration.pixelThreshold());
    Explanation explanation =
        Explanation.of(scored, model.detector(), calibration, threshold, NAMED);
    return of(
        model, scored, OptionalDouble.of(threshold), explanation.boxes(), Optional.of(explanation));
  }

  /**
   * Requires a threshold that a score can reach or miss.
   *
   * @param pixelThreshold a normalised score, or empty
   * @throws IllegalArgumentException if it is NaN or infinite
   */
  public static void requireFinite(OptionalDouble pixelThreshold) {
    Recipe.require(
        Double.isFinite(pixelThreshold.orElse(0)),
        "pixel_threshold: a finite value, not " + pixelThreshold.orElse(0));
  }

  private static Prediction of(
      Model model,
      Scored scored,
      OptionalDouble pixelThreshold,
      List<Explanation.Box> regions,
      Optional<Explanation> explanation) {
    Finding finding = Finding.of(model, scored, pixelThreshold, regions);
    return new Prediction(
        scored.source(),
        scored.image(),
        scored.score(),
        model.calibration().isPresent()
            ? OptionalDouble.of(finding.score())
            : OptionalDouble.empty(),
        finding.verdict(),
        scored.map(),
        scored.region(),
        regions,
        finding,
        explanation,
        model);
  }

  /** {@return whether the image is predicted anomalous; false before calibration} */
  public boolean isAnomalous() {
    return verdict == Verdict.ANOMALOUS;
  }

  /**
   * {@return the conformal p-value, see {@link Calibration#pValue}; empty before calibration, or
   * where an earlier release calibrated}
   */
  public OptionalDouble pValue() {
    return model
        .calibration()
        .map(calibration -> calibration.pValue(normalisedScore.orElseThrow()))
        .orElseGet(OptionalDouble::empty);
  }

  /** {@return the transform between the map's coordinates and the image's} */
  public MapTransform transform() {
    return model.recipe().preprocessing().toImage(image.width(), image.height());
  }

  /** {@return the score map's values in the region of interest} */
  public Tensor values() {
    return looked.map(inside -> inside.values(map)).orElse(map);
  }

  /** {@return the score map as it is drawn: NaN outside of the region of interest} */
  public Tensor drawnMap() {
    return looked.map(inside -> inside.with(map, Float.NaN)).orElse(map);
  }

  /**
   * {@return the image with its score map drawn over it, at the image's own size up to 64 million
   * pixels, see {@link HeatMap#overlay(Pixels, Tensor, MapTransform, ColourScale)}}
   *
   * <p>All images of a calibrated model share the calibration's colours, so that they can be
   * compared; before calibration each map has its own range.
   */
  public BufferedImage heatMap() {
    return heatMap(colours());
  }

  /**
   * {@return the image with its score map drawn over it in colours of one's own; what is outside of
   * the region of interest is darkened}
   *
   * @param colours of scores as the method returns them
   */
  public BufferedImage heatMap(ColourScale colours) {
    return HeatMap.overlay(image, drawnMap(), transform(), colours);
  }

  /**
   * {@return a heat map with its scale in a strip below it, whose labels are normalised scores, or
   * scores as the method returns them before calibration}
   */
  public BufferedImage heatMapWithScale() {
    ColourScale colours = colours();
    ColourScale labels = model.calibration().map(c -> colours.in(c::normalise)).orElse(colours);
    return HeatMap.withScale(image, drawnMap(), transform(), colours, labels).image();
  }

  /**
   * {@return the colours of the heat map: the calibration's, with the prediction's pixel threshold,
   * or before calibration those from the map's minimum to its maximum}
   */
  public ColourScale colours() {
    return model
        .calibration()
        .map(c -> c.colours(finding.pixelThreshold().orElse(c.pixelThreshold())))
        .orElseGet(() -> ColourScale.of(ScoreMaps.min(values()), ScoreMaps.max(values())));
  }
}
