package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A value that is out of an option's range ends with status 2, names the option, and writes
 * nothing.
 */
class OptionRangesTest extends CommandFixture {

  private void assertWrong(String option, String value, List<String> command) {
    List<String> all = new ArrayList<>(command);
    all.add(option);
    all.add(value);
    Result result = run(all.toArray(String[]::new));
    assertThat(result.status()).as(option + " " + value + ": " + result.err()).isEqualTo(2);
    assertThat(result.err().lines().findFirst().orElseThrow()).contains(option);
    assertThat(folder.resolve("none")).doesNotExist();
  }

  private List<String> fit(String method) {
    return List.of("fit", method, "--train", "" + normal, "--model", "" + folder.resolve("none"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "padim | --epsilon | NaN Infinity -Infinity -1 -1e-300 1e300 1e10 one",
        "padim | --channels | NaN -1 8193 99999 2147483648 99999999999999999999 1e2 1.5",
        "padim | --blur-sigma | NaN Infinity -1 1000 1e9 1e300",
        "padim | --score | top-0 top--1 top-NaN top-9999999999 least",
        "padim | --threshold | margin:Infinity margin:NaN margin:-1 margin:1001 margin:1e300",
        "padim | --threshold | quantile:NaN quantile:0 quantile:1.1 quantile:Infinity",
        "padim | --threshold | max-fpr:NaN max-fpr:-0.1 max-fpr:2 max-fnr:Infinity max-fnr:1e300",
        "padim | --threshold | conformal:0 conformal:1 conformal:NaN conformal:-1 conformal:1e300",
        "padim | --max-false-alarms | 0 1 -0.1 NaN Infinity 1% one",
        "padim | --seed | NaN 1.5 1e3 99999999999999999999",
        "padim | --scale | NaN Infinity 0 -1 1e300 16385",
        "padim | --size | 0x0 1x1 7x64 64x7 100000x100000 -64x64 64 NaNxNaN 1e2x1e2",
        "padim | --resize | shorter:0 shorter:7 shorter:NaN shorter:16385 scale:0 scale:NaN 1x1",
        "padim | --crop | 0x0 1x1 100000x100000",
        "padim | --taps | layer1,layer1",
        "padim | --threads | NaN 0 -1 1025 100000 1e300 99999999999",
        "patchcore | --ratio | NaN Infinity 0 -1 1.0001 1e300",
        "patchcore | --bank-size | NaN -1 2147483648 1e300 0.5",
        "patchcore | --radius | NaN Infinity -1",
        "patchcore | --k | NaN 0 -1 1001 2147483647 99999999999",
        "patchcore | --reweighting | NaN -1 1001 2147483647",
        "patchcore | --neighbourhood | NaN 0 -1 2 101 2147483647",
        "patchcore | --width | NaN -1 8193 2147483647",
        "patchcore | --projection | sparse:0 sparse:.0 sparse:1 sparse:NaN dense:0 dense:-1 dense:1e9",
        "patchcore | --memory | NaN -1 1e300 2t 9999999999g"
      })
  void aFitsOptions(String method, String option, String values) {
    for (String value : values.split(" ")) {
      assertWrong(option, value, fit(method));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--threshold | margin:Infinity margin:NaN quantile:NaN max-fpr:Infinity max-fnr:-1 value:NaN value:1e999",
        "--max-false-alarms | 0 1 -0.1 NaN Infinity 1% one",
        "--threads | NaN 0 100000"
      })
  void aCalibrationsOptions(String option, String values) {
    for (String value : values.split(" ")) {
      assertWrong(
          option, value, List.of("calibrate", "--model", "" + model, "--normal", "" + normal));
    }
  }

  @Test
  void aPixelThresholdIsFinite() {
    Path out = folder.resolve("none");
    for (String value : List.of("NaN", "Infinity", "-Infinity", "x")) {
      assertWrong(
          "--pixel-threshold",
          value,
          List.of(
              "predict", "--model", "" + model, "" + anomalous, "--out", "" + out, "--explain"));
    }
  }

  @Test
  void theLimitOfAuproIsAFraction() {
    Path out = folder.resolve("none");
    for (String value : List.of("NaN", "Infinity", "0", "-1", "1.01", "1e300", "1e-300")) {
      assertWrong(
          "--aupro-limit",
          value,
          List.of(
              "evaluate",
              "--model",
              "" + model,
              "--normal",
              "" + normal,
              "--anomalous",
              "" + anomalous,
              "--out",
              "" + out));
    }
  }

  @Test
  void optionsThatSayTheSameExcludeEachOther() {
    assertWrong("--scale", "0.5", with("padim", "--size", "64x64"));
    assertWrong("--bank-size", "50", with("patchcore", "--ratio", "0.1"));
  }

  private List<String> with(String method, String... more) {
    List<String> all = new ArrayList<>(fit(method));
    all.addAll(List.of(more));
    return all;
  }

  @Test
  void theSameFitIsNotMergedTwice() {
    Path out = folder.resolve("none");
    assertFails(run("merge", "" + model, "" + model, "--model", "" + out), out, "the same fit");
  }

  @Test
  void aFolderIsNotAModel() {
    Path out = folder.resolve("none");
    assertFails(
        run("predict", "--model", "/", "" + anomalous, "--out", "" + out), out, "/: is a folder");
  }
}
