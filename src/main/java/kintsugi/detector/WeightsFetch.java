package kintsugi.detector;

import java.nio.file.Path;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.weights.Fetch;
import kintsugi.weights.WeightsLocator;

/** The transfer of weights into the user's cache, told before and shown in kilobytes. */
public final class WeightsFetch implements Fetch.Watcher, AutoCloseable {
  /** The silence of a server after which a command that could not find weights says so. */
  private static final int TIMEOUT_MILLIS = 10_000;

  private static final int KILO = 1000;

  private final Path cache;
  private final Progress progress;
  private final Consumer<String> notices;
  private Progress.Bar bar;
  private int shown;

  private WeightsFetch(Path cache, Progress progress, Consumer<String> notices) {
    this.cache = cache;
    this.progress = progress;
    this.notices = notices;
  }

  /**
   * Fetches a file into the user's cache, unless it is there.
   *
   * @param source the place it comes from
   * @param timeoutMillis the maximum silence of a server
   * @param progress shows how far it has come
   * @param notices receives what will be fetched, before the first request
   * @return the file in the cache
   * @throws InputException if it cannot be fetched, or there is no cache
   */
  public static Path fetch(
      Fetch.Source source, int timeoutMillis, Progress progress, Consumer<String> notices) {
    Path cache = WeightsLocator.requireCache();
    try (WeightsFetch shown = new WeightsFetch(cache, progress, notices)) {
      return new Fetch(shown, timeoutMillis).fetch(source, cache);
    }
  }

  /**
   * Fetches the file that a user without weights needs.
   *
   * @param project the project's folder, where weights were looked for
   * @param source the place they come from
   * @param progress shows how far it has come
   * @param notices receives what will be fetched, before the first request
   * @return the file in the cache
   * @throws InputException if it cannot be fetched; the message names all ways out
   */
  public static Path orMissing(
      Path project, Fetch.Source source, Progress progress, Consumer<String> notices) {
    try {
      return fetch(
          source,
          TIMEOUT_MILLIS,
          progress,
          line -> notices.accept("no ResNet-18 weights found; " + line));
    } catch (InputException e) {
      throw WeightsLocator.missing(project, e);
    }
  }

  @Override
  public void begins(String line) {
    notices.accept("fetching " + line + ", into " + cache);
  }

  @Override
  public void arrived(long bytes, long total) {
    if (bar == null) {
      bar = progress.start("fetch (KB)", (int) (Math.max(0, total) / KILO));
    }
    int kilobytes = (int) (bytes / KILO);
    bar.advance(kilobytes - shown);
    shown = kilobytes;
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
