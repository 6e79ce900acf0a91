package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import kintsugi.detector.BankFacts;
import kintsugi.detector.Fit;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.padim.Conditioning;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where a fit goes: into a model, or half done into a file that can be gone on with. */
final class FitOutput {
  @Option(names = "--model", paramLabel = "FILE", description = "Where the model goes.")
  private Path model;

  @Option(
      names = "--partial",
      paramLabel = "FILE",
      description = "Where the unfinished fit goes, for merge and --update; all of its digits.")
  private Path partial;

  void write(CommandSpec spec, Session session, Fit fit) {
    PrintWriter out = spec.commandLine().getOut();
    long pictures = fit.count();
    if (partial != null) {
      fit.save(partial, session);
      out.printf("%s: %d pictures; merge makes a model of it%n", partial, pictures);
      return;
    }
    Model made = Model.of(session, fit);
    made.save(model);
    ModelSummary.write(model, made, session);
    out.printf(
        "%s: %s from %d pictures in %.1f s; calibrate it next%n",
        model, fit.recipe().name(), pictures, fit.extractSeconds() + fit.fitSeconds());
    switch (made.detector().facts()) {
      case Conditioning conditioning -> print(spec, conditioning);
      case BankFacts bank ->
          out.printf(
              "memory bank: %d of %d patches, covering radius %.4f in %d directions%n",
              bank.bankSize(), bank.patches(), bank.coveringRadius(), bank.directions());
      default -> {}
    }
  }

  private static void print(CommandSpec spec, Conditioning c) {
    spec.commandLine()
        .getOut()
        .printf(
            "covariances: condition %.0f in the middle, %.0f at most (patch row %d, column %d); rank"
                + " before regularisation %d to %d of %d%n",
            c.medianCondition(),
            c.largestCondition(),
            c.largestAtRow(),
            c.largestAtColumn(),
            c.leastRank(),
            c.largestRank(),
            c.channels());
    if (c.undetermined()) {
      spec.commandLine()
          .getErr()
          .printf(
              "kintsugi: %d pictures cannot determine the covariances of %d channels; epsilon decides"
                  + " where they do not. Give more pictures than channels, or fewer --channels%n",
              c.pictures(), c.channels());
    }
  }
}
