package kintsugi.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.InputException;
import kintsugi.OutputLock;
import kintsugi.detector.Recipe;
import kintsugi.patchcore.PatchCoreRecipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(
    name = "coreset",
    mixinStandardHelpOptions = true,
    description = {
      "Chooses PatchCore's memory bank as fit patchcore does, and compares the two ways of choosing;",
      "writes the model where one is named.",
      "",
      "Examples:",
      "  ./kintsugi --spark local[4] coreset patchcore --train good/ --compare",
      "  ./kintsugi --spark spark://host:7077 coreset patchcore --train hdfs://host/good"
          + " --bank-size 10000 --parts 64 --model part.safetensors",
      ""
    })
final class CoresetCommand extends FittingCommand {
  @Option(
      names = "--compare",
      order = 16,
      description = "Choose by the other search too, and compare the two.")
  private boolean compare;

  @Option(names = "--model", paramLabel = "FILE", order = 50, description = "Where the model goes.")
  private Path model;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      order = 51,
      description = "Where the figures go, as JSON.")
  private Path json;

  @Override
  Path model() {
    return model;
  }

  @Override
  void check(Recipe recipe) {
    super.check(recipe);
    if (!(recipe instanceof PatchCoreRecipe)) {
      throw new ParameterException(
          spec.commandLine(),
          "a coreset is PatchCore's; " + recipe.method() + " is fitted by: fit " + recipe.method());
    }
    if (json != null) {
      requirePlace();
    }
  }

  /** Throws unless the figures can be written, before the work of hours. */
  private void requirePlace() {
    if (model != null
        && model.toAbsolutePath().normalize().equals(json.toAbsolutePath().normalize())) {
      throw new ParameterException(
          spec.commandLine(), "--json: name another file than the model's, " + model);
    }
    if (Files.isDirectory(json)) {
      throw new InputException(json + ": is a folder; name a file (json)");
    }
    OutputLock.of(json).close();
  }

  @Override
  void fit(Work work, Recipe recipe) {
    new CoresetFit(spec, coreset).fit(work, recipe, model, compare, json);
  }
}
