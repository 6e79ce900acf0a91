package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A fitted and calibrated model on drawn images, and commands that are run as if typed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CommandFixture {
  @TempDir static Path folder;

  Path weights;
  Path normal;
  Path anomalous;
  Path model;

  /** What one command left. */
  record Result(int status, String out, String err) {}

  @BeforeAll
  void fitAndCalibrate() {
    weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    SyntheticConcrete.write(folder, 8, 4, 1);
    normal = folder.resolve(SyntheticConcrete.NORMAL);
    anomalous = folder.resolve(SyntheticConcrete.ANOMALOUS);
    model = folder.resolve("model.safetensors");
    Result fit = run("fit", "padim", "--train", "" + normal, "--model", "" + model);
    assertThat(fit.status()).as(fit.err()).isZero();
    Result calibrated =
        run(
            "calibrate",
            "--model",
            "" + model,
            "--normal",
            "" + normal,
            "--anomalous",
            "" + anomalous);
    assertThat(calibrated.status()).as(calibrated.err()).isZero();
    assertThat(calibrated.out()).contains("threshold");
  }

  Result run(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--weights";
    all[arguments.length + 1] = weights.toString();
    return runBare(all);
  }

  static Result runBare(String... all) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream oldOut = System.out;
    PrintStream oldErr = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int status = Main.run(all);
      return new Result(
          status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(oldOut);
      System.setErr(oldErr);
    }
  }

  /** A failure is one line that holds these words, and leaves no file. */
  void assertFails(Result result, Path untouched, String... words) {
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).startsWith("kintsugi: ").contains(words);
    assertThat(untouched).doesNotExist();
  }
}
