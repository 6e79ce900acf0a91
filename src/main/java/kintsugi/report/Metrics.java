package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Evaluation;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.metric.ConfusionMatrix;

/**
 * What {@code metrics.json} holds.
 *
 * @param choices every choice of the recipe
 * @param network which one the weights belong to
 * @param weights the fingerprint of the backbone's weights
 * @param weightsSource where they came from
 * @param pixelAuroc absent where there are no masks
 * @param aupro absent where there are no masks
 * @param threshold from this normalised score on a picture counts as anomalous
 * @param seconds of {@code extract}, {@code fit}, {@code calibrate}, {@code test} and {@code
 *     total}; 0 for what this command did not do
 * @param msPerTestImage milliseconds of {@code test} for each picture
 * @param trainImages pictures learnt from; 0 where the model came from a file
 * @param skipped files left out because they could not be read
 * @param java the runtime's version and maker
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
    double threshold,
    ConfusionMatrix confusion,
    double accuracy,
    double meanAccuracy,
    double precision,
    double recall,
    double specificity,
    double f1,
    double falsePositiveRate,
    double falseNegativeRate,
    Map<String, Double> seconds,
    double msPerTestImage,
    int trainImages,
    int testImages,
    int threads,
    String java,
    List<String> skipped) {

  /** The steps whose seconds are named. */
  private static final List<String> STEPS = List.of("extract", "fit", "calibrate", "test", "total");

  /** Puts together what a run knows. */
  public static Metrics of(
      Session session,
      Model model,
      Evaluation evaluation,
      int trainImages,
      Map<String, Double> seconds) {
    ConfusionMatrix confusion = evaluation.confusion();
    Map<String, Double> allSteps = new LinkedHashMap<>();
    STEPS.forEach(step -> allSteps.put(step, seconds.getOrDefault(step, 0.0)));
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
        evaluation.pixels().map(Evaluation.Pixels::auroc).orElse(null),
        evaluation.pixels().map(Evaluation.Pixels::aupro).orElse(null),
        model.calibration().orElseThrow().threshold(),
        confusion,
        confusion.accuracy(),
        confusion.meanAccuracy(),
        confusion.precision(),
        confusion.recall(),
        confusion.specificity(),
        confusion.f1(),
        confusion.falsePositiveRate(),
        confusion.falseNegativeRate(),
        allSteps,
        1000 * allSteps.get("test") / tested,
        trainImages,
        tested,
        session.parallel().threads(),
        System.getProperty("java.vm.version") + ", " + System.getProperty("java.vendor"),
        session.skipped().stream().map(Path::toString).toList());
  }
}
