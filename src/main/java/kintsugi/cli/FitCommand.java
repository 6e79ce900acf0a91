package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.dataset.Role;
import kintsugi.detector.Fit;
import kintsugi.detector.Recipe;
import kintsugi.image.ImageSource;
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
    description = {
      "Learns from normal images and writes a model file.",
      "",
      "Examples:",
      "  ./kintsugi fit padim --train good/ --model part.safetensors",
      "  ./kintsugi fit patchcore --train good/ --size 512x512 --ratio 0.01 --model part.safetensors",
      ""
    })
final class FitCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin MethodOptions method;
  @Mixin private RegionOptions.Fitting regions;
  @Mixin private RunOptions.ReadingAndFitting run;

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nData:%n", order = 10)
  private Data data;

  static final class Data {
    @Option(
        names = "--train",
        required = true,
        paramLabel = "DIR|LIST",
        description = "Normal images: a folder, or a list of them.")
    private Path train;

    @Option(
        names = "--update",
        paramLabel = "FILE",
        description = "Continue this model or partial fit, which keeps its choices and its seed.")
    private Path update;

    @Option(
        names = "--provenance",
        description =
            "Keep a list of the training images in the model: names, and hashes of files.")
    private boolean provenance;
  }

  @ArgGroup(exclusive = true, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private FitOutput.OrPreview output;

  @Override
  public Integer call() {
    Recipe recipe = method.recipe();
    if (data.update != null && method.hasChoices()) {
      throw new ParameterException(
          spec.commandLine(),
          "--update continues with the choices of "
              + data.update
              + "; leave out recipe, seed and choices");
    }
    if (data.update != null && regions.areOfTheModel()) {
      throw new ParameterException(
          spec.commandLine(),
          "--update continues with the region and the alignment of "
              + data.update
              + "; leave out --roi FILE, --ignore FILE, --foreground and --align");
    }
    Main.requireImages(List.of(data.train));
    Main.requireFile(data.update);
    if (output.isPreview()) {
      return preview(recipe);
    }
    OutputLock lock = output.open();
    try (lock;
        Interruption interruption = run.interruption();
        Kintsugi kintsugi = open(interruption);
        Fit fit = fit(kintsugi, recipe)) {
      List<ImageSource> images = kintsugi.images(data.train, Role.TRAIN);
      output.announce(fit);
      if (data.provenance) {
        fit.keepTrainingFiles();
      }
      fit.add(images);
      output.write(spec, kintsugi, fit);
      return run.done(kintsugi);
    }
  }

  private Kintsugi open(Interruption interruption) {
    return run.open(run.builder(interruption).scope(regions.scope(run.maxPixels())));
  }

  private int preview(Recipe recipe) {
    try (Interruption interruption = run.interruption();
        Kintsugi kintsugi = open(interruption);
        Fit fit = fit(kintsugi, recipe)) {
      output.preview(spec, fit, kintsugi.images(data.train, Role.TRAIN));
      return run.done(kintsugi);
    }
  }

  private Fit fit(Kintsugi kintsugi, Recipe recipe) {
    if (data.update == null) {
      return kintsugi.begin(recipe, method.seed());
    }
    Fit fit = kintsugi.resume(data.update);
    if (!fit.recipe().method().equals(recipe.method())) {
      throw new ParameterException(
          spec.commandLine(),
          data.update + " was fitted by " + fit.recipe().method() + ", not " + recipe.method());
    }
    return fit;
  }
}
