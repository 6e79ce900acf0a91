package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import kintsugi.InputException;
import kintsugi.dataset.Sample;
import kintsugi.metric.RocCurve;
import kintsugi.scoremap.ScoreMaps;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/**
 * What a set of known pictures says about scores.
 *
 * @param low the smallest map value of the set
 * @param high the largest map value of the set
 * @param threshold the normalised score from which on a picture counts as anomalous
 * @param displayHigh the map value drawn brightest: the 80th percentile of the maps' maxima. Heat
 *     maps start at 0.
 */
public record Calibration(double low, double high, double threshold, double displayHigh) {
  private static final double DISPLAY_PERCENTILE = 80;

  /** {@code (score − low) / (high − low)}; 0 and 1 are the set's smallest and largest map value. */
  public double normalise(double score) {
    return (score - low) / (high - low);
  }

  /** Whether a normalised score is a verdict of anomalous. */
  public boolean isAnomalous(double normalisedScore) {
    return normalisedScore >= threshold;
  }

  /**
   * Scores known pictures and sets range and threshold: Youden's, or, where no picture is
   * anomalous, just above the largest normal score.
   *
   * @throws InputException if no normal picture, or of a given kind none, can be read
   */
  public static Calibration of(Session session, AnomalyDetector detector, List<Sample> samples) {
    Set<Path> anomalousFiles =
        samples.stream().filter(Sample::anomalous).map(Sample::file).collect(Collectors.toSet());
    List<Double> scores = new ArrayList<>();
    List<Boolean> anomalous = new ArrayList<>();
    List<Double> minima = new ArrayList<>();
    List<Double> maxima = new ArrayList<>();
    List<Path> files = samples.stream().map(Sample::file).toList();
    detector.score(
        session,
        files,
        "calibrate",
        scored -> {
          scores.add(scored.score());
          anomalous.add(anomalousFiles.contains(scored.file()));
          minima.add(ScoreMaps.min(scored.map()));
          maxima.add(ScoreMaps.max(scored.map()));
        });
    Set<Boolean> kinds = new HashSet<>(anomalous);
    if (!kinds.contains(false) || !anomalousFiles.isEmpty() && !kinds.contains(true)) {
      throw new InputException(
          files.getFirst().getParent()
              + ": calibration needs readable pictures of each kind that is given");
    }
    double low = minima.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double high = maxima.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    Calibration range = new Calibration(low, high, Double.NaN, displayHigh(maxima));
    double[] normalised = scores.stream().mapToDouble(range::normalise).toArray();
    boolean[] truth = new boolean[normalised.length];
    for (int i = 0; i < truth.length; i++) {
      truth[i] = anomalous.get(i);
    }
    return new Calibration(low, high, threshold(normalised, truth, kinds), range.displayHigh);
  }

  private static double threshold(double[] scores, boolean[] truth, Set<Boolean> kinds) {
    if (kinds.contains(true)) {
      return RocCurve.of(scores, truth).youdenThreshold();
    }
    double largest = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      largest = Math.max(largest, score);
    }
    return Math.nextUp(largest);
  }

  private static double displayHigh(List<Double> maxima) {
    double[] values = maxima.stream().mapToDouble(Double::doubleValue).toArray();
    return new Percentile().evaluate(values, DISPLAY_PERCENTILE);
  }
}
