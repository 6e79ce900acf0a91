package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.dataset.Role;
import kintsugi.detector.Prediction;
import kintsugi.detector.TestWeights;
import kintsugi.metric.ThresholdRule;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;

/** The table of scores, next to what one machine predicts. */
class SparkScoreTest extends SparkFixture {

  /** The lines of all files of a table. */
  private static List<String> lines(Path table) throws IOException {
    try (Stream<Path> files = Files.list(table)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .flatMap(
              file -> {
                try {
                  return Files.readAllLines(file).stream();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              })
          .toList();
    }
  }

  private static String value(String line, String name) {
    return line.replaceFirst(".*\"" + name + "\":\"?([^,\"]*).*", "$1");
  }

  private Result score(Path table, String... more) {
    List<String> all =
        new ArrayList<>(List.of("score", "--model", "" + model, "--out", "" + table));
    all.addAll(List.of(more));
    return succeeds(all.toArray(String[]::new));
  }

  @Test
  void scoresAreThoseOfOneMachine() throws IOException {
    Path out = folder.resolve("scores");
    Path maps = folder.resolve("maps");

    Result first =
        score(
            out, "--format", "json", "--partitions", "3", "--heat-maps", "" + maps, "" + anomalous);
    Result second =
        score(out, "--format", "json", "--partitions", "5", "" + anomalous, "" + normal);

    assertThat(first.out()).contains("4 images");
    // Those of the first run are there once.
    assertThat(second.out()).contains("12 images");
    Map<String, String> scores = new TreeMap<>();
    lines(out).forEach(line -> scores.put(value(line, "file"), value(line, "score")));
    Map<String, String> expected = new TreeMap<>();
    long high = 0;
    for (Path images : List.of(anomalous, normal)) {
      try (Stream<Prediction> all = kintsugi.predict(fitted, kintsugi.images(images))) {
        for (Prediction each : all.toList()) {
          expected.put(each.source().name(), "" + each.finding().score());
          high += images.equals(anomalous) && each.isAnomalous() ? 1 : 0;
        }
      }
    }
    assertThat(lines(out)).hasSize(12);
    assertThat(scores).isEqualTo(expected);
    assertThat(lines(out).getFirst())
        .contains("\"p_value\":", "\"verdict\":", "\"regions\":[", "\"sentence\":");
    assertThat(maps.toFile().list((dir, name) -> name.endsWith(".png"))).hasSize((int) high);
    assertThat(high).isPositive();
  }

  @Test
  void tablesOfBytesAreScored() {
    Path table = folder.resolve("bytes");
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      spark.read().format("binaryFile").load("" + anomalous).write().parquet("" + table);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }

    Path out = folder.resolve("of-bytes");
    // More parts than the table has files.
    assertThat(score(out, "--column", "content", "--partitions", "9", "" + table).out())
        .contains("4 images");
    Result wrong =
        run("score", "--model", "" + model, "--out", "" + out, "--column", "jpeg", "" + table);

    assertThat(wrong.status()).isEqualTo(1);
    assertThat(wrong.err().lines())
        .singleElement()
        .asString()
        .contains("no column jpeg", "content");
  }

  @Test
  void rowsWithoutBytesAreUnreadableWhateverTheirPath() throws IOException {
    Path table = folder.resolve("nulls");
    Path image = kintsugi.images(normal).getFirst().file().get();
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      spark
          .sql("SELECT '" + image + "' AS path, CAST(NULL AS BINARY) AS `the.bytes`")
          .unionAll(
              spark
                  .read()
                  .format("binaryFile")
                  .load("" + image)
                  .selectExpr("CAST(NULL AS STRING) AS path", "content AS `the.bytes`"))
          .coalesce(1)
          .write()
          .parquet("" + table);
    }

    Path out = folder.resolve("of-nulls");
    Result result =
        score(out, "--skip-unreadable", "--format", "json", "--column", "the.bytes", "" + table);

    assertThat(result.out()).contains("1 images");
    assertThat(result.err()).contains("left out " + image);
    assertThat(value(lines(out).getFirst(), "file")).startsWith(table + "/part-").endsWith("#1");
  }

  @Test
  void anImageThatIsNamedTwiceIsOneRow() throws IOException {
    Path image = kintsugi.images(normal).getFirst().file().get();
    Path list = Files.writeString(folder.resolve("twice.txt"), image + "\n" + image + "\n");
    Path out = folder.resolve("of-twice");
    score(out, "--format", "json", "--partitions", "3", "" + list, "" + image, "" + normal);
    assertThat(lines(out)).hasSize(8);

    Path table = folder.resolve("repeated");
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      Dataset<Row> rows = spark.read().format("binaryFile").load("" + normal);
      // One that is there twice, and another by the first one's name.
      rows.unionAll(rows.limit(1))
          .unionAll(
              spark
                  .read()
                  .format("binaryFile")
                  .load("" + anomalous)
                  .limit(1)
                  .withColumn("path", functions.lit("" + image)))
          .write()
          .parquet("" + table);
    }
    Path bytes = folder.resolve("of-repeated");
    score(bytes, "--format", "json", "--column", "content", "" + table, "" + table);
    assertThat(lines(bytes)).hasSize(9);
  }

  /** Where another file system is Spark's default too. */
  @Test
  void aGlobIsOfTheLocalFileSystem() throws IOException {
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      spark.sparkContext().hadoopConfiguration().set("fs.defaultFS", "elsewhere://host");
      List<String> found =
          Images.files(spark, List.of(normal + "/*.png"), Role.TRAIN, notice -> {});
      assertThat(found)
          .containsExactlyElementsOf(Images.files(spark, List.of("" + normal), Role.TRAIN, n -> {}))
          .hasSize(8);
    }
  }

  @Test
  void aTableThatIsNamedTwiceIsReadTwiceButForScores() throws IOException {
    Path table = folder.resolve("named-twice");
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      spark.read().format("binaryFile").load("" + normal).write().parquet("" + table);
      List<String> tables = List.of("" + table, table + "/");
      assertThat(Images.rows(spark, tables, "content", false).count()).isEqualTo(16);
      assertThat(Images.rows(spark, tables, "content", true).count()).isEqualTo(8);
    }
  }

  @Test
  void aFunctionThatIsRegisteredAgainClosesTheOneBefore() throws IOException {
    Path other = folder.resolve("other-model.safetensors");
    kintsugi.save(kintsugi.calibrate(fitted, ThresholdRule.parse("value:0.25")), other);
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      spark.read().format("binaryFile").load("" + anomalous).createOrReplaceTempView("images");
      KintsugiFunctions.register(spark, model, weights);
      Dataset<Row> before = spark.sql("SELECT kintsugi_predict(content).threshold FROM images");
      double first = before.first().getDouble(0);
      KintsugiFunctions.register(spark, model, weights);
      assertThat(spark.sql("SELECT kintsugi_predict(content).threshold FROM images").first())
          .isEqualTo(before.first());
      assertThat(Worker.open()).isEqualTo(1);

      KintsugiFunctions.register(spark, other, weights);
      Dataset<Row> after = spark.sql("SELECT kintsugi_predict(content).threshold FROM images");
      assertThat(after.first().getDouble(0)).isEqualTo(0.25).isNotEqualTo(first);
      assertThat(Worker.open()).isEqualTo(1);
      // A query that still has the first one is not disturbed, nor does it disturb.
      assertThat(before.first().getDouble(0)).isEqualTo(first);
      assertThat(Worker.open()).isEqualTo(2);

      Path foreign = TestWeights.write(folder.resolve("foreign.safetensors"), 2);
      assertThatThrownBy(() -> KintsugiFunctions.register(spark, model, foreign))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(model + ": was fitted with other weights");
    } finally {
      Worker.closeAll();
    }
  }
}
