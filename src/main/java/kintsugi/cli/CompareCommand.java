package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kintsugi.report.Comparison;
import kintsugi.report.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Compares evaluations: compare.html, compare.json, compare.csv.",
      "",
      "Example:",
      "  ./kintsugi compare OUT1 OUT2 --out OUT",
      ""
    })
final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "2..*",
      paramLabel = "DIR|FILE",
      description = "Folders that experiment or evaluate wrote, or their metrics.json.")
  private List<Path> places;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
  private Path out;

  @Override
  public Integer call() {
    Comparison comparison = Comparison.read(places);
    comparison.write(out);
    PrintWriter print = spec.commandLine().getOut();
    int width =
        comparison.runs().stream().mapToInt(r -> Printable.line(r.name()).length()).max().orElse(0);
    String format = "%-" + width + "s  %-20s %6s %8s %8s %8s %8s %8s %8s%n";
    print.printf(
        Locale.ROOT,
        format,
        "",
        "recipe",
        "seed",
        "AUROC",
        "accuracy",
        "F1",
        "px AUROC",
        "AUPRO",
        "ms/image");
    for (Comparison.Run run : comparison.runs()) {
      print.printf(
          Locale.ROOT,
          format,
          Printable.line(run.name()),
          Printable.line(run.recipe()),
          run.seed(),
          figure("%.4f", run.imageAuroc()),
          figure("%.4f", run.accuracy()),
          figure("%.4f", run.f1()),
          figure("%.4f", run.pixelAuroc()),
          figure("%.4f", run.aupro()),
          figure("%.1f", run.msPerTestImage()));
    }
    comparison
        .differences()
        .forEach(
            (setting, values) ->
                print.println(Printable.line(setting + ": " + String.join(" | ", values))));
    print.println("page: " + Printable.line("" + out.resolve("compare.html")));
    return 0;
  }

  private static String figure(String format, Double value) {
    return value == null ? "–" : String.format(Locale.ROOT, format, value);
  }
}
