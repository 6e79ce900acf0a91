package kintsugi.cli;

import java.io.PrintWriter;
import java.util.Locale;
import kintsugi.detector.Progress;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** The display of progress: a bar on a terminal, elsewhere a line every few seconds. */
final class ConsoleProgress {
  private static final int REFRESH_MILLIS = 200;
  private static final long SILENT_NANOS = 5_000_000_000L;

  private ConsoleProgress() {}

  /**
   * The display that a person chose.
   *
   * @param err receives lines
   * @param quiet no display at all
   * @param verbose a line at the end of each task too
   */
  static Progress of(PrintWriter err, boolean quiet, boolean verbose) {
    if (quiet) {
      return Progress.SILENT;
    }
    boolean terminal = System.console() != null && System.console().isTerminal();
    return terminal
        ? (task, total) -> new TerminalBar(task, total)
        : (task, total) -> new Lines(err, SILENT_NANOS, verbose, task, total);
  }

  private static final class TerminalBar implements Progress.Bar {
    private final ProgressBar bar;

    private TerminalBar(String task, int total) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(REFRESH_MILLIS)
              .showSpeed()
              .build();
    }

    @Override
    public void advance(int done) {
      bar.stepBy(done);
    }

    @Override
    public void note(String note) {
      bar.setExtraMessage(" " + note);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  /** Lines at intervals; nothing for work that is done at once. */
  static final class Lines implements Progress.Bar {
    private final PrintWriter err;
    private final long silent;
    private final boolean verbose;
    private final String task;
    private final int total;
    private final long start = System.nanoTime();
    private long told = start;
    private int done;
    private String note = "";

    Lines(PrintWriter err, long silentNanos, boolean verbose, String task, int total) {
      this.err = err;
      this.silent = silentNanos;
      this.verbose = verbose;
      this.task = task;
      this.total = total;
    }

    @Override
    public void advance(int more) {
      done += more;
      long now = System.nanoTime();
      if (now - told < silent || done >= total) {
        return;
      }
      told = now;
      double seconds = (now - start) / 1e9;
      double speed = done / seconds;
      say("%s: %d of %d, %.1f per second, %.0f s left%s", speed, (total - done) / speed);
    }

    @Override
    public void note(String text) {
      note = ", " + text;
    }

    @Override
    public void close() {
      double seconds = (System.nanoTime() - start) / 1e9;
      if (verbose) {
        say("%s: %d of %d, %.1f per second, done in %.1f s%s", done / seconds, seconds);
      }
    }

    private void say(String format, double speed, double seconds) {
      err.printf(
          Locale.ROOT, "kintsugi: " + format + "%n", task, done, total, speed, seconds, note);
      err.flush();
    }
  }
}
