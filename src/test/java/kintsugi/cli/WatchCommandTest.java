package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kintsugi.Sha256;
import org.junit.jupiter.api.Test;

/** The options of {@code watch}, and what a person reads. */
class WatchCommandTest extends CommandFixture {

  private Result watch(Path in, Path out, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of("watch", "" + in, "--model", "" + model, "--out", "" + out, "--once"));
    all.addAll(List.of("--settle", "0.02", "--patience", "0.1"));
    all.addAll(List.of(more));
    return run(all.toArray(String[]::new));
  }

  @Test
  void eachImageHasItsLineAndWhatCannotBeReadAnother() throws IOException {
    Path in = Files.createDirectory(folder.resolve("line"));
    Files.copy(normal.resolve("000.png"), in.resolve("a.png"));
    Files.copy(anomalous.resolve("000.png"), in.resolve("b.png"));
    Files.writeString(in.resolve("c.png"), "x");
    Path out = folder.resolve("line-out");
    Result result = watch(in, out, "--move", "--maps", "none");
    assertThat(result.status()).as(result.err()).isZero();
    assertThat(result.out().lines())
        .hasSize(2)
        .anyMatch(line -> line.matches("(normal|anomalous) +\\d\\.\\d{4}  a\\.png.*"));
    assertThat(result.err()).contains("watching " + in, "c.png: ");
    assertThat(in).isEmptyDirectory();
    assertThat(out.resolve("maps")).doesNotExist();
    assertThat(Files.readAllLines(out.resolve("results.csv"))).hasSize(4);
    assertThat(Files.readString(out.resolve("results.jsonl"))).contains(Sha256.of(model));
  }

  @Test
  void aCalibrationThatIsNotCurrentIsAWarning() throws IOException {
    Path in = Files.createDirectory(folder.resolve("taught-line"));
    Path taught = Files.copy(model, folder.resolve("taught-watch.safetensors"));
    Path bad = anomalous.resolve("000.png");
    Path gone = Files.move(normal, normal.resolveSibling("gone"));
    assertThat(run("teach", "--model", "" + taught, "" + bad).status()).isZero();
    Files.move(gone, normal);
    Path out = folder.resolve("taught-out");
    String[] command = {"watch", "" + in, "--model", "" + taught, "--out", "" + out, "--once"};
    assertThat(run(command).err())
        .contains("warning: taught-watch.safetensors: the calibration was made before images were");
    assertThat(watch(in, folder.resolve("untaught-out")).err()).doesNotContain("before images");
  }

  @Test
  void whatCannotWorkIsSaidBeforehandInOneLine() throws IOException {
    Path in = Files.createDirectories(folder.resolve("refused"));
    Path out = folder.resolve("refused-out");
    Path fitted = folder.resolve("uncalibrated.safetensors");
    assertThat(run("fit", "padim", "--train", "" + normal, "--model", "" + fitted).status())
        .isZero();
    assertFails(
        run("watch", "" + in, "--model", "" + fitted, "--out", "" + out), out, "calibrate it");
    assertFails(watch(folder.resolve("none"), out), out, "there is no such folder");
    assertFails(
        watch(in, out, "--mqtt", "tcp://localhost/line"), out, "mvn -Pmqtt -Dmaven.test.skip");
    assertFails(
        run("watch", "" + in, "--model", "" + out.resolve("m"), "--out", "" + out),
        out,
        "m: there is no such file");
    for (List<String> wrong :
        List.of(
            List.of("--settle", "-1"),
            List.of("--rescan", "NaN"),
            List.of("--maps", "some"),
            List.of("--webhook", "notaurl"),
            List.of("--webhook", "https://host:99999/"),
            List.of("--webhook", "https://me:secret@host/"),
            List.of("--mqtt-login", "file"),
            List.of("--webhook-token", "file"))) {
      Result result = watch(in, out, wrong.toArray(String[]::new));
      assertThat(result.status()).as(wrong + result.err()).isEqualTo(2);
      assertThat(result.err().lines()).hasSize(1);
    }
    Result same = run("watch", "" + in, "--model", "" + model, "--out", "" + in);
    assertThat(same.status()).isEqualTo(2);
    assertThat(same.err()).contains("results would arrive").hasLineCount(1);
    assertThat(out).doesNotExist();
  }
}
