package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import kintsugi.InputException;
import kintsugi.dataset.Sample;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.RocCurve;

/**
 * How a calibrated detector did on known pictures.
 *
 * @param outcomes one for each picture, in the order of the samples
 * @param roc the curve of their normalised scores
 * @param confusion the verdicts at the calibration's threshold
 */
public record Evaluation(List<Outcome> outcomes, RocCurve roc, ConfusionMatrix confusion) {

  /**
   * One picture.
   *
   * @param sample the picture and the truth
   * @param score the normalised score
   * @param foundAnomalous the verdict
   */
  public record Outcome(Sample sample, double score, boolean foundAnomalous) {

    /** Whether the verdict is the truth. */
    public boolean isRight() {
      return sample.anomalous() == foundAnomalous;
    }
  }

  /**
   * Scores the samples.
   *
   * @throws InputException if of either kind none can be read
   */
  public static Evaluation of(
      Session session, AnomalyDetector detector, Calibration calibration, List<Sample> samples) {
    Map<Path, Sample> byFile =
        samples.stream().collect(Collectors.toMap(Sample::file, Function.identity(), (a, b) -> a));
    List<Outcome> outcomes = new ArrayList<>();
    detector.score(
        session,
        samples.stream().map(Sample::file).toList(),
        "test",
        scored -> {
          double score = calibration.normalise(scored.score());
          Sample sample = byFile.get(scored.file());
          outcomes.add(new Outcome(sample, score, calibration.isAnomalous(score)));
        });
    double[] scores = outcomes.stream().mapToDouble(Outcome::score).toArray();
    boolean[] anomalous = new boolean[scores.length];
    int found = 0;
    for (int i = 0; i < scores.length; i++) {
      anomalous[i] = outcomes.get(i).sample().anomalous();
      found += anomalous[i] ? 1 : 0;
    }
    if (found == 0 || found == scores.length) {
      throw new InputException(
          samples.getFirst().file().getParent()
              + ": an evaluation needs readable normal and anomalous pictures");
    }
    return new Evaluation(
        List.copyOf(outcomes),
        RocCurve.of(scores, anomalous),
        ConfusionMatrix.of(scores, anomalous, calibration.threshold()));
  }
}
