package kintsugi.cli;

import java.nio.file.Path;
import kintsugi.experiment.Evaluation.PixelOptions;
import kintsugi.metric.PixelScores;
import kintsugi.report.ReportImages;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of an evaluation's report. */
final class ReportOptions {
  /** Below it the curve's first step decides alone. */
  private static final double LOWEST_LIMIT = 0.001;

  @Option(
      names = "--report-images",
      paramLabel = "WHICH",
      description =
          "thumbnails: small ones in the page; all: a folder next to it; none (default:"
              + " ${DEFAULT-VALUE}).")
  private ReportImages images = ReportImages.THUMBNAILS;

  @Option(
      names = "--exact-pixels",
      description =
          "Pixel metrics from every single score, 8 bytes per pixel; else from a histogram, whose"
              + " error is stated.")
  private boolean exactPixels;

  @Option(
      names = "--aupro-limit",
      paramLabel = "X",
      description = "AUPRO integrates up to this false-positive rate (default: ${DEFAULT-VALUE}).")
  private double limit = PixelScores.FALSE_POSITIVE_LIMIT;

  /** The same with the folder that the report goes to. */
  static final class WithFolder {
    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
    Path out;

    @ArgGroup(exclusive = false, validate = false)
    ReportOptions report = new ReportOptions();
  }

  ReportImages images() {
    return images;
  }

  /** The computation of pixel metrics that the options ask for. */
  PixelOptions pixels(CommandLine line) {
    if (!(limit >= LOWEST_LIMIT && limit <= 1)) {
      throw new ParameterException(
          line, "--aupro-limit: from " + LOWEST_LIMIT + " to 1, not " + limit);
    }
    return new PixelOptions(exactPixels, limit);
  }
}
