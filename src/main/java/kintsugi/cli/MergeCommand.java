package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.detector.Fit;
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
      "Makes one fit of several that saw different images, as if one had seen them all.",
      "Takes partial fits, with all their digits, and models, with those of fp32.",
      "",
      "Example:",
      "  ./kintsugi merge monday.part tuesday.part --model week.safetensors",
      ""
    })
final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Merging run;

  @ArgGroup(exclusive = true, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private FitOutput output;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Partial fits or models.")
  private List<Path> files;

  @Override
  public Integer call() {
    files.forEach(Main::requireFile);
    OutputLock lock = output.open();
    try (lock;
        Interruption interruption = run.interruption();
        Kintsugi kintsugi = run.open(run.builder(interruption));
        Fit fit = kintsugi.resume(files.getFirst())) {
      for (Path file : files.subList(1, files.size())) {
        merge(fit, kintsugi.resume(file), file);
      }
      output.write(spec, kintsugi, fit);
      return run.done(kintsugi);
    }
  }

  private void merge(Fit fit, Fit other, Path file) {
    try {
      fit.merge(other);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          file + ": cannot be merged with " + files.getFirst() + ": " + e.getMessage(), e);
    }
  }
}
