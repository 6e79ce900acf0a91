package kintsugi.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The calibration, next to that of one machine. */
class SparkCalibrateTest extends SparkFixture {

  @Test
  void theModelIsThatOfOneMachine() throws IOException {
    Path copy = folder.resolve("calibrated.safetensors");
    Files.copy(model, copy);

    Result result =
        succeeds(
            "calibrate",
            "--model",
            "" + copy,
            "--normal",
            "" + normal,
            "--anomalous",
            "" + anomalous,
            "--partitions",
            "3");

    assertThat(result.out()).contains("threshold", "from 12 images");
    assertThat(result.err()).contains("the model was fitted to 8 of the images");
    assertThat(copy).hasSameBinaryContentAs(model);
  }
}
