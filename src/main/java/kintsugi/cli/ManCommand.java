package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import kintsugi.OutputFolder;
import kintsugi.report.Printable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "man",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the manual pages: kintsugi.1 and one per command, in troff.",
      "",
      "Example:",
      "  ./kintsugi man --out man1 && man -l man1/kintsugi-fit.1",
      ""
    })
final class ManCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where they go.")
  private Path folder;

  @Override
  public Integer call() {
    Map<String, String> pages = new LinkedHashMap<>();
    collect(pages, Commands.line());
    try (OutputFolder out = OutputFolder.of(folder, "man", List.copyOf(pages.keySet()))) {
      pages.forEach((name, page) -> out.write(name, file -> Files.writeString(file, page)));
      out.commit();
    }
    spec.commandLine()
        .getOut()
        .println(Printable.line("" + folder) + ": " + pages.size() + " manual pages");
    return 0;
  }

  private static void collect(Map<String, String> pages, CommandLine line) {
    List<String> below = new ArrayList<>();
    for (CommandLine command : line.getSubcommands().values()) {
      below.add(command.getCommandSpec().qualifiedName("-"));
    }
    pages.put(line.getCommandSpec().qualifiedName("-") + ".1", ManPage.of(line, below));
    line.getSubcommands().values().forEach(command -> collect(pages, command));
  }
}
