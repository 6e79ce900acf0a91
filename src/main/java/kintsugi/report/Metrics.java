package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.Version;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.Evaluation;
import kintsugi.detector.Experiment;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ConfusionMatrix;

/**
 * What {@code metrics.json} holds.
 *
 * @param algorithm {@code padim} or {@code patchcore}
 * @param recipe its name
 * @param choices every choice of the recipe
 * @param engine what computed
 * @param network which one the weights belong to
 * @param weights the fingerprint of the backbone's weights
 * @param weightsSource where they came from
 * @param seed fixes every draw
 * @param imageAuroc over the pictures
 * @param averagePrecision over the pictures
 * @param pixelAuroc absent where there are no masks
 * @param aupro absent where there are no masks
 * @param auproLimit the false-positive rate up to which it looks
 * @param pixelF1 the best F1 of single pixels; absent where there are no masks
 * @param pixelF1Threshold the normalised map value that has it
 * @param pixelError what the three can be off at most; 0 where they are exact
 * @param threshold from this normalised score on a picture counts as anomalous
 * @param thresholdRule how it was found
 * @param confusion the four counts
 * @param confusionNormalised the same by true class, whose rows sum to 1
 * @param accuracy the share of right verdicts
 * @param meanAccuracy the mean of recall and specificity
 * @param precision at the threshold
 * @param recall at the threshold
 * @param specificity at the threshold
 * @param f1 at the threshold
 * @param falsePositiveRate at the threshold
 * @param falseNegativeRate at the threshold
 * @param confidence95 intervals of the figures, by bootstrap
 * @param classes how normal pictures and each kind of defect did
 * @param seconds of {@code extract}, {@code fit}, {@code calibrate}, {@code test}, {@code report}
 *     and {@code total}; 0 for what this command did not do
 * @param msPerTestImage milliseconds of {@code test} for each picture
 * @param trainImages pictures learnt from; 0 where the model came from a file
 * @param testImages pictures tested
 * @param threads how many computed
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
    List<Evaluation.ClassOutcome> classes,
    Map<String, Double> seconds,
    double msPerTestImage,
    int trainImages,
    int testImages,
    int threads,
    String version,
    String java,
    String system,
    List<String> skipped) {

  /** The steps whose seconds are named. */
  private static final List<String> STEPS =
      List.of("extract", "fit", "calibrate", "test", "report", "total");

  /**
   * Puts together what a run knows.
   *
   * @param drawing seconds of the test that went into pictures for the report
   */
  static Metrics of(Session session, Experiment experiment, double drawing) {
    Model model = experiment.model();
    Evaluation evaluation = experiment.evaluation();
    ConfusionMatrix confusion = evaluation.confusion();
    Calibration calibration = model.calibration().orElseThrow();
    Optional<Evaluation.PixelFigures> pixels = evaluation.pixels();
    Map<String, Double> allSteps = new LinkedHashMap<>();
    STEPS.forEach(step -> allSteps.put(step, experiment.seconds().getOrDefault(step, 0.0)));
    allSteps.merge("test", -drawing, Double::sum);
    allSteps.put("report", drawing);
    int tested = evaluation.outcomes().size();
    return new Metrics(
        model.detector().recipe().algorithm(),
        model.detector().recipe().name(),
        model.detector().recipe().choices(),
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
        experiment.trainImages(),
        tested,
        session.parallel().threads(),
        Version.number(),
        Host.java(),
        Host.system(),
        session.skipped().stream().map(Path::toString).toList());
  }

  /** Adds the seconds that writing the report took. */
  void addReport(double writing) {
    seconds.merge("report", writing, Double::sum);
    seconds.merge("total", writing, Double::sum);
  }
}
