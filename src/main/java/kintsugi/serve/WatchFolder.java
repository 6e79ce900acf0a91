package kintsugi.serve;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.ImageSource;
import kintsugi.image.Region;

/**
 * The watch of a folder: images that arrive are scored once, in order, across restarts, and their
 * answers are written to an output folder and sent to receivers of events.
 *
 * <p>In a server it runs in a thread of its own, and the scorer is the server's:
 *
 * <pre>{@code
 * WatchFolder watch = new WatchFolder(kintsugi, scorer, options, List.of(), listener);
 * Thread.ofPlatform().start(() -> watch.runAlways(Duration.ofSeconds(30), this::warn));
 * ...
 * watch.stop();  // from any thread: ends after the current image
 * }</pre>
 *
 * <p>A thread that runs it is not to be interrupted, which would close the files.
 */
public final class WatchFolder {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final double NANOS_PER_MILLISECOND = 1e6;

  private final Kintsugi kintsugi;
  private final Scorer scorer;
  private final WatchOptions options;
  private final List<EventSender> senders;
  private final Listener listener;
  private final AtomicReference<Arrivals> running = new AtomicReference<>();
  private final CountDownLatch stop = new CountDownLatch(1);

  /** Why the last run ended; null before that, and while one is running. */
  private volatile String failure;

  /**
   * A scored image.
   *
   * @param answer as it is written
   * @param prediction behind it
   * @param region that was looked at, in addition to the model's own; empty for all of the image
   */
  public record Result(Answer answer, Prediction prediction, Optional<Region> region) {
    /**
     * An image that was looked at as the model's calibration looked at its own.
     *
     * @param answer as it is written
     * @param prediction behind it
     */
    public Result(Answer answer, Prediction prediction) {
      this(answer, prediction, Optional.empty());
    }
  }

  /** What scores an image, by the model of the moment. */
  public interface Scorer {

    /**
     * Scores an image.
     *
     * @param name of the image
     * @param sha256 of its bytes
     * @param bytes of its file; not copied
     * @param arrived when it was read, by {@link System#nanoTime}
     * @return the answer
     * @throws InputException if it cannot be read, or the model cannot score it
     */
    Result score(String name, String sha256, byte[] bytes, long arrived);

    /**
     * {@return the scorer of a model that stays the same}
     *
     * @param kintsugi which predicts
     * @param name of the model
     * @param modelSha256 of its file
     * @param model the model
     */
    static Scorer of(Kintsugi kintsugi, String name, String modelSha256, Model model) {
      return (image, sha256, bytes, arrived) -> {
        Prediction prediction = kintsugi.predict(model, ImageSource.of(image, bytes));
        double milliseconds = (System.nanoTime() - arrived) / NANOS_PER_MILLISECOND;
        Answer.Job job = new Answer.Job(image, sha256, name, modelSha256);
        return new Result(Answer.of(job, prediction, milliseconds, Instant.now()), prediction);
      };
    }
  }

  /** What is told while the folder is watched, in the thread that runs it but for notices. */
  public interface Listener {
    /** Takes note that the folder is watched from now on. */
    default void begun() {}

    /**
     * Takes note of an image that has its answer, which is on the disk.
     *
     * @param answer for the image
     * @param prediction behind it
     * @param map the file of the heat map, empty without one
     */
    void answered(Answer answer, Prediction prediction, Optional<Path> map);

    /**
     * Takes note of an image that could not be read, or that the model could not score.
     *
     * @param error one line that names the image and the reason
     */
    void failed(String error);

    /**
     * Takes note of what a person should know.
     *
     * @param line one line
     */
    void notice(String line);
  }

  /**
   * A watch that has not begun.
   *
   * @param kintsugi the library, whose limits hold
   * @param scorer of the images
   * @param options the folders and the times
   * @param senders to the receivers of events, each with another channel; closed at the end
   * @param listener of what happens
   * @throws IllegalArgumentException if results would arrive in the folder of the images
   */
  public WatchFolder(
      Kintsugi kintsugi,
      Scorer scorer,
      WatchOptions options,
      List<EventSender> senders,
      Listener listener) {
    options.requireApart();
    this.kintsugi = kintsugi;
    this.scorer = scorer;
    this.options = options;
    this.senders = List.copyOf(senders);
    this.listener = listener;
  }

  /**
   * Watches the folder until {@link #stop}.
   *
   * @throws InputException if the folder is gone, another process writes the results, or they
   *     cannot be written; the next run continues where this one ended
   */
  public void run() {
    run(false);
  }

  /**
   * Scores the images that are in the folder, and ends when none are left.
   *
   * @throws InputException as {@link #run}
   */
  public void runOnce() {
    run(true);
  }

  /**
   * Watches the folder until {@link #stop}, and begins again after a pause when that fails: a
   * folder that is gone comes back. For a watch without senders, which end with a run.
   *
   * @param pause before it begins again
   * @param failures hears why it failed, once while the reason stays the same
   */
  public void runAlways(Duration pause, Consumer<Throwable> failures) {
    while (!isStopped()) {
      try {
        run();
      } catch (RuntimeException | Error e) {
        String reason = e.toString();
        if (!reason.equals(failure)) {
          failures.accept(e);
        }
        failure = reason;
        pause(pause);
      }
    }
  }

  private void pause(Duration pause) {
    try {
      stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop();
    }
  }

  private boolean isStopped() {
    return stop.getCount() == 0;
  }

  /** {@return whether the folder is watched at this moment} */
  public boolean isRunning() {
    return running.get() != null;
  }

  /** Ends the run after the current image, or before it begins; from any thread. */
  public void stop() {
    stop.countDown();
    Arrivals arrivals = running.get();
    if (arrivals != null) {
      arrivals.close();
    }
  }

  private void run(boolean once) {
    options.requireFolder();
    OutputLock lock = OutputLock.of(options.out().resolve(WatchResults.JOURNAL));
    try (lock;
        WatchResults results = WatchResults.open(options.out());
        Deliveries deliveries = new Deliveries(results);
        Arrivals arrivals = Arrivals.open(options, results.journal(), listener::notice)) {
      running.set(arrivals);
      failure = null;
      WatchScoring scoring =
          new WatchScoring(kintsugi, scorer, options, listener, results, arrivals);
      listener.begun();
      boolean looked = false;
      while (!isStopped() && !(once && looked && arrivals.isEmpty())) {
        Optional<Arrival> next = arrivals.next();
        looked = true;
        if (next.isPresent() && !isStopped()) {
          scoring.score(next.orElseThrow());
          deliveries.wake();
        }
      }
    } finally {
      running.set(null);
    }
  }

  /** The deliveries to all receivers. */
  private final class Deliveries implements AutoCloseable {
    private final List<Delivery> all = new ArrayList<>();

    Deliveries(WatchResults results) {
      for (EventSender sender : senders) {
        all.add(Delivery.begin(sender, results, FIRST_PAUSE, listener::notice));
      }
    }

    void wake() {
      all.forEach(Delivery::wake);
    }

    @Override
    public void close() {
      all.forEach(Delivery::close);
    }
  }
}
