package kintsugi.spark;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.ImageSource;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;

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
    model = settings.model() == null ? null : kintsugi.load(local(settings.model()));
  }

  /**
   * {@return the library of this process}
   *
   * @throws kintsugi.InputException if the weights or the model cannot be used
   */
  static Worker of(Settings settings) {
    return OPEN.computeIfAbsent(settings.id(), id -> new Worker(settings));
  }

  /** Ends the threads of this process; where it ends itself they end with it. */
  static void closeAll() {
    OPEN.values().forEach(Worker::close);
    OPEN.clear();
  }

  private static Kintsugi opened(Settings settings) {
    Kintsugi.Builder builder =
        Kintsugi.builder()
            .engine(settings.engine())
            .convolutions(settings.convolutions())
            .threads(settings.threads() == 0 ? cores() : settings.threads())
            .maxPixels(settings.maxPixels())
            .weights(local(settings.weights()));
    return settings.skipUnreadable() ? builder.skipUnreadable().open() : builder.open();
  }

  /** A file that {@link org.apache.spark.SparkContext#addFile} brought here. */
  private static Path local(String name) {
    return Path.of(SparkFiles.get(name));
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
    return local.matches("\\d+")
        ? Integer.parseInt(local)
        : conf.getInt("spark.executor.cores", all);
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
    Queue<Sent> sent = new ArrayDeque<>();
    Stream<ImageSource> sources =
        StreamSupport.stream(((Iterable<Located>) () -> images).spliterator(), false)
            .map(
                image -> {
                  Sent each = new Sent(image, image.source());
                  sent.add(each);
                  return each.source;
                });
    Iterator<Prediction> predictions = kintsugi.predict(model, sources).iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        boolean more = predictions.hasNext();
        if (!more) {
          sent.forEach(each -> failures.skip(each.image.name()));
          sent.clear();
        }
        return more;
      }

      @Override
      public Predicted next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        Prediction prediction = predictions.next();
        Sent each = sent.remove();
        for (; each.source != prediction.source(); each = sent.remove()) {
          failures.skip(each.image.name());
        }
        return new Predicted(each.image, prediction);
      }
    };
  }

  private record Sent(Located image, ImageSource source) {}

  @Override
  public void close() {
    kintsugi.close();
  }
}
