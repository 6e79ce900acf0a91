package kintsugi.spark;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Scored;
import kintsugi.weights.Weights;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * The library in a worker process, opened once and shared by its tasks: a model is in memory once,
 * and the threads are as many as the process has cores, whatever the number of tasks.
 */
final class Worker implements AutoCloseable {
  private static final Map<String, Worker> OPEN = new ConcurrentHashMap<>();

  private final Kintsugi kintsugi;
  private final Model model;

  private Worker(Settings settings) {
    kintsugi = opened(settings);
    model = settings.model() == null ? null : settings.model().read(kintsugi::load);
  }

  /**
   * {@return the library of this process}
   *
   * @throws kintsugi.InputException if the weights or the model cannot be used
   */
  static Worker of(Settings settings) {
    return OPEN.computeIfAbsent(settings.id(), id -> new Worker(settings));
  }

  /** Ends the library of some settings, if it is open in this process. */
  static void close(Settings settings) {
    Worker worker = OPEN.remove(settings.id());
    if (worker != null) {
      worker.close();
    }
  }

  /** How many libraries are open in this process. */
  static int open() {
    return OPEN.size();
  }

  /** Ends the threads of this process; where it ends itself they end with it. */
  static void closeAll() {
    OPEN.values().forEach(Worker::close);
    OPEN.clear();
  }

  private static Kintsugi opened(Settings settings) {
    Weights weights = settings.weights().read(Weights::read);
    Kintsugi.Builder builder =
        Kintsugi.builder()
            .engine(settings.engine())
            .convolutions(settings.convolutions())
            .threads(settings.threads() == 0 ? cores() : settings.threads())
            .maxPixels(settings.maxPixels())
            .weights(weights);
    return settings.skipUnreadable() ? builder.skipUnreadable().open() : builder.open();
  }

  /** The cores of this process, which may be fewer than the machine's. */
  private static int cores() {
    int all = Runtime.getRuntime().availableProcessors();
    SparkConf conf = SparkEnv.get().conf();
    String master = conf.get("spark.master", "");
    if (master.startsWith("local-cluster")) {
      return Integer.parseInt(master.split(",")[1].strip());
    }
    String local = master.replaceFirst("^local\\[(\\d+)(,.*)?]$", "$1");
    if (master.equals("local")) {
      return 1;
    }
    // Spark's own value where none is set: one core of YARN's and of Kubernetes' machines.
    int unset = master.startsWith("yarn") || master.startsWith("k8s") ? 1 : all;
    return local.matches("\\d+")
        ? Integer.parseInt(local)
        : conf.getInt("spark.executor.cores", unset);
  }

  Kintsugi kintsugi() {
    return kintsugi;
  }

  Model model() {
    return model;
  }

  /** An image and what is predicted for it. */
  record Predicted(Located image, Prediction prediction) {}

  /**
   * Predicts images in their order, a batch at a time.
   *
   * @param images with their bytes
   * @param failures is told of those that are left out
   */
  Iterator<Predicted> predict(Iterator<Located> images, Failures failures) {
    Sent sent = new Sent(images, failures);
    Iterator<Prediction> predictions = kintsugi.predict(model, Reading.stream(sent)).iterator();
    return sent.results(
        predictions, Prediction::source, (image, found) -> new Predicted(image, found));
  }

  /** Scores images as {@link #predict} does, without what follows from a calibration. */
  Iterator<Scored> score(Iterator<Located> images, Failures failures) {
    Sent sent = new Sent(images, failures);
    return sent.results(
        model.detector().score(sent).iterator(), Scored::source, (image, scored) -> scored);
  }

  @Override
  public void close() {
    kintsugi.close();
  }
}
