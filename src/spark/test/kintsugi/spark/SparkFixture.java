package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import kintsugi.Kintsugi;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Model;
import kintsugi.detector.TestWeights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A calibrated model on drawn images, and commands that are run as if typed, by a driver and two
 * tasks at a time in this process.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SparkFixture {
  @TempDir static Path folder;

  Path weights;
  Path normal;
  Path anomalous;
  Path model;
  Kintsugi kintsugi;
  Model fitted;

  /** What one command left. */
  record Result(int status, String out, String err) {}

  @BeforeAll
  void fitAndCalibrate() {
    System.setProperty("spark.master", "local[2]");
    System.setProperty("spark.ui.enabled", "false");
    weights = TestWeights.write(folder.resolve("resnet18.safetensors"), 1);
    SyntheticConcrete.write(folder, 8, 4, 1);
    normal = folder.resolve(SyntheticConcrete.NORMAL);
    anomalous = folder.resolve(SyntheticConcrete.ANOMALOUS);
    model = folder.resolve("model.safetensors");
    kintsugi = Kintsugi.builder().threads(2).weights(weights).open();
    fitted = kintsugi.calibrate(kintsugi.fit("padim", normal), normal, anomalous);
    kintsugi.save(fitted, model);
  }

  @AfterAll
  void close() {
    kintsugi.close();
  }

  Result run(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--weights";
    all[arguments.length + 1] = weights.toString();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
    return new Result(status, out.toString(), err.toString());
  }

  /** What comes to this process's error stream meanwhile, such as Spark's own messages. */
  static String heard(Runnable work) {
    ByteArrayOutputStream heard = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(heard, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(before);
    }
    return heard.toString(StandardCharsets.UTF_8);
  }

  Result succeeds(String... arguments) {
    Result result = run(arguments);
    assertThat(result.status()).as(result.err()).isZero();
    return result;
  }
}
