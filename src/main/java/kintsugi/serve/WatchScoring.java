package kintsugi.serve;

import java.time.Instant;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.Sha256;
import kintsugi.detector.Prediction;
import kintsugi.image.Decoding;
import kintsugi.image.ImageDecoder;
import kintsugi.image.ImageSource;
import kintsugi.image.Region;
import kintsugi.report.Json;
import kintsugi.serve.WatchFolder.Result;
import kintsugi.serve.WatchFolder.Scorer;
import kintsugi.serve.WatchOptions.Maps;

/**
 * The scoring of the images of a watched folder, one after the other. An image that cannot be
 * scored has its line like any other and stops nothing.
 */
final class WatchScoring {
  private final Kintsugi kintsugi;
  private final Scorer scorer;
  private final WatchOptions options;
  private final WatchFolder.Listener listener;
  private final WatchResults results;
  private final Arrivals arrivals;

  /** The monitor of the stream since the start or the last change of what scores it. */
  private Monitor monitor;

  private Monitored monitored;

  /** What scores the images of a monitor. */
  private record Monitored(String modelSha256, Optional<Region> region) {
    static Monitored of(Result result) {
      return new Monitored(result.answer().modelSha256(), result.region());
    }
  }

  WatchScoring(
      Kintsugi kintsugi,
      Scorer scorer,
      WatchOptions options,
      WatchFolder.Listener listener,
      WatchResults results,
      Arrivals arrivals) {
    this.kintsugi = kintsugi;
    this.scorer = scorer;
    this.options = options;
    this.listener = listener;
    this.results = results;
    this.arrivals = arrivals;
  }

  /** Scores an image, unless it has its answer, is gone, has changed, or is to be waited for. */
  void score(Arrival arrival) {
    long start = System.nanoTime();
    Optional<byte[]> bytes = read(arrival);
    if (bytes.isEmpty() || !arrivals.isStill(arrival)) {
      return;
    }
    String sha256 = Sha256.of(bytes.orElseThrow());
    if (results.journal().isDone(arrival.key(), sha256)) {
      results.journal().touched(arrival.key(), arrival.size(), arrival.modified());
      arrivals.remove(arrival);
      return;
    }
    // The bytes that were hashed, whatever has become of the file since.
    result(arrival, sha256, bytes.orElseThrow(), start)
        .ifPresent(result -> answer(arrival, sha256, result));
  }

  private Optional<byte[]> read(Arrival arrival) {
    try {
      return Optional.of(ImageDecoder.bytes(arrival.file()));
    } catch (InputException e) {
      if (arrivals.isStill(arrival)) {
        postponeOrFail(arrival, "", e);
      }
      return Optional.empty();
    }
  }

  private Optional<Result> result(Arrival arrival, String sha256, byte[] bytes, long start) {
    String name = arrivals.within(arrival.file()).toString();
    try {
      return Optional.of(scorer.score(name, sha256, bytes, start));
    } catch (InputException e) {
      if (isWhole(name, bytes)) {
        fail(arrival, sha256, e.getMessage());
      } else {
        postponeOrFail(arrival, sha256, e);
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      // A defect, or an image beyond this machine: the line does not stop for it.
      fail(
          arrival,
          sha256,
          name + ": cannot be scored (" + e + "); report it, or allow more memory");
    }
    return Optional.empty();
  }

  /** Whether a file that was refused is an image: what refused it will refuse it again. */
  private boolean isWhole(String name, byte[] bytes) {
    try {
      ImageSource.of(name, bytes)
          .read(Decoding.DEFAULT.withMaxPixels(kintsugi.session().options().maxPixels()));
      return true;
    } catch (InputException e) {
      return false;
    }
  }

  /** A file that is not an image may be one that is still being written. */
  private void postponeOrFail(Arrival arrival, String sha256, InputException e) {
    if (arrivals.isTimeUp(arrival)) {
      fail(arrival, sha256, e.getMessage());
    } else {
      arrivals.postpone(arrival);
    }
  }

  private void fail(Arrival arrival, String sha256, String error) {
    String target = target(arrival, "unreadable");
    WatchLine.Failed line =
        new WatchLine.Failed(
            "error",
            results.nextId(),
            arrival.file().toString(),
            arrivals.within(arrival.file()).toString(),
            sha256.isEmpty() ? null : sha256,
            // A way out for a command that ends there; here it is what happens.
            InputException.quoted(error.replaceFirst(", or leave unreadable images out.*", "")),
            target,
            Instant.now().toString());
    results.add(arrival, sha256, target, Json.line(line) + "\n", WatchLine.Row.of(line));
    arrivals.remove(arrival);
    listener.failed(line.error());
  }

  private void answer(Arrival arrival, String sha256, Result result) {
    Answer answer = result.answer();
    Prediction prediction = result.prediction();
    boolean drawn =
        options.maps() == Maps.ALL || options.maps() == Maps.ANOMALOUS && prediction.isAnomalous();
    String map = drawn ? results.map(answer.name(), prediction) : null;
    String target = target(arrival, prediction);
    WatchLine.Answered line =
        new WatchLine.Answered(
            "answer", results.nextId(), arrival.file().toString(), answer, map, target);
    Optional<WatchLine.Drifted> alarm = alarm(result, line.id());
    String lines =
        Json.line(line) + "\n" + alarm.map(raised -> Json.line(raised) + "\n").orElse("");
    results.add(arrival, sha256, target, lines, WatchLine.Row.of(line));
    arrivals.remove(arrival);
    listener.answered(answer, prediction, Optional.ofNullable(map).map(results.out()::resolve));
    alarm.ifPresent(raised -> listener.notice(raised.status().sentence()));
  }

  /** The alarm that an image raises, once for a model and a region. */
  private Optional<WatchLine.Drifted> alarm(Result result, String id) {
    if (!Monitored.of(result).equals(monitored)) {
      monitor = Monitor.of(result.prediction().model(), result.region());
      monitored = Monitored.of(result);
    }
    return monitor
        .observe(result.prediction())
        .map(status -> WatchLine.Drifted.of(id + "-drift", result.answer(), status));
  }

  private String target(Arrival arrival, Prediction prediction) {
    return switch (prediction.verdict()) {
      case NORMAL -> target(arrival, "good");
      case ANOMALOUS -> target(arrival, "bad");
      default -> null;
    };
  }

  private String target(Arrival arrival, String folder) {
    return options.move() ? results.target(folder, arrivals.within(arrival.file())) : null;
  }
}
