package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.audit.Against;
import kintsugi.audit.Audit;
import kintsugi.audit.Finding;
import kintsugi.detector.Session;
import kintsugi.report.AuditReport;
import kintsugi.report.Json;
import kintsugi.report.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = {
      "Checks every kernel and every recipe against independent references: a table of errors and"
          + " bounds. Ends with 1 where a bound is broken.",
      "",
      "Examples:",
      "  ./kintsugi audit --only convolution,bank",
      "  ./kintsugi audit --against DUMP",
      ""
    })
final class AuditCommand implements Callable<Integer> {
  /** Of the random weights where there are no others. */
  private static final long SEED = 1;

  private static final String AGAINST = "against.json";

  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "SECTION",
      description = "Some of the sections: the first column of the table.")
  private List<String> only = List.of();

  @Option(
      names = "--out",
      defaultValue = "out/audit",
      paramLabel = "DIR",
      description = "Where audit.json and audit.html go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--against",
      paramLabel = "DIR",
      description =
          "In place of all that: another implementation's values of one image (npz, npy or"
              + " safetensors with agreed names, docs/audit.md), compared stage by stage.")
  private Path against;

  @Override
  public Integer call() {
    only.stream()
        .filter(section -> !Audit.sections().contains(section))
        .findFirst()
        .ifPresent(
            section -> {
              throw new ParameterException(
                  spec.commandLine(),
                  "--only: there is no section "
                      + section
                      + "; there are "
                      + String.join(", ", Audit.sections()));
            });
    Main.requireFile(against);
    return against == null ? audit() : compare();
  }

  private int compare() {
    try (OutputFolder folder = OutputFolder.of(out, "audit-against", List.of(AGAINST));
        Kintsugi kintsugi = run.open()) {
      Against.Verdict verdict = Against.compare(kintsugi.session(), against);
      print(verdict);
      folder.write(AGAINST, file -> Files.writeString(file, Json.pretty(verdict)));
      folder.commit();
      return verdict.first() == null ? 0 : 1;
    }
  }

  private void print(Against.Verdict verdict) {
    PrintWriter print = spec.commandLine().getOut();
    for (Against.Stage stage : verdict.stages()) {
      print.println(stage.name() + " from " + Printable.line(stage.from()));
      for (Against.Variant variant : stage.variants()) {
        print.printf(
            Locale.ROOT,
            "  %-10s %9.1e  %-50s %s%n",
            variant.agrees() ? "agrees" : "differs",
            variant.error(),
            variant.how(),
            String.join(", ", variant.recipes()));
      }
    }
    if (verdict.first() == null) {
      print.println("every stage agrees with " + String.join(", ", verdict.recipes()));
    } else {
      print.println("the first stage that differs: " + verdict.first());
      verdict.causes().forEach(cause -> print.println("  perhaps " + cause));
    }
  }

  private int audit() {
    try (OutputFolder folder = AuditReport.open(out);
        Kintsugi kintsugi = run.open(run.builderWithAnyWeights(SEED))) {
      Session session = kintsugi.session();
      Audit.Report report =
          Audit.run(
              session.weights(),
              session.parallel(),
              section -> only.isEmpty() || only.contains(section),
              session.options().progress());
      AuditReport.write(folder, session, Main.typed(spec), report);
      print(report);
      return report.passed() ? 0 : 1;
    }
  }

  private void print(Audit.Report report) {
    PrintWriter print = spec.commandLine().getOut();
    print.printf(
        Locale.ROOT,
        "%-12s %-18s %-58s %9s %9s %8s  %s%n",
        "section",
        "engine",
        "case",
        "absolute",
        "relative",
        "ulps",
        "bound");
    for (Finding f : report.findings()) {
      print.printf(
          Locale.ROOT,
          "%-12s %-18s %-58s %9.1e %9.1e %8.1f  %s%s%n",
          f.section(),
          f.engine(),
          f.subject(),
          f.absolute(),
          f.relative(),
          f.ulps(),
          f.verdict(),
          f.passed() ? "" : ": " + f.bound());
    }
    long broken = report.findings().stream().filter(f -> !f.passed()).count();
    print.printf(
        Locale.ROOT,
        "%d checks in %.1f s, %s%npage: %s%n",
        report.findings().size(),
        report.seconds(),
        broken == 0 ? "every bound kept" : broken + " BOUNDS BROKEN",
        Printable.line("" + out.resolve("audit.html")));
  }
}
