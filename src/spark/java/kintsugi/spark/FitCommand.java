package kintsugi.spark;

import java.nio.file.Path;
import java.util.Locale;
import kintsugi.detector.Recipe;
import kintsugi.image.TargetSize;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.report.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "fit",
    mixinStandardHelpOptions = true,
    description = {
      "Learns from normal images on all workers and writes a model file: PaDiM's is that of one",
      "machine; so is PatchCore's with --exact, and without it depends on --parts.",
      "",
      "Examples:",
      "  ./kintsugi --spark local[4] fit padim --train good/ --model part.safetensors",
      "  ./kintsugi --spark spark://host:7077 fit padim --train hdfs://host/good --size 512x512"
          + " --model part.safetensors",
      "  ./kintsugi --spark spark://host:7077 fit patchcore --train hdfs://host/good"
          + " --bank-size 10000 --model part.safetensors",
      ""
    })
final class FitCommand extends FittingCommand {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      order = 50,
      description = "Where the model goes.")
  private Path model;

  @Override
  Path model() {
    return model;
  }

  @Override
  void fit(Work work, Recipe recipe) {
    switch (recipe) {
      case PatchCoreRecipe patchcore ->
          new CoresetFit(spec, coreset).fit(work, patchcore, model, false, null);
      case PadimRecipe padim -> fitPadim(work, RecipeText.of(padim));
      default -> throw new IllegalStateException(recipe.name());
    }
  }

  private void fitPadim(Work work, RecipeText recipe) {
    long start = System.nanoTime();
    RecipeText sized = recipe;
    if (recipe.recipe().preprocessing().resize() instanceof TargetSize.Auto rule) {
      ImageSizes sizes = ImageSizes.of(work.reading(), work.images(), recipe);
      sized = recipe.sized(sizes.size(rule));
      spec.commandLine().getOut().println(sizes.line(sized));
    }
    PadimParts parts = new PadimParts(work.reading(), sized, work.seed());
    long count = parts.fit(work.images(), work.kintsugi().session(), model);
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %s from %d images in %.1f s; calibrate it next%n",
            Printable.line("" + model),
            sized.recipe().name(),
            count,
            (System.nanoTime() - start) / 1e9);
  }
}
