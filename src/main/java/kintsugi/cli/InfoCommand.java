package kintsugi.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import kintsugi.Version;
import kintsugi.engine.Engines;
import kintsugi.engine.Parallel;
import kintsugi.report.Json;
import kintsugi.report.Printable;
import kintsugi.weights.WeightsLocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what runs here: Java, the engine and why, threads, weights found.",
      "",
      "Example:",
      "  ./kintsugi info --engine scalar",
      ""
    })
final class InfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  @Override
  public Integer call() {
    Map<String, String> facts = facts();
    var out = spec.commandLine().getOut();
    if (json) {
      out.print(Json.pretty(facts));
    } else {
      facts.forEach(
          (name, value) -> out.printf(Locale.ROOT, "%-9s %s%n", name, Printable.line(value)));
    }
    out.flush();
    return 0;
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    run.requireRanges();
    facts.put("version", Version.number());
    facts.put(
        "java", System.getProperty("java.vm.version") + ", " + System.getProperty("java.vm.name"));
    facts.put("system", System.getProperty("os.name") + ", " + System.getProperty("os.arch"));
    try (Parallel parallel = new Parallel(run.threads())) {
      Engines.Choice choice = choose(parallel);
      facts.put("engine", choice.engine().name() + " (" + choice.reason() + ")");
      facts.put("runs", choice.engine().description());
    }
    List<String> devices = Engines.devices();
    if (!devices.isEmpty()) {
      facts.put("devices", String.join("; ", devices));
    }
    facts.put("threads", Integer.toString(run.threads()));
    facts.put(
        "weights",
        run.weights()
            .map(Path::toString)
            .orElse("none; searched " + WeightsLocator.folders(Main.project())));
    return facts;
  }

  private Engines.Choice choose(Parallel parallel) {
    try {
      return Engines.choose(run.engine(), parallel, run.convolutions(), run::say);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--engine: " + e.getMessage());
    }
  }
}
