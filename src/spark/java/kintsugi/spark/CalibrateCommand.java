package kintsugi.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.dataset.Role;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.metric.ThresholdRule;
import kintsugi.report.Printable;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "calibrate",
    mixinStandardHelpOptions = true,
    description = {
      "Sets a model's score range and threshold from images that the workers score.",
      "",
      "Example:",
      "  ./kintsugi --spark local[4] calibrate --model part.safetensors --normal more-good/"
          + " --anomalous bad/",
      ""
    })
final class CalibrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ImageOptions input;
  @Mixin private ClusterOptions run;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      order = 10,
      description = "A model file, as fit writes it; it is replaced.")
  private Path model;

  @Option(
      names = "--normal",
      required = true,
      arity = "1..*",
      paramLabel = "IMAGE",
      order = 10,
      description = "Normal images: folders of them, globs, lists; with --column tables.")
  private List<String> normal;

  @Option(
      names = "--anomalous",
      arity = "1..*",
      paramLabel = "IMAGE",
      order = 11,
      description = "Anomalous images, in the same forms.")
  private List<String> anomalous = List.of();

  @Option(
      names = "--threshold",
      paramLabel = "RULE",
      order = 20,
      description =
          "youden, max-f1, corner, max-fpr:R, max-fnr:R; from normal images alone quantile:Q,"
              + " margin:M or conformal:R; or value:X itself (default: the recipe's).")
  private ThresholdRule threshold;

  @Override
  public Integer call() throws IOException {
    ClusterOptions.requireFile(model);
    ModelFile.requireModel(model);
    OutputLock lock = OutputLock.of(model);
    try (lock;
        SparkSession spark = run.open()) {
      SparkContext context = spark.sparkContext();
      Reading reading = Reading.of(context, run.settings(context, model));
      List<SeenImage> normals = seen(spark, reading, normal, Role.CALIBRATE_NORMAL);
      List<SeenImage> anomalies =
          anomalous.isEmpty()
              ? List.of()
              : seen(spark, reading, anomalous, Role.CALIBRATE_ANOMALOUS);
      try (Kintsugi kintsugi = run.openHere()) {
        write(kintsugi, normals, anomalies);
      }
      return run.done(reading.failures());
    }
  }

  /** What calibration needs of images, in the order of their names. */
  private List<SeenImage> seen(
      SparkSession spark, Reading reading, List<String> places, Role role) {
    JavaRDD<Located> images = input.images(spark, places, role, run::say);
    spark.sparkContext().setJobDescription("kintsugi calibrate: " + String.join(" ", places));
    List<SeenImage> seen =
        reading
            .failures()
            .result(
                () ->
                    images
                        .mapPartitions(
                            part -> reading.failures().guard(() -> SeenImage.of(reading, part)))
                        .collect());
    return seen.stream().sorted(Comparator.comparing(SeenImage::name)).toList();
  }

  private void write(Kintsugi kintsugi, List<SeenImage> normals, List<SeenImage> anomalies) {
    Model fitted = kintsugi.load(model);
    Calibration calibration =
        Calibration.of(
            fitted,
            SeenImage.seen(normals),
            SeenImage.seen(anomalies),
            SeenImage.learnt(normals, anomalies),
            Optional.ofNullable(threshold));
    kintsugi.save(fitted.with(calibration), model);
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: threshold %.4f by %s from %d images%n%s%n",
            Printable.line("" + model),
            calibration.threshold(),
            calibration.rule(),
            normals.size() + anomalies.size(),
            calibration.rates().sentence());
  }
}
