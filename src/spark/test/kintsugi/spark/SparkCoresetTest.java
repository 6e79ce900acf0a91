package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PatchCore's memory bank, chosen on two tasks at a time, next to that of one machine. */
class SparkCoresetTest extends SparkFixture {
  private int files;

  private byte[] model(String... more) throws IOException {
    return modelOf("coreset", more);
  }

  private byte[] modelOf(String command, String... more) throws IOException {
    Path file = folder.resolve("coreset" + files++ + ".safetensors");
    String[] arguments = {
      command, "patchcore", "--ratio", "0.05", "--train", "" + normal, "--model", "" + file
    };
    succeeds(Stream.of(arguments, more).flatMap(Arrays::stream).toArray(String[]::new));
    return Files.readAllBytes(file);
  }

  @ParameterizedTest
  @CsvSource({"patchcore/kintsugi, 3", "patchcore/anomalib, 20"})
  void anExactSearchMakesTheModelFileOfOneMachine(String name, String parts) throws IOException {
    Recipe recipe = Choices.with(Methods.recipe(name), Map.of("ratio", 0.05));
    Path file = folder.resolve("one" + files++ + ".safetensors");
    kintsugi.save(kintsugi.fit(recipe, 1, kintsugi.images(normal)), file);
    assertThat(modelOf("fit", "--recipe", name, "--exact", "--parts", parts, "--partitions", "5"))
        .isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void aComposableBankDependsOnTheNumberOfPartsAlone() throws IOException {
    byte[] expected = model("--parts", "3", "--partitions", "1");
    assertThat(model("--parts", "3", "--partitions", "7", "--threads", "1")).isEqualTo(expected);
    assertThat(modelOf("fit", "--parts", "3")).isEqualTo(expected);
    assertThat(model("--parts", "2")).isNotEqualTo(expected);
  }

  /** Also where a recipe takes images in their order, and Spark reads files by their size. */
  @ParameterizedTest
  @ValueSource(strings = {"patchcore/kintsugi", "patchcore/anomalib"})
  void imagesInATableMakeTheSameBank(String recipe) throws IOException {
    Path table = folder.resolve("coreset-table" + files++);
    try (SparkSession spark = SparkSession.builder().appName("table").getOrCreate()) {
      Dataset<Row> images = spark.read().format("binaryFile").load("" + normal);
      List<Row> rows = new ArrayList<>(images.collectAsList());
      Collections.reverse(rows);
      spark.createDataFrame(rows, images.schema()).coalesce(1).write().parquet("" + table);
    }
    byte[] expected = model("--recipe", recipe, "--parts", "3");
    Path file = folder.resolve("of-table" + files++ + ".safetensors");
    succeeds(
        "coreset",
        "patchcore",
        "--recipe",
        recipe,
        "--ratio",
        "0.05",
        "--column",
        "content",
        "--parts",
        "3",
        "--train",
        "" + table,
        "--model",
        "" + file);
    assertThat(Files.readAllBytes(file)).isEqualTo(expected);
  }

  @Test
  void theCoveringRadiusIsSaidWithItsBoundNextToTheExactOne() throws IOException {
    Path json = folder.resolve("coreset.json");
    Path file = folder.resolve("compared.safetensors");
    Result result =
        succeeds(
            "coreset",
            "patchcore",
            "--ratio",
            "0.02",
            "--train",
            "" + normal,
            "--parts",
            "3",
            "--compare",
            "--model",
            "" + file,
            "--json",
            "" + json);
    assertThat(result.out().lines().findFirst().orElseThrow()).startsWith(file + ": ");
    String figures = Files.readString(json);
    String composable = figures.replaceFirst("(?s).*\"composable\": (\\{.*?}).*", "$1");
    String exact = figures.replaceFirst("(?s).*\"exact\": (\\{.*?}).*", "$1");
    assertThat(composable).contains("\"proved_factor\": 4").contains("\"parts\": 3");
    assertThat(exact).contains("\"proved_factor\": 2");
    assertThat(value(composable, "factor")).isBetween(1.0, 4.0);
    assertThat(value(exact, "factor")).isEqualTo(2);
    double ratio = value(composable, "covering_radius") / value(exact, "covering_radius");
    assertThat(ratio).isBetween(0.5, 4.0);
    assertThat(result.out())
        .contains("composable coreset: ")
        .contains("times the best possible (proved: at most 4 times)")
        .contains(String.format("the composable covering radius is %.4f times", ratio));
  }

  private static double value(String json, String name) {
    return Double.parseDouble(json.replaceFirst(".*\"" + name + "\": ([^,}]*).*", "$1"));
  }

  @Test
  void badInputIsOneLine() throws IOException {
    assertThat(run("coreset", "padim", "--train", "" + normal).status()).isEqualTo(2);
    Result exact = run("fit", "padim", "--train", "" + normal, "--model", "none", "--exact");
    assertThat(exact.status()).isEqualTo(2);
    assertThat(exact.err()).contains("--exact is PatchCore's");
    assertThat(run("coreset", "patchcore", "--train", "" + normal, "--parts", "0").status())
        .isEqualTo(2);
    Path figures = Files.createDirectories(folder.resolve("figures"));
    Result json = run("coreset", "patchcore", "--train", "" + normal, "--json", "" + figures);
    assertThat(json.status()).isEqualTo(1);
    assertThat(json.err().lines())
        .singleElement()
        .asString()
        .contains(figures + ": is a folder; name a file (--json)");
    Path broken = Files.createDirectories(folder.resolve("broken"));
    try (var images = Files.list(normal)) {
      for (Path image : images.limit(3).toList()) {
        Files.copy(image, broken.resolve(image.getFileName()));
      }
    }
    Path bad = broken.resolve("broken.png");
    try (var images = Files.list(normal)) {
      byte[] whole = Files.readAllBytes(images.findFirst().orElseThrow());
      Files.write(bad, Arrays.copyOf(whole, whole.length / 2));
    }
    Path file = folder.resolve("broken.safetensors");
    String[] arguments = {
      "coreset", "patchcore", "--train", "" + broken, "--parts", "2", "--model", "" + file
    };
    Result failed = run(arguments);
    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.err().lines()).hasSize(1);
    assertThat(failed.err()).contains("broken.png").contains("(partition ");
    assertThat(file).doesNotExist();
    String[] skipping = Arrays.copyOf(arguments, arguments.length + 1);
    skipping[arguments.length] = "--skip-unreadable";
    Result skipped = succeeds(skipping);
    assertThat(skipped.err()).contains("left out " + bad);
    assertThat(file).exists();
  }
}
