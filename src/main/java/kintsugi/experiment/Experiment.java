package kintsugi.experiment;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.detector.Fit;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.image.ImageSource;

/**
 * An experiment: fit and calibrate, or take a model from a file, then test. It is an iterator over
 * the tested images, from which a report draws them; work begins when the first is asked for.
 *
 * <pre>{@code
 * try (Experiment experiment = Experiment.of(kintsugi, recipe, split, seed, options)) {
 *   experiment.forEachRemaining(gallery::add);
 *   write(experiment.result());
 * }
 * }</pre>
 */
public final class Experiment implements Iterator<Judged>, AutoCloseable {
  private final Session session;
  private final List<Sample> test;
  private final Evaluation.PixelOptions options;
  private final Supplier<Model> source;
  private final int trainImages;
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private final long start = System.nanoTime();
  private Optional<String> sizes = Optional.empty();
  private Model model;
  private long testing;
  private EvaluationRun run;

  /**
   * The result of an experiment.
   *
   * @param model fitted and calibrated
   * @param evaluation on the test samples
   * @param trainImages images learnt from; 0 where the model came from a file
   * @param seconds of {@code extract}, {@code fit}, {@code calibrate}, {@code test} and {@code
   *     total}
   */
  public record Result(
      Model model, Evaluation evaluation, int trainImages, Map<String, Double> seconds) {}

  private Experiment(
      Session session, List<Sample> test, Evaluation.PixelOptions options, Model model) {
    this.session = session;
    this.test = test;
    this.options = options;
    this.source = () -> model;
    this.trainImages = 0;
  }

  private Experiment(
      Kintsugi kintsugi, Recipe recipe, Split split, long seed, Evaluation.PixelOptions options) {
    this.session = kintsugi.session();
    this.test = split.test();
    this.options = options;
    this.source = () -> fitted(kintsugi, recipe, split, seed);
    this.trainImages = split.train().size();
  }

  /**
   * {@return an experiment that fits and calibrates}
   *
   * @param kintsugi the library
   * @param recipe the choices
   * @param split the samples to learn from, to calibrate and to test
   * @param seed fixes every draw
   * @param options the computation of pixel figures
   */
  public static Experiment of(
      Kintsugi kintsugi, Recipe recipe, Split split, long seed, Evaluation.PixelOptions options) {
    return new Experiment(kintsugi, recipe, split, seed, options);
  }

  /**
   * {@return an experiment that tests a model}
   *
   * @param kintsugi the library
   * @param model a calibrated one
   * @param test the samples to test
   * @param options the computation of pixel figures
   */
  public static Experiment of(
      Kintsugi kintsugi, Model model, List<Sample> test, Evaluation.PixelOptions options) {
    return new Experiment(kintsugi.session(), test, options, model);
  }

  private Model fitted(Kintsugi kintsugi, Recipe recipe, Split split, long seed) {
    int normals = sources(split.calibrate(), false).size();
    recipe
        .threshold()
        .shortage(normals)
        .ifPresent(
            missing -> {
              throw new InputException(missing);
            });
    Model fitted;
    try (Fit fit = kintsugi.begin(recipe, seed)) {
      fit.add(split.train().stream().map(Sample::file).map(ImageSource::of).toList());
      fitted = fit.finish();
      sizes = fit.sizes();
      seconds.put("extract", fit.extractSeconds());
      seconds.put("fit", fit.fitSeconds());
    }
    long calibrating = System.nanoTime();
    Model calibrated =
        kintsugi.calibrate(
            fitted,
            sources(split.calibrate(), false),
            sources(split.calibrate(), true),
            Optional.empty());
    seconds.put("calibrate", (System.nanoTime() - calibrating) / 1e9);
    return calibrated;
  }

  private static List<ImageSource> sources(List<Sample> samples, boolean anomalous) {
    return samples.stream()
        .filter(sample -> sample.anomalous() == anomalous)
        .map(sample -> ImageSource.of(sample.file()))
        .toList();
  }

  /** {@return the engine, the weights and the threads} */
  public Session session() {
    return session;
  }

  /** {@return how many images will be tested, those that cannot be read included} */
  public int testImages() {
    return test.size();
  }

  /** {@return what {@link Fit#sizes} said after the fit} */
  public Optional<String> sizes() {
    return sizes;
  }

  /** {@return the model that is tested, fitted and calibrated; asking for it begins the work} */
  public Model model() {
    run();
    return model;
  }

  private EvaluationRun run() {
    if (run == null) {
      model = source.get();
      testing = System.nanoTime();
      run = new EvaluationRun(model, test, options);
    }
    return run;
  }

  @Override
  public boolean hasNext() {
    return run().hasNext();
  }

  @Override
  public Judged next() {
    return run().next();
  }

  /**
   * {@return the result, once all images are iterated over}
   *
   * @throws kintsugi.InputException if no image of either kind could be read
   */
  public Result result() {
    Evaluation evaluation = run().evaluation();
    long end = System.nanoTime();
    seconds.put("test", (end - testing) / 1e9);
    seconds.put("total", (end - start) / 1e9);
    return new Result(model, evaluation, trainImages, new LinkedHashMap<>(seconds));
  }

  @Override
  public void close() {
    if (run != null) {
      run.close();
    }
  }
}
