package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.Version;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.experiment.ClassOutcome;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.image.ImageSource;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ConfusionMatrix;
import kintsugi.metric.ErrorRate;

/**
 * The content of {@code metrics.json}.
 *
 * @param algorithm the method's name
 * @param recipe its name
 * @param choices every choice of the recipe
 * @param engine that computed
 * @param network which one the weights belong to
 * @param weights the fingerprint of the backbone's weights
 * @param weightsSource the weights' file
 * @param seed fixes every draw
 * @param imageAuroc over the images
 * @param averagePrecision over the images
 * @param pixelAuroc absent where there are no masks
 * @param aupro absent where there are no masks
 * @param auproLimit the false-positive rate up to which it integrates
 * @param pixelF1 the best F1 of single pixels; absent where there are no masks
 * @param pixelF1Threshold the normalised score that has it
 * @param pixelError the bound on the error of the three; 0 where they are exact
 * @param threshold from this normalised score on an image is predicted anomalous
 * @param thresholdRule how it was found
 * @param rates what the threshold does, in a sentence
 * @param falsePositives how many normal images are predicted anomalous, with an exact interval
 * @param falseNegatives how many anomalous images are predicted normal, with an exact interval
 * @param warnings what makes the model or the figures worse than they look, a line each
 * @param confusion the four counts
 * @param confusionNormalised the same by true class, whose rows sum to 1
 * @param accuracy the fraction of right predictions
 * @param meanAccuracy the mean of recall and specificity
 * @param precision at the threshold; NaN, which JSON has as null, where no image is predicted
 *     anomalous
 * @param recall at the threshold
 * @param specificity at the threshold
 * @param f1 at the threshold
 * @param falsePositiveRate at the threshold
 * @param falseNegativeRate at the threshold
 * @param confidence95 intervals of the figures, by bootstrap
 * @param classes the predictions for normal images and each class of defects
 * @param seconds of {@code extract}, {@code fit}, {@code calibrate}, {@code test}, {@code report}
 *     and {@code total}; 0 for steps that this command did not take
 * @param msPerTestImage milliseconds of {@code test} per image
 * @param trainImages images learnt from; 0 where the model came from a file
 * @param testImages images tested
 * @param threads that computed
 * @param version of Kintsugi
 * @param java the runtime's version and maker
 * @param system the operating system and its processors' architecture
 * @param skipped files left out because they could not be read
 */
public record Metrics(
    String algorithm,
    String recipe,
    Map<String, Object> choices,
    String engine,
    String network,
    String weights,
    String weightsSource,
    long seed,
    double imageAuroc,
    double averagePrecision,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double pixelAuroc,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double aupro,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double auproLimit,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double pixelF1,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double pixelF1Threshold,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double pixelError,
    double threshold,
    String thresholdRule,
    String rates,
    ErrorRate falsePositives,
    ErrorRate falseNegatives,
    List<String> warnings,
    ConfusionMatrix confusion,
    ConfusionMatrix.Normalised confusionNormalised,
    double accuracy,
    double meanAccuracy,
    double precision,
    double recall,
    double specificity,
    double f1,
    double falsePositiveRate,
    double falseNegativeRate,
    Bootstrap confidence95,
    List<ClassOutcome> classes,
    Map<String, Double> seconds,
    double msPerTestImage,
    int trainImages,
    int testImages,
    int threads,
    String version,
    String java,
    String system,
    List<String> skipped) {

  /** The steps with seconds of their own. */
  private static final List<String> STEPS =
      List.of("extract", "fit", "calibrate", "test", "report", "total");

  /**
   * The metrics of a result.
   *
   * @param drawing seconds of the test spent on drawing images for the report
   */
  static Metrics of(Experiment.Result result, Session session, double drawing) {
    Model model = result.model();
    Evaluation evaluation = result.evaluation();
    ConfusionMatrix confusion = evaluation.confusion();
    Calibration calibration = model.requireCalibration();
    Optional<Evaluation.PixelFigures> pixels = evaluation.pixels();
    Map<String, Double> allSteps = new LinkedHashMap<>();
    STEPS.forEach(step -> allSteps.put(step, result.seconds().getOrDefault(step, 0.0)));
    allSteps.merge("test", -drawing, Double::sum);
    allSteps.put("report", drawing);
    int tested = evaluation.outcomes().size();
    return new Metrics(
        model.recipe().method(),
        model.recipe().name(),
        Choices.of(model.recipe()),
        session.engine().name(),
        ResNet.name(session.weights()),
        model.fingerprint(),
        session.weights().source(),
        model.seed(),
        evaluation.roc().area(),
        evaluation.roc().averagePrecision(),
        pixels.map(p -> p.auroc().value()).orElse(null),
        pixels.map(p -> p.aupro().value()).orElse(null),
        pixels.map(Evaluation.PixelFigures::falsePositiveLimit).orElse(null),
        pixels.map(p -> p.f1().value()).orElse(null),
        pixels.map(Evaluation.PixelFigures::f1Threshold).orElse(null),
        pixels.map(Evaluation.PixelFigures::error).orElse(null),
        calibration.threshold(),
        calibration.rule().toString(),
        evaluation.rates().sentence(),
        evaluation.rates().falsePositives(),
        evaluation.rates().falseNegatives(),
        evaluation.warnings().stream().map(InputException::withoutChoices).toList(),
        confusion,
        confusion.normalised(),
        confusion.accuracy(),
        confusion.meanAccuracy(),
        confusion.precision(),
        confusion.recall(),
        confusion.specificity(),
        confusion.f1(),
        confusion.falsePositiveRate(),
        confusion.falseNegativeRate(),
        evaluation.intervals(),
        evaluation.classes(),
        allSteps,
        1000 * allSteps.get("test") / tested,
        result.trainImages(),
        tested,
        session.parallel().threads(),
        Version.number(),
        Host.java(),
        Host.system(),
        session.skipped().stream().map(ImageSource::name).toList());
  }

  /** Adds the seconds spent on writing the report. */
  void addReport(double writing) {
    seconds.merge("report", writing, Double::sum);
    seconds.merge("total", writing, Double::sum);
  }
}
