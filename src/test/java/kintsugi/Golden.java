package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;

/** The reference values beside the project. A test that needs one is skipped where it is not. */
public final class Golden {
  private static final Path SHARED = Path.of("../shared");

  private Golden() {}

  /** A file beside the project; skips the test where it is missing. */
  public static Path file(String name) {
    Path file = SHARED.resolve(name);
    assumeTrue(Files.exists(file), () -> "no reference data: " + file + " is missing");
    return file;
  }

  /** One file of reference tensors. */
  public static Safetensors tensors(String name) {
    return Safetensors.read(file("golden/" + name + ".safetensors"));
  }

  /** torch's {@code [C, H, W]} as the project's {@code [1, H, W, C]}. */
  public static Tensor nhwc(Tensor chw) {
    int channels = chw.dim(0);
    int positions = chw.dim(1) * chw.dim(2);
    float[] to = new float[chw.size()];
    for (int c = 0; c < channels; c++) {
      for (int p = 0; p < positions; p++) {
        to[p * channels + c] = chw.data()[c * positions + p];
      }
    }
    return Tensor.of(to, 1, chw.dim(1), chw.dim(2), channels);
  }

  /**
   * The largest absolute difference over the largest absolute expected value. Two tensors of zeros
   * would agree about nothing, so they fail.
   */
  public static double relativeError(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.data()[i]).isFinite();
      largest = Math.max(largest, Math.abs(expected.data()[i]));
      difference = Math.max(difference, Math.abs(actual.data()[i] - expected.data()[i]));
    }
    assertThat(largest).as("the largest expected value").isPositive();
    return difference / largest;
  }
}
