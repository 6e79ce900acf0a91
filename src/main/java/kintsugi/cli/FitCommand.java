package kintsugi.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import kintsugi.dataset.PictureFolder;
import kintsugi.detector.Fit;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "fit",
    mixinStandardHelpOptions = true,
    description = "Learns from a folder of normal pictures and writes a model file.")
final class FitCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Algorithm algorithm;
  @Mixin private RunOptions options;

  @Option(names = "--train", required = true, paramLabel = "DIR", description = "Normal pictures.")
  private Path train;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private FitOutput output;

  @Option(
      names = "--update",
      paramLabel = "FILE",
      description = "Go on with this model or partial fit, which keeps its choices and its seed.")
  private Path update;

  @Override
  public Integer call() {
    Recipe recipe = algorithm.recipe();
    if (update != null && algorithm.hasChoices()) {
      throw new ParameterException(
          spec.commandLine(),
          "--update goes on with the choices of "
              + update
              + "; leave out recipe, seed and choices");
    }
    return options.run(session -> fit(session, recipe));
  }

  private int fit(Session session, Recipe recipe) {
    Fit fit = update == null ? Fit.start(recipe, algorithm.seed) : Fit.load(update, session);
    if (!fit.recipe().algorithm().equals(recipe.algorithm())) {
      throw new ParameterException(
          spec.commandLine(),
          update + " was fitted by " + fit.recipe().algorithm() + ", not " + recipe.algorithm());
    }
    fit.add(session, PictureFolder.list(train));
    output.write(spec, session, fit);
    return 0;
  }
}
