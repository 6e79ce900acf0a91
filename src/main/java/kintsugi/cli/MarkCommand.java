package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kintsugi.mark.Marker;
import kintsugi.report.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "mark",
    mixinStandardHelpOptions = true,
    description = {
      "Marks the exercises in a folder: compiles it, runs each method next to the specification, and"
          + " says where a value differs and what the likely mistake is. The code of the folder is"
          + " run. Ends with 0 where all exercises that were asked for are right, else with 1.",
      "",
      "Examples:",
      "  ./kintsugi mark",
      "  ./kintsugi mark my-exercises --only Covariance,Cholesky",
      ""
    })
final class MarkCommand implements Callable<Integer> {
  private static final String FOLDER = "src/exercises/java";

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "The folder of the Java files (default: " + FOLDER + " of the project).")
  private Path folder;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "Some of the exercises (default: all).")
  private List<String> only = List.of();

  @Option(
      names = "--seconds",
      defaultValue = "20",
      paramLabel = "N",
      description = "The time limit of each exercise, 1 to 3600 (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Override
  public Integer call() {
    if (seconds < 1 || seconds > 3600) {
      throw wrong("--seconds: from 1 to 3600, not " + seconds);
    }
    for (String name : only) {
      if (Marker.exercises().stream().noneMatch(name::equalsIgnoreCase)) {
        String there = String.join(", ", Marker.exercises());
        throw wrong("--only: there is no exercise " + name + "; there are " + there);
      }
    }
    Path place = folder == null ? Main.project().resolve(FOLDER) : folder;
    Main.requireFile(place);
    boolean right = true;
    try (Marker marker = Marker.of(place, Duration.ofSeconds(seconds))) {
      for (String name : only.isEmpty() ? Marker.exercises() : only) {
        Marker.Mark mark = marker.mark(name);
        print(mark);
        right &= mark.state() == Marker.State.RIGHT;
      }
    }
    return right ? 0 : 1;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void print(Marker.Mark mark) {
    PrintWriter out = spec.commandLine().getOut();
    String said =
        switch (mark.state()) {
          case RIGHT -> "right: ";
          case WRONG -> "wrong: ";
          case NOT_COMPILED -> "does not compile: ";
          case FAILED -> "failed: ";
          case NOT_WRITTEN, MISSING -> "";
        };
    out.printf(Locale.ROOT, "%-20s %s%n", mark.exercise(), said + Printable.line(mark.text()));
    mark.causes().forEach(cause -> out.println("  perhaps " + Printable.line(cause)));
    mark.printed()
        .lines()
        .limit(20)
        .forEach(line -> out.println("  printed: " + Printable.line(line)));
    out.flush();
  }
}
