package kintsugi.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.dataset.Role;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "score",
    mixinStandardHelpOptions = true,
    description = {
      "Scores images on all workers: a table of score, verdict, p-value and regions.",
      "A further run adds what is new, and leaves out images that the table has already.",
      "",
      "Examples:",
      "  ./kintsugi --spark local[4] score --model part.safetensors images/ --out scores/",
      "  ./kintsugi --spark spark://host:7077 score --model part.safetensors hdfs://host/images"
          + " --format json --out hdfs://host/scores",
      ""
    })
final class ScoreCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ImageOptions input;
  @Mixin private ClusterOptions run;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      order = 10,
      description = "A calibrated model.")
  private Path model;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      order = 50,
      description = "Where the table goes: a local folder that all workers see, or an address.")
  private String out;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      order = 51,
      description = "parquet or json, lines of JSON (default: ${DEFAULT-VALUE}).")
  private Table.Format format = Table.Format.PARQUET;

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "Images, folders of them, globs, or lists; with --column tables in Parquet.")
  private List<String> places;

  @Option(
      names = "--heat-maps",
      paramLabel = "DIR",
      order = 52,
      description = "Where heat maps go, of the images whose score is high.")
  private String heatMaps;

  @Option(
      names = "--heat-maps-above",
      paramLabel = "X",
      order = 53,
      description = "The score from which on there is a heat map (default: the threshold).")
  private Double above;

  @Override
  public Integer call() throws IOException {
    if (above != null && heatMaps == null) {
      throw new ParameterException(
          spec.commandLine(), "--heat-maps-above needs --heat-maps, a folder for them");
    }
    ClusterOptions.requireFile(model);
    String digest = ModelFile.digestOfCalibrated(model);
    try (SparkSession spark = run.open()) {
      SparkContext context = spark.sparkContext();
      TableLock lock = TableLock.of(out, context.hadoopConfiguration(), context::cancelAllJobs);
      try (lock) {
        return lock.during(() -> score(spark, digest));
      }
    }
  }

  private int score(SparkSession spark, String digest) {
    SparkContext context = spark.sparkContext();
    Table table = new Table(out, format);
    long[] done = table.keys(spark, digest);
    Reading reading = Reading.of(context, run.settings(context, model));
    JavaRDD<Located> images = input.images(spark, places, Role.ANY, run::say);
    Scoring scoring =
        new Scoring(
            reading,
            digest,
            JavaSparkContext.fromSparkContext(context).broadcast(done),
            new Overlays(
                heatMaps == null ? null : Located.absolute(heatMaps),
                above == null ? Double.NaN : above));
    context.setJobDescription("kintsugi score: " + String.join(" ", places));
    reading.failures().run(() -> table.append(spark, scoring.rows(images)));
    context.setJobDescription("kintsugi score: counts");
    spec.commandLine().getOut().println(table.summary(spark, digest));
    return run.done(reading.failures());
  }
}
