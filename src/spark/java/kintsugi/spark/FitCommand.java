package kintsugi.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.cli.MethodOptions;
import kintsugi.dataset.Role;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.image.TargetSize;
import kintsugi.padim.PadimMethod;
import kintsugi.report.Printable;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
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
      "Learns from normal images on all workers and writes the model file of one machine.",
      "",
      "Examples:",
      "  ./kintsugi --spark local[4] fit padim --train good/ --model part.safetensors",
      "  ./kintsugi --spark spark://host:7077 fit padim --train hdfs://host/good --size 512x512"
          + " --model part.safetensors",
      ""
    })
final class FitCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin MethodOptions method;
  @Mixin private ImageOptions input;
  @Mixin private ClusterOptions run;

  @Option(
      names = "--train",
      required = true,
      arity = "1..*",
      paramLabel = "IMAGE",
      order = 10,
      description = "Normal images: folders of them, globs, lists; with --column tables.")
  private List<String> train;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      order = 50,
      description = "Where the model goes.")
  private Path model;

  @Override
  public Integer call() throws IOException {
    Recipe recipe = method.recipe();
    if (!recipe.method().equals(new PadimMethod().name())) {
      throw new ParameterException(
          spec.commandLine(),
          "on a cluster " + recipe.method() + " is fitted by: coreset patchcore --model FILE");
    }
    OutputLock lock = OutputLock.of(model);
    try (lock) {
      Model.requirePlace(model);
      try (SparkSession spark = run.open();
          Kintsugi kintsugi = run.openHere()) {
        return fit(spark, kintsugi, RecipeText.of(recipe));
      }
    }
  }

  private int fit(SparkSession spark, Kintsugi kintsugi, RecipeText recipe) {
    long start = System.nanoTime();
    SparkContext context = spark.sparkContext();
    context.setJobDescription("kintsugi fit: " + String.join(" ", train));
    Reading reading = Reading.of(context, run.settings(context, null));
    JavaRDD<Located> images = input.images(spark, train, Role.TRAIN, run::say, true);
    RecipeText sized = recipe;
    if (recipe.recipe().preprocessing().resize() instanceof TargetSize.Auto rule) {
      ImageSizes sizes = ImageSizes.of(reading, images, recipe);
      sized = recipe.sized(sizes.size(rule));
      spec.commandLine().getOut().println(sizes.line(sized));
    }
    PadimParts parts = new PadimParts(reading, sized, method.seed());
    long count = parts.fit(images, kintsugi.session(), model);
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %s from %d images in %.1f s; calibrate it next%n",
            Printable.line("" + model),
            sized.recipe().name(),
            count,
            (System.nanoTime() - start) / 1e9);
    return run.done(reading.failures());
  }
}
