package kintsugi.detector;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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
    Fit fit = Fit.start(recipe, seed);
    fit.add(session, split.train().stream().map(Sample::file).toList());
    Model model = Model.of(session, fit);
    long calibrating = System.nanoTime();
    Calibration calibration =
        Calibration.of(session, model.detector(), split.calibrate(), Optional.empty());
    long testing = System.nanoTime();
    Evaluation evaluation = Evaluation.of(session, model.detector(), calibration, split.test());
    long end = System.nanoTime();
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("extract", fit.extractSeconds());
    seconds.put("fit", fit.fitSeconds());
    seconds.put("calibrate", (testing - calibrating) / 1e9);
    seconds.put("test", (end - testing) / 1e9);
    seconds.put("total", (end - start) / 1e9);
    return new Experiment(model.with(calibration), evaluation, seconds);
  }
}
