package kintsugi.cli;

import kintsugi.detector.Evaluation.PixelOptions;
import kintsugi.metric.PixelScores;
import kintsugi.report.ReportImages;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How an evaluation is judged and shown. */
final class ReportOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--report-images",
      defaultValue = "thumbnails",
      paramLabel = "WHICH",
      description =
          "thumbnails: small ones in the page; all: a folder beside it; none (default:"
              + " ${DEFAULT-VALUE}).")
  ReportImages images;

  @Option(
      names = "--exact-pixels",
      description =
          "Pixel metrics of every single score, 8 bytes a pixel; else of a histogram, whose error"
              + " is stated.")
  private boolean exactPixels;

  @Option(
      names = "--aupro-limit",
      defaultValue = "" + PixelScores.FALSE_POSITIVE_LIMIT,
      paramLabel = "X",
      description = "AUPRO looks up to this false-positive rate (default: ${DEFAULT-VALUE}).")
  private double limit;

  /** What the options say of pixels. */
  PixelOptions pixels() {
    if (!(limit > 0 && limit <= 1)) {
      throw new ParameterException(
          spec.commandLine(), "--aupro-limit: above 0 and at most 1, not " + limit);
    }
    return new PixelOptions(exactPixels, limit);
  }
}
