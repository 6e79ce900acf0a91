package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Drift;
import kintsugi.detector.InputSize;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.Decoding;
import kintsugi.image.ImageKey;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.Region;
import kintsugi.serve.History.Drawing;
import kintsugi.serve.History.Listed;

/**
 * The line: the models that are served, and all that happens to an image that arrives, by HTTP or
 * in a folder. It is scored by one version of a model, remembered, counted, and told to the pages
 * that listen. Any number of threads may score at once.
 */
public final class Line {
  private static final int CHANNELS = 3;
  private static final double NANOS = 1e9;
  private static final double MILLIS = 1e6;

  private final Kintsugi kintsugi;
  private final OwnRegions regions;
  private final Map<String, Served> models = new LinkedHashMap<>();
  private final Waiting waiting;
  private final BiConsumer<Path, Model> saved;
  private final History history;
  private final Events events = new Events();
  private final Metrics metrics = new Metrics();
  private volatile BooleanSupplier watch = () -> true;

  /**
   * The choices of a line.
   *
   * @param files of the models by their names
   * @param queue how many images may wait or be scored at once
   * @param history where answers and images are kept on the disk; empty for nowhere
   * @param saved hears of every model that was saved to its file
   */
  public record Settings(
      Map<String, Path> files,
      int queue,
      Optional<Keeping> history,
      BiConsumer<Path, Model> saved) {}

  /**
   * The history on the disk.
   *
   * @param folder the folder, which is created
   * @param bytes of all its files
   * @param age of the oldest
   */
  public record Keeping(Path folder, long bytes, Duration age) {}

  /**
   * Loads the models.
   *
   * @param kintsugi the library, whose scope asks {@code regions}
   * @param regions of images while they are scored
   * @param settings the choices
   * @throws InputException if a model cannot be loaded, or the history's folder not be used
   */
  public Line(Kintsugi kintsugi, OwnRegions regions, Settings settings) {
    this.kintsugi = kintsugi;
    this.regions = regions;
    this.saved = settings.saved;
    long heap = Runtime.getRuntime().maxMemory();
    this.waiting = new Waiting(settings.queue, heap / 4);
    this.history =
        new History(
            heap / 32, settings.history.map(k -> new HistoryFolder(k, kintsugi.session()::notice)));
    settings.files.forEach(
        (name, file) -> models.put(name, new Served(kintsugi, name, file, waiting, this::changed)));
    metrics.gauge("kintsugi_queue_images", "", waiting::taken);
    metrics.gauge("kintsugi_queue_limit", "", waiting::places);
    metrics.gauge("kintsugi_event_listeners", "", events::listeners);
    for (Served served : models.values()) {
      metrics.gauge(
          "kintsugi_drift_statistic",
          Metrics.labels("model", served.name()),
          () -> served.current().monitor().drift().status().statistic());
    }
  }

  /**
   * An answer, and the prediction that it tells of.
   *
   * @param listed the answer with its id in the history
   * @param prediction with its map
   * @param region that was looked at, in addition to the model's own; empty for all of the image
   */
  record Result(Listed listed, Prediction prediction, Optional<Region> region) {}

  /** {@return the models in their order} */
  public Collection<Served> models() {
    return models.values();
  }

  /**
   * {@return the model of a name}
   *
   * @throws Refusal if there is none
   */
  Served model(String name) {
    Served served = models.get(name);
    if (served == null) {
      throw new Refusal(
          Refusal.NOT_FOUND, "there is no model of this name; there are " + models.keySet());
    }
    return served;
  }

  /**
   * {@return the model that a request is for}
   *
   * @throws Refusal if no model has this name
   */
  Served model(Request request) {
    return model(request.path("name"));
  }

  Kintsugi kintsugi() {
    return kintsugi;
  }

  OwnRegions regions() {
    return regions;
  }

  Waiting waiting() {
    return waiting;
  }

  History history() {
    return history;
  }

  Events events() {
    return events;
  }

  Metrics metrics() {
    return metrics;
  }

  /**
   * Scores an image, remembers it and draws it, all while it has its memory.
   *
   * @param served the model, whose version of now scores
   * @param name of the image
   * @param bytes of its file; not copied
   * @param arrived when it arrived, by {@link System#nanoTime}
   * @param drawing makes what is returned of the answer
   * @return what {@code drawing} returns
   * @throws InputException if it cannot be read, or has another size than the model's
   */
  <T> T score(Served served, String name, byte[] bytes, long arrived, Function<Result, T> drawing) {
    Version version = served.current();
    Decoding decoding = decoding(version);
    ImageSource source = ImageSource.of(name, bytes);
    ImageKey key = waiting.working(() -> source.key(decoding));
    return waiting.decoded(
        key.width(),
        key.height(),
        () -> {
          Prediction prediction = predict(version, source);
          long nanos = System.nanoTime() - arrived;
          Answer.Job job = new Answer.Job(name, key.hash(), served.name(), version.sha256());
          Answer answer = Answer.of(job, prediction, nanos / MILLIS, Instant.now());
          Listed listed = remember(answer, prediction, bytes, decoding);
          waiting.took(nanos);
          metrics.image(served.name(), answer.verdict(), nanos / NANOS);
          version.monitor().observe(prediction).ifPresent(alarm -> drifted(served, alarm));
          return drawing.apply(new Result(listed, prediction, version.region()));
        });
  }

  private Listed remember(Answer answer, Prediction prediction, byte[] bytes, Decoding decoding) {
    Thumbnail small = new Thumbnail(prediction.image());
    Listed listed = new Listed(history.nextId(), answer, small, null);
    history.add(
        listed,
        bytes,
        Drawing.of(prediction, decoding),
        () -> events.send("answer", listed.id(), listed));
    return listed;
  }

  /** Tells of images that have changed. */
  private void drifted(Served served, Drift.Status alarm) {
    kintsugi.session().warn(served.name() + ": " + alarm.sentence());
    events.send("drift", null, new Drifted(served.name(), alarm));
  }

  /** A model's drift, as an event tells of it. */
  private record Drifted(String model, @JsonUnwrapped Drift.Status status) {}

  /**
   * {@return the scoring of images that arrive in a folder}
   *
   * @param name of the model
   */
  public WatchFolder.Scorer scorer(String name) {
    Served served = model(name);
    return (image, sha256, bytes, arrived) ->
        score(
            served,
            image,
            bytes,
            arrived,
            result ->
                new WatchFolder.Result(
                    result.listed().answer(), result.prediction(), result.region()));
  }

  /**
   * Takes note of a folder that is to be watched as long as the line is served.
   *
   * @param running whether it is watched at the moment
   */
  public void watched(BooleanSupplier running) {
    watch = running;
    metrics.gauge("kintsugi_watch_running", "", () -> running.getAsBoolean() ? 1 : 0);
  }

  /** {@return whether the folder that is to be watched is; true without one} */
  boolean isWatching() {
    return watch.getAsBoolean();
  }

  /** Tells of a version that was taken into use; the changes of a model in their order. */
  private void changed(Served served, Version version) {
    events.send("model", null, ModelApi.shown(served, version));
    saved.accept(served.file(), version.model());
  }

  /**
   * Scores an image of one colour with every model, so that the first that arrives does not wait
   * for what is prepared once.
   */
  public void warmUp() {
    for (Served served : models.values()) {
      InputSize size = served.model().detector().inputSize();
      Pixels plain =
          new Pixels(
              size.width(), size.height(), new byte[CHANNELS * size.width() * size.height()]);
      try {
        kintsugi.predict(served.model(), ImageSource.of("warm-up", plain));
      } catch (InputException e) {
        // A model that looks for a foreground or aligns refuses it, after the preparation.
        continue;
      }
    }
  }

  /** Scores an image without remembering it; what calls has the memory and the thread for it. */
  Prediction predict(Version version, ImageSource source) {
    return regions.within(
        version.region(), source, () -> kintsugi.predict(version.model(), source));
  }

  /** {@return how a version's images are decoded} */
  Decoding decoding(Version version) {
    long maxPixels = kintsugi.session().options().maxPixels();
    return version.model().recipe().preprocessing().decoding().withMaxPixels(maxPixels);
  }
}
