package kintsugi.experiment;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import kintsugi.dataset.Sample;
import kintsugi.detector.Model;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.ErrorRates;
import kintsugi.metric.PixelScores;
import kintsugi.metric.RocCurve;

/**
 * The figures of a calibrated model on images whose truth is known.
 *
 * @param outcomes one per image, in the order of the samples
 * @param roc the curve of their normalised scores
 * @param confusion the predictions at the calibration's threshold
 * @param rates how many normal images are rejected and anomalous ones missed, with intervals
 * @param warnings what makes the model or its figures worse than they look, a line each
 * @param intervals confidence intervals of the figures
 * @param pixels empty where an anomalous image has no mask
 */
public record Evaluation(
    List<Outcome> outcomes,
    RocCurve roc,
    ConfusionMatrix confusion,
    ErrorRates rates,
    List<String> warnings,
    Bootstrap intervals,
    Optional<PixelFigures> pixels) {

  /**
   * The figures of single pixels.
   *
   * @param auroc area under the ROC of single pixels
   * @param aupro area under the per-region overlap up to a false-positive rate
   * @param f1 the best F1 of single pixels
   * @param f1Threshold the normalised score that has it
   * @param falsePositiveLimit the false-positive rate up to which AUPRO integrates
   */
  public record PixelFigures(
      PixelScores.Estimate auroc,
      PixelScores.Estimate aupro,
      PixelScores.Estimate f1,
      double f1Threshold,
      double falsePositiveLimit) {

    /** {@return the maximum bound on the error of these figures} */
    public double error() {
      return Math.max(auroc.error(), Math.max(aupro.error(), f1.error()));
    }
  }

  /**
   * The computation of pixel figures.
   *
   * @param exact whether every pixel's score is kept, eight bytes each, or counted in a histogram
   * @param falsePositiveLimit the false-positive rate up to which AUPRO integrates
   */
  public record PixelOptions(boolean exact, double falsePositiveLimit) {
    /** A histogram, and the usual limit. */
    public static final PixelOptions USUAL =
        new PixelOptions(false, PixelScores.FALSE_POSITIVE_LIMIT);
  }

  /**
   * {@return the figures of a model}
   *
   * @param model a calibrated one; its seed fixes the draws of the confidence intervals
   * @param samples images and truth
   * @param options the computation of pixel figures
   * @throws kintsugi.InputException if no image of either kind can be read
   */
  public static Evaluation of(Model model, List<Sample> samples, PixelOptions options) {
    try (EvaluationRun run = new EvaluationRun(model, samples, options)) {
      for (Iterator<Judged> images = run; images.hasNext(); ) {
        images.next();
      }
      return run.evaluation();
    }
  }

  /** {@return the outcomes by class: normal images first, then the classes of defects by name} */
  public List<ClassOutcome> classes() {
    return ClassOutcome.of(outcomes);
  }
}
