package kintsugi.cli;

import kintsugi.detector.Progress;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar with the time left, on a terminal only. */
final class TerminalProgress implements Progress {
  private static final int REFRESH_MILLIS = 200;

  private TerminalProgress() {}

  /** Progress for a person at a terminal; nothing where the output goes to a file or a pipe. */
  static Progress orSilent() {
    boolean terminal = System.console() != null && System.console().isTerminal();
    return terminal ? new TerminalProgress() : SILENT;
  }

  @Override
  public Bar start(String task, int total) {
    ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REFRESH_MILLIS)
            .build();
    return new Bar() {
      @Override
      public void advance(int done) {
        bar.stepBy(done);
      }

      @Override
      public void note(String note) {
        bar.setExtraMessage(note);
      }

      @Override
      public void close() {
        bar.close();
      }
    };
  }
}
