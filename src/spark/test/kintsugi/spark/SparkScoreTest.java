package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kintsugi.detector.Prediction;
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

  @Test
  void scoresAreThoseOfOneMachine() throws IOException {
    Path out = folder.resolve("scores");
    Result result =
        succeeds(
            "score",
            "" + anomalous,
            "" + normal,
            "--model",
            "" + model,
            "--format",
            "json",
            "--partitions",
            "5",
            "--out",
            "" + out);

    assertThat(result.out()).contains("12 images");
    Map<String, String> scores = new TreeMap<>();
    lines(out).forEach(line -> scores.put(value(line, "file"), value(line, "score")));
    Map<String, String> expected = new TreeMap<>();
    for (Path folder : List.of(anomalous, normal)) {
      try (Stream<Prediction> all = kintsugi.predict(fitted, kintsugi.images(folder))) {
        all.forEach(p -> expected.put(p.source().name(), "" + p.finding().score()));
      }
    }
    assertThat(scores).isEqualTo(expected);
  }
}
