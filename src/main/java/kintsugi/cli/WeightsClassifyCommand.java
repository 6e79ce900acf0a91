package kintsugi.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Session;
import kintsugi.experiment.Classification;
import kintsugi.image.ImageSource;
import kintsugi.report.Json;
import kintsugi.report.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "classify",
    mixinStandardHelpOptions = true,
    description = {
      "Names the five of ImageNet's 1000 classes that the whole network finds likeliest. Needs weights"
          + " with layer4 and fc.",
      "",
      "Example:",
      "  ./kintsugi weights classify dog.jpg --labels imagenet.txt",
      ""
    })
final class WeightsClassifyCommand implements Callable<Integer> {
  private static final int NAMED = 5;

  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "An image.")
  private Path image;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "The names of the classes, a line each in ImageNet's order.")
  private Path labels;

  @Option(names = "--json", description = "As JSON.")
  private boolean json;

  /** A class with its name, or without where none are given. */
  record Line(int index, double probability, String label) {}

  @Override
  public Integer call() {
    Main.requireFile(image);
    List<String> names = labels == null ? List.of() : names();
    try (Kintsugi kintsugi = run.open()) {
      return classify(kintsugi.session(), names);
    }
  }

  private int classify(Session session, List<String> names) {
    List<Line> lines =
        Classification.of(session, ImageSource.of(image), NAMED).classes().stream()
            .map(
                c ->
                    new Line(
                        c.index(),
                        c.probability(),
                        c.index() < names.size() ? names.get(c.index()) : ""))
            .toList();
    if (json) {
      spec.commandLine().getOut().print(Json.pretty(lines));
      return 0;
    }
    for (Line line : lines) {
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%5.1f %%  class %3d  %s%n",
              100 * line.probability,
              line.index,
              Printable.line(line.label));
    }
    return 0;
  }

  private List<String> names() {
    Main.requireFile(labels);
    try {
      return Files.readAllLines(labels);
    } catch (IOException e) {
      throw new InputException(labels + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
