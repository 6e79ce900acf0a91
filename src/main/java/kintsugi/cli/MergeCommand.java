package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.detector.Fit;
import kintsugi.detector.Session;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    description = {
      "Makes one fit of several that saw different pictures, as if one had seen them all.",
      "Takes what fit --partial left (to the last digits) and models (as exact as their fp32)."
    })
final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions options;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private FitOutput output;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Partial fits or models.")
  private List<Path> files;

  @Override
  public Integer call() {
    return options.run(this::merge);
  }

  private int merge(Session session) {
    Fit fit = Fit.load(files.getFirst(), session);
    for (Path file : files.subList(1, files.size())) {
      try {
        fit.merge(Fit.load(file, session), session.parallel());
      } catch (IllegalArgumentException e) {
        throw new InputException(
            file + ": cannot be merged with " + files.getFirst() + ": " + e.getMessage(), e);
      }
    }
    output.write(spec, session, fit);
    return 0;
  }
}
