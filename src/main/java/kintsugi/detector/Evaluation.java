package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import kintsugi.InputException;
import kintsugi.dataset.Sample;
import kintsugi.image.PictureReader;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.PixelScores;
import kintsugi.metric.RocCurve;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;

/**
 * How a calibrated detector did on known pictures.
 *
 * @param outcomes one for each picture, in the order of the samples
 * @param roc the curve of their normalised scores
 * @param confusion the verdicts at the calibration's threshold
 * @param pixels empty where an anomalous picture has no mask
 */
public record Evaluation(
    List<Outcome> outcomes, RocCurve roc, ConfusionMatrix confusion, Optional<Pixels> pixels) {

  /**
   * How well the maps told wrong pixels from right ones.
   *
   * @param auroc area under the ROC of single pixels
   * @param aupro area under the per-region overlap up to a false-positive rate of 0.3
   */
  public record Pixels(double auroc, double aupro) {}

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
    boolean masked = samples.stream().allMatch(Sample::hasPixelTruth);
    PixelScores pixels = new PixelScores();
    detector.score(
        session,
        samples.stream().map(Sample::file).toList(),
        "test",
        scored -> {
          double score = calibration.normalise(scored.score());
          Sample sample = byFile.get(scored.file());
          outcomes.add(new Outcome(sample, score, calibration.isAnomalous(score)));
          if (masked) {
            pixels.add(scored.map().data(), labels(detector, sample, scored));
          }
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
        ConfusionMatrix.of(scores, anomalous, calibration.threshold()),
        masked && pixels.hasBothKinds()
            ? Optional.of(
                new Pixels(pixels.auroc(), pixels.aupro(PixelScores.FALSE_POSITIVE_LIMIT)))
            : Optional.empty());
  }

  /** The regions of a sample's mask as its score map sees them. */
  private static int[] labels(
      AnomalyDetector detector, Sample sample, AnomalyDetector.Scored scored) {
    if (!sample.anomalous()) {
      return new int[scored.map().size()];
    }
    var mask = PictureReader.read(sample.mask());
    if (mask.width() != scored.picture().width() || mask.height() != scored.picture().height()) {
      throw new InputException(
          sample.mask()
              + ": is "
              + mask.width()
              + "x"
              + mask.height()
              + ", its picture "
              + scored.picture().width()
              + "x"
              + scored.picture().height()
              + "; name a folder of masks that belong to the pictures");
    }
    Tensor projected =
        detector.recipe().preprocessing().project(mask, scored.map().dim(1), scored.map().dim(0));
    return Regions.label(projected, 1);
  }
}
