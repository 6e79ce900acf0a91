package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import kintsugi.InputException;
import kintsugi.dataset.Sample;
import kintsugi.metric.FalsePositiveRate;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.ScoreMaps;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * What a set of known pictures says about scores.
 *
 * @param low the smallest map value of the set
 * @param high the largest map value of the set
 * @param threshold the normalised score from which on a picture counts as anomalous
 * @param rule how the threshold was found
 * @param falsePositives how often a normal picture will be called anomalous
 * @param pixelThreshold the normalised map value from which on a pixel lies in a box: the 95th
 *     percentile of the largest values of the normal maps
 * @param displayLow the map value drawn transparent: 0, or for PatchCore the smallest
 * @param displayHigh the map value drawn brightest: the 80th percentile of the maps' maxima, or for
 *     PatchCore 0.7 of the largest
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
  private static final double DISPLAY_PERCENTILE = 80;
  private static final double DISPLAY_SHARE = 0.7;
  private static final double PIXEL_PERCENTILE = 95;

  /**
   * {@code (score − low) / (high − low)}; 0 and 1 are the set's smallest and largest map value.
   *
   * @param score the score as the detector gives it
   * @return the normalised score
   */
  public double normalise(double score) {
    return (score - low) / (high - low);
  }

  /**
   * {@return whether a normalised score is a verdict of anomalous}
   *
   * @param normalisedScore the score, normalised
   */
  public boolean isAnomalous(double normalisedScore) {
    return normalisedScore >= threshold;
  }

  /** What was seen of one picture. */
  private record Seen(boolean anomalous, double score, double least, double largest) {}

  /**
   * Scores known pictures and sets range and threshold.
   *
   * @param session the engine, the weights and the threads
   * @param detector the fitted method
   * @param samples the pictures and the truth
   * @param rule how the threshold is found; empty for the recipe's rule or, where that needs
   *     anomalous pictures and there are none, just above the largest normal score
   * @return range and threshold
   * @throws InputException if no normal picture, or of a given kind none, can be read, or the rule
   *     needs anomalous pictures
   */
  public static Calibration of(
      Session session,
      AnomalyDetector detector,
      List<Sample> samples,
      Optional<ThresholdRule> rule) {
    Set<Path> anomalousFiles =
        samples.stream().filter(Sample::anomalous).map(Sample::file).collect(Collectors.toSet());
    ThresholdRule chosen = rule.orElseGet(() -> byDefault(detector, anomalousFiles));
    List<Path> files = samples.stream().map(Sample::file).toList();
    if (chosen.needsAnomalous() && anomalousFiles.isEmpty()) {
      throw new InputException(
          "--threshold "
              + chosen
              + ": needs anomalous pictures too; give --anomalous, or quantile:0.99 or margin:0.1");
    }
    List<Seen> seen = new ArrayList<>();
    detector.score(
        session,
        files,
        "calibrate",
        scored ->
            seen.add(
                new Seen(
                    anomalousFiles.contains(scored.file()),
                    scored.score(),
                    ScoreMaps.min(scored.map()),
                    ScoreMaps.max(scored.map()))));
    boolean hasAnomalous = seen.stream().anyMatch(Seen::anomalous);
    if (seen.stream().allMatch(Seen::anomalous) || hasAnomalous == anomalousFiles.isEmpty()) {
      throw new InputException(
          files.getFirst().getParent()
              + ": calibration needs readable pictures of each kind that is given");
    }
    return of(seen, chosen, detector.recipe() instanceof PatchCoreRecipe);
  }

  private static ThresholdRule byDefault(AnomalyDetector detector, Set<Path> anomalousFiles) {
    ThresholdRule usual = detector.recipe().threshold();
    boolean cannot = usual.needsAnomalous() && anomalousFiles.isEmpty();
    return cannot ? ThresholdRule.LARGEST_NORMAL : usual;
  }

  private static Calibration of(List<Seen> seen, ThresholdRule rule, boolean patchCore) {
    double low = seen.stream().mapToDouble(Seen::least).min().orElseThrow();
    double high = seen.stream().mapToDouble(Seen::largest).max().orElseThrow();
    if (!(high > low)) {
      throw new InputException(
          "all score maps have the one value " + low + "; no threshold can tell pictures apart");
    }
    double[] scores = seen.stream().mapToDouble(s -> (s.score - low) / (high - low)).toArray();
    boolean[] anomalous = new boolean[scores.length];
    for (int i = 0; i < anomalous.length; i++) {
      anomalous[i] = seen.get(i).anomalous;
    }
    double threshold = rule.threshold(scores, anomalous);
    double[] maxima = seen.stream().mapToDouble(Seen::largest).toArray();
    double[] normalMaxima =
        seen.stream().filter(s -> !s.anomalous).mapToDouble(Seen::largest).toArray();
    double pixel = new Percentile().evaluate(normalMaxima, PIXEL_PERCENTILE);
    return new Calibration(
        low,
        high,
        threshold,
        rule,
        FalsePositiveRate.at(threshold, scores, anomalous),
        (pixel - low) / (high - low),
        patchCore ? low : 0,
        patchCore ? DISPLAY_SHARE * high : new Percentile().evaluate(maxima, DISPLAY_PERCENTILE));
  }
}
