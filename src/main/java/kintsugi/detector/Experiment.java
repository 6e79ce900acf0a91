package kintsugi.detector;

import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;

/**
 * A published example from end to end: fit, calibrate, evaluate.
 *
 * @param model fitted and calibrated
 * @param evaluation on the test samples
 * @param seconds of {@code extract}, {@code fit}, {@code calibrate}, {@code test} and {@code total}
 */
public record Experiment(Model model, Evaluation evaluation, Map<String, Double> seconds) {

  /**
   * Runs it.
   *
   * @throws kintsugi.InputException if a picture cannot be read, unless the session skips them
   */
  public static Experiment run(Session session, Recipe recipe, Split split, long seed) {
    long start = System.nanoTime();
    PadimDetector.Fitted fitted =
        PadimDetector.fit(session, recipe, split.train().stream().map(Sample::file).toList(), seed);
    long calibrating = System.nanoTime();
    Calibration calibration = Calibration.of(session, fitted.detector(), split.calibrate());
    long testing = System.nanoTime();
    Evaluation evaluation = Evaluation.of(session, fitted.detector(), calibration, split.test());
    long end = System.nanoTime();
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("extract", fitted.extractSeconds());
    seconds.put("fit", fitted.fitSeconds());
    seconds.put("calibrate", (testing - calibrating) / 1e9);
    seconds.put("test", (end - testing) / 1e9);
    seconds.put("total", (end - start) / 1e9);
    Model model =
        new Model(
            fitted.detector(), java.util.Optional.empty(), session.weights().fingerprint(), seed);
    return new Experiment(model.with(calibration), evaluation, seconds);
  }
}
