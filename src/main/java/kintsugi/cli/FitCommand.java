package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.dataset.PictureFolder;
import kintsugi.detector.Model;
import kintsugi.detector.PadimDetector;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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

  @Option(names = "--model", required = true, paramLabel = "FILE", description = "Where it goes.")
  private Path model;

  @Override
  public Integer call() {
    Recipe recipe = algorithm.recipe();
    return options.run(session -> fit(session, recipe));
  }

  private int fit(Session session, Recipe recipe) {
    List<Path> files = PictureFolder.list(train);
    PadimDetector.Fitted fitted = PadimDetector.fit(session, recipe, files, algorithm.seed);
    String fingerprint = session.weights().fingerprint();
    Model made = new Model(fitted.detector(), Optional.empty(), fingerprint, algorithm.seed);
    made.save(model);
    ModelSummary.write(model, made, session);
    spec.commandLine()
        .getOut()
        .printf(
            "%s: %s from %d pictures in %.1f s; calibrate it next%n",
            model,
            recipe.name(),
            files.size() - session.skipped().size(),
            fitted.extractSeconds() + fitted.fitSeconds());
    return 0;
  }
}
