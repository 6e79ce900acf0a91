package kintsugi.detector;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;

/**
 * A published example from end to end: fit, calibrate, evaluate.
 *
 * @param model fitted and calibrated
 * @param evaluation on the test samples
 * @param trainImages pictures learnt from; 0 where the model came from a file
 * @param seconds of {@code extract}, {@code fit}, {@code calibrate}, {@code test} and {@code total}
 */
public record Experiment(
    Model model, Evaluation evaluation, int trainImages, Map<String, Double> seconds) {

  /**
   * {@return a model from a file, evaluated}
   *
   * @param session the engine, the weights and the threads
   * @param model a calibrated one
   * @param samples the pictures and the truth
   * @param options how pixels are judged
   * @param observer sees each test picture
   */
  public static Experiment evaluate(
      Session session,
      Model model,
      List<Sample> samples,
      Evaluation.PixelOptions options,
      Consumer<Evaluation.Seen> observer) {
    long start = System.nanoTime();
    Evaluation evaluation = Evaluation.of(session, model, samples, options, observer);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Experiment(model, evaluation, 0, Map.of("test", seconds, "total", seconds));
  }

  /**
   * Runs it.
   *
   * @param session the engine, the weights and the threads
   * @param recipe the choices
   * @param split the sides
   * @param seed fixes every draw
   * @param options how pixels are judged
   * @param observer sees each test picture while its map is at hand
   * @return the model and how it did
   * @throws kintsugi.InputException if a picture cannot be read, unless the session skips them
   */
  public static Experiment run(
      Session session,
      Recipe recipe,
      Split split,
      long seed,
      Evaluation.PixelOptions options,
      Consumer<Evaluation.Seen> observer) {
    long start = System.nanoTime();
    Fit fit = Fit.start(recipe, seed);
    fit.add(session, split.train().stream().map(Sample::file).toList());
    Model model = Model.of(session, fit);
    long calibrating = System.nanoTime();
    Calibration calibration =
        Calibration.of(session, model.detector(), split.calibrate(), Optional.empty());
    long testing = System.nanoTime();
    Model calibrated = model.with(calibration);
    Evaluation evaluation = Evaluation.of(session, calibrated, split.test(), options, observer);
    long end = System.nanoTime();
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("extract", fit.extractSeconds());
    seconds.put("fit", fit.fitSeconds());
    seconds.put("calibrate", (testing - calibrating) / 1e9);
    seconds.put("test", (end - testing) / 1e9);
    seconds.put("total", (end - start) / 1e9);
    return new Experiment(calibrated, evaluation, split.train().size(), seconds);
  }
}
