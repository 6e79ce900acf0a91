package kintsugi.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.cli.MethodOptions;
import kintsugi.dataset.Role;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.PatchCoreRecipe;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that learns from normal images on the workers. */
abstract class FittingCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin MethodOptions method;
  @Mixin private ImageOptions input;
  @Mixin CoresetOptions coreset;
  @Mixin private NotOffered regions;
  @Mixin private ClusterOptions run;

  @Option(
      names = "--train",
      required = true,
      arity = "1..*",
      paramLabel = "IMAGE",
      order = 10,
      description = "Normal images: folders of them, globs, lists; with --column tables.")
  private List<String> train;

  /**
   * The input of a fit.
   *
   * @param kintsugi the library on the driver
   * @param reading how workers read images
   * @param images as they were named
   * @param seed fixes every draw
   */
  record Work(Kintsugi kintsugi, Reading reading, JavaRDD<Located> images, long seed) {}

  /** Where the model goes; null for nowhere. */
  abstract Path model();

  /** Fits by a recipe that was checked. */
  abstract void fit(Work work, Recipe recipe);

  @Override
  public final Integer call() throws IOException {
    Recipe recipe = method.recipe();
    check(recipe);
    OutputLock lock = model() == null ? null : OutputLock.of(model());
    try (lock) {
      if (model() != null) {
        Model.requirePlace(model());
      }
      return fit(recipe);
    }
  }

  /**
   * Checks that the options go together.
   *
   * @throws ParameterException unless they do
   */
  void check(Recipe recipe) {
    if (!(recipe instanceof PadimRecipe || recipe instanceof PatchCoreRecipe)) {
      throw new ParameterException(
          spec.commandLine(),
          recipe.method()
              + " is not offered on a cluster; fit on one machine with ./kintsugi fit "
              + recipe.method());
    }
    coreset.check(recipe);
  }

  private int fit(Recipe recipe) throws IOException {
    boolean parts = recipe instanceof PatchCoreRecipe;
    try (SparkSession spark = parts ? run.open(CoresetFit.CONFIGURATION) : run.open();
        Kintsugi kintsugi = run.openHere()) {
      SparkContext context = spark.sparkContext();
      context.setJobDescription("kintsugi " + spec.name() + ": " + String.join(" ", train));
      Reading reading = Reading.of(context, run.settings(context, null));
      JavaRDD<Located> images = input.images(spark, train, Role.TRAIN, run::say);
      fit(new Work(kintsugi, reading, images, method.seed()), recipe);
      return run.done(reading.failures());
    }
  }
}
