package kintsugi.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import kintsugi.AtomicOutput;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.cli.MethodOptions;
import kintsugi.dataset.Role;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.patchcore.ChosenPatches;
import kintsugi.patchcore.CoresetSearch;
import kintsugi.patchcore.PatchCoreRecipe;
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
    name = "coreset",
    mixinStandardHelpOptions = true,
    description = {
      "Chooses PatchCore's memory bank from patches that stay on the workers, and says how well it",
      "covers them; writes the model where one is named.",
      "",
      "Examples:",
      "  ./kintsugi --spark local[4] coreset patchcore --train good/ --compare",
      "  ./kintsugi --spark spark://host:7077 coreset patchcore --train hdfs://host/good"
          + " --bank-size 10000 --parts 64 --model part.safetensors",
      ""
    })
final class CoresetCommand implements Callable<Integer> {
  /** Tasks go where their part is, and wait there until it is their turn. */
  static final Map<String, String> CONFIGURATION = Map.of("spark.locality.wait", "1h");

  @Spec private CommandSpec spec;
  @Mixin MethodOptions method;
  @Mixin private ImageOptions input;
  @Mixin private CoresetOptions coreset;
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
  public Integer call() throws IOException {
    if (model != null) {
      Model.requirePlace(model);
    }
    if (!(method.recipe() instanceof PatchCoreRecipe recipe)) {
      throw new ParameterException(
          spec.commandLine(),
          "a coreset is PatchCore's; " + method.recipe().method() + " has none");
    }
    OutputLock lock = model == null ? null : OutputLock.of(model);
    try (lock;
        SparkSession spark = run.open(CONFIGURATION);
        Kintsugi kintsugi = run.openHere()) {
      SparkContext context = spark.sparkContext();
      context.setJobDescription("kintsugi coreset: " + String.join(" ", train));
      Reading reading = Reading.of(context, run.settings(context, null));
      JavaRDD<Located> images = input.images(spark, train, Role.TRAIN, run::say, true);
      FitOrder order =
          FitOrder.of(reading, images, RecipeText.of(recipe), coreset.parts(recipe.coreset()));
      try (SparkParts parts = new SparkParts(order, reading, method.seed())) {
        Session.Options options = kintsugi.session().options();
        write(new CoresetSearch(parts, recipe.coreset(), method.seed(), options), kintsugi);
      }
      return run.done(reading.failures());
    }
  }

  /** Two banks of all patches cover them equally, at a distance of 0. */
  private static double ratio(double radius, double other) {
    return radius == other ? 1 : radius / other;
  }

  private void write(CoresetSearch search, Kintsugi kintsugi) {
    Map<String, CoresetReport> reports = new LinkedHashMap<>();
    ChosenPatches chosen = coreset.chosen(search);
    put(reports, coreset.exact(), chosen);
    if (compare) {
      put(reports, !coreset.exact(), coreset.exact() ? search.composable() : search.exact());
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "the composable covering radius is %.4f times the exact search's%n",
              ratio(
                  reports.get("composable").coveringRadius(),
                  reports.get("exact").coveringRadius()));
    }
    if (json != null) {
      String text =
          reports.values().stream()
              .map(report -> "  \"" + report.search() + "\": " + report.json())
              .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
      AtomicOutput.file(json, file -> Files.writeString(file, text));
    }
    if (model != null) {
      Model made = search.model(chosen, kintsugi.session());
      kintsugi.save(made, model);
      spec.commandLine()
          .getOut()
          .println(
              Printable.line("" + model) + ": " + made.recipe().name() + "; calibrate it next");
      made.detector().summary().lines().forEach(spec.commandLine().getOut()::println);
    }
  }

  private void put(Map<String, CoresetReport> reports, boolean exact, ChosenPatches chosen) {
    String name = exact ? "exact" : "composable";
    CoresetReport report = CoresetReport.of(name, chosen);
    reports.put(name, report);
    spec.commandLine().getOut().println(report.line());
  }
}
