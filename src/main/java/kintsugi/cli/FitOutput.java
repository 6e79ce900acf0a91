package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.detector.Fit;
import kintsugi.detector.FitSummary;
import kintsugi.detector.Model;
import kintsugi.report.Printable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The destination of a fit: a model, or a partial fit that can be continued. */
final class FitOutput {
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
    summary
        .warnings()
        .forEach(
            warning ->
                spec.commandLine()
                    .getErr()
                    .println(
                        "kintsugi: "
                            + Printable.line(OptionNames.inMessage(spec.commandLine(), warning))));
  }
}
