package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.OutputLock;
import kintsugi.detector.Fit;
import kintsugi.detector.FitSummary;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.report.Printable;
import kintsugi.report.RegionPreview;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The destination of a fit: a model, or a partial fit that can be continued. */
class FitOutput {
  @Option(names = "--model", paramLabel = "FILE", description = "Where the model goes.")
  private Path model;

  @Option(
      names = "--partial",
      paramLabel = "FILE",
      description = "Where the unfinished fit goes, for merge and --update; with all its digits.")
  private Path partial;

  /**
   * The right to write the file, from before the work on.
   *
   * @throws kintsugi.InputException if another run writes it, or something else is there
   */
  OutputLock open() {
    if (partial == null) {
      return ofModel(model);
    }
    OutputLock lock = OutputLock.of(partial);
    try {
      Fit.requirePlace(partial);
      return lock;
    } catch (RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /** The same for a model. */
  static OutputLock ofModel(Path model) {
    OutputLock lock = OutputLock.of(model);
    try {
      Model.requirePlace(model);
      ModelSummary.requirePlace(model);
      return lock;
    } catch (RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /** Announces a partial fit, before the work. */
  void announce(Fit fit) {
    if (partial != null) {
      fit.expectSave();
    }
  }

  void write(CommandSpec spec, Kintsugi kintsugi, Fit fit) {
    PrintWriter out = spec.commandLine().getOut();
    long images = fit.count();
    fit.sizes().ifPresent(out::println);
    if (partial != null) {
      fit.save(partial);
      out.println(
          Printable.line("" + partial) + ": " + images + " images; merge makes a model of it");
      return;
    }
    Model made = fit.finish();
    kintsugi.save(made, model);
    ModelSummary.write(model, made, kintsugi);
    out.printf(
        Locale.ROOT,
        "%s: %s from %d images in %.1f s; calibrate it next%n",
        Printable.line("" + model),
        made.recipe().name(),
        images,
        fit.extractSeconds() + fit.fitSeconds());
    FitSummary summary = made.detector().summary();
    summary.lines().forEach(out::println);
    summary.warnings().forEach(kintsugi.session()::warn);
  }

  /** The same, or a page that shows what a fit would look at. */
  static final class OrPreview extends FitOutput {
    /** Images of the page. */
    private static final int PREVIEWED = 24;

    @Option(
        names = "--preview",
        paramLabel = "DIR",
        description =
            "Learn nothing: where a page goes that shows the regions, the foreground and the alignment"
                + " of the first images.")
    private Path preview;

    /** Whether a page of regions is wanted, not a fit. */
    boolean isPreview() {
      return preview != null;
    }

    /** Writes the page of regions. */
    void preview(CommandSpec spec, Fit fit, List<ImageSource> images) {
      try (OutputFolder out = RegionPreview.open(preview)) {
        long refused =
            RegionPreview.write(out, Main.typed(spec), images.size(), fit.look(images, PREVIEWED));
        spec.commandLine()
            .getOut()
            .println(
                "page: "
                    + Printable.line("" + preview.resolve("regions.html"))
                    + (refused == 0 ? "" : "; " + refused + " images would be refused"));
      }
    }
  }
}
