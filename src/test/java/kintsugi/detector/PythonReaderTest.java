package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The specification by itself: the reader that {@code docs/model-file.md} prints, run by Python
 * with NumPy where that is here ({@code -Dkintsugi.python} names another), reads what is written
 * today and computes the same distances.
 */
class PythonReaderTest {
  private static final String PYTHON = System.getProperty("kintsugi.python", "python3");
  private static final Pattern READER =
      Pattern.compile("```python\\n(import [^`]*?def read\\(path\\).*?)```", Pattern.DOTALL);

  @TempDir Path folder;

  private static List<String> python(String... arguments) throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = PYTHON;
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? text.lines().toList() : List.of();
  }

  private static boolean isHere() throws InterruptedException {
    try {
      return !python("-c", "import numpy; print(1)").isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private static String reader() throws IOException {
    Matcher code = READER.matcher(Files.readString(Path.of("docs/model-file.md")));
    assertThat(code.find()).isTrue();
    return code.group(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void itReadsAModelAndComputesItsDistances(String method)
      throws IOException, InterruptedException {
    assumeTrue(isHere(), "there is no Python with NumPy");
    Path old = Path.of("src/test/resources/models/format-4-later-" + method + ".safetensors");
    Path file = folder.resolve("model.safetensors");
    try (Parallel parallel = new Parallel(1)) {
      Weights random = ResNet.randomWeights(1);
      String fingerprint = kintsugi.weights.Safetensors.read(old).metadata().get("weights");
      Weights weights = new Weights(random.source(), fingerprint, random.tensors());
      Session session = Session.strict(new ScalarEngine(parallel), parallel, weights);
      Model model = Model.load(old, session);
      model.with(model.requireCalibration()).save(file);
      Scored scored = model.detector().score(FormatGoldenTest.image(12, true));
      Tensor distances = scored.distances();
      assertDistances(file, scored, distances);
    }
  }

  /** What was taught counts in the distances, and the reader leaves it out. */
  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void itRefusesAModelThatWasTaught(String method) throws IOException, InterruptedException {
    assumeTrue(isHere(), "there is no Python with NumPy");
    Path script = Files.writeString(folder.resolve("reader.py"), reader());
    String models = "src/test/resources/models/format-";
    assertThat(python("" + script, models + "4-" + method + ".safetensors")).hasSize(1);
    assertThat(python("" + script, models + "5-" + method + ".safetensors")).isEmpty();
  }

  private void assertDistances(Path file, Scored scored, Tensor distances)
      throws IOException, InterruptedException {
    int positions = distances.size();
    int d = scored.patch(0).length;
    ByteBuffer x = ByteBuffer.allocate(positions * d * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int p = 0; p < positions; p++) {
      for (float value : scored.patch(p)) {
        x.putFloat(value);
      }
    }
    Path patches = Files.write(folder.resolve("x"), x.array());
    String more =
        "\nx = np.fromfile('%s', '<f4').reshape(%d, %d, %d)\nfor v in distances(tensors, x).ravel(): print(v)\n"
            .formatted(patches, distances.dim(0), distances.dim(1), d);
    Path script = Files.writeString(folder.resolve("reader.py"), reader() + more);
    List<String> printed = python("" + script, "" + file);
    assertThat(printed).hasSize(1 + positions);
    for (int p = 0; p < positions; p++) {
      double expected = distances.data()[p];
      assertThat(Double.parseDouble(printed.get(1 + p)))
          .isCloseTo(expected, within(1e-4 * expected));
    }
    byte[] flipped = Files.readAllBytes(file);
    flipped[flipped.length - 2] ^= 1;
    Files.write(file, flipped);
    assertThat(python("" + script, "" + file)).as("the digest is checked").isEmpty();
  }
}
