package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Model files with one fault and with several, without the weights that they belong to. */
class FileCheckTest {
  private static final Path FILES = Path.of("src/test/resources/models");

  @TempDir Path folder;

  private static List<String> findings(Path file) {
    return FileCheck.of(file, Optional.empty()).findings();
  }

  @ParameterizedTest
  @ValueSource(strings = {"format-4-padim", "format-4-padim-partial"})
  void everyFlippedBitIsFound(String name) throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve(name + ".safetensors"));
    Path file = folder.resolve("flipped.safetensors");
    List<Integer> unnoticed = new ArrayList<>();
    for (int i = 0; i < whole.length; i++) {
      byte[] flipped = whole.clone();
      flipped[i] ^= (byte) (1 << i % 8);
      Files.write(file, flipped);
      if (findings(file).isEmpty()) {
        unnoticed.add(i);
      }
    }
    assertThat(unnoticed).isEmpty();
  }

  @Test
  void bytesThatBelongToNoTensorAreFound() throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve("format-4-padim.safetensors"));
    Path file = folder.resolve("longer.safetensors");
    Files.write(file, Arrays.copyOf(whole, whole.length + 3));
    assertThat(findings(file)).containsExactly("it has 3 bytes that belong to no tensor");
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertThat(findings(file)).hasSize(1).first().asString().startsWith("is cut short");
  }

  private Path changed(
      String name, Map<String, StoredTensor> tensors, Map<String, String> metadata) {
    Safetensors old = Safetensors.read(FILES.resolve(name + ".safetensors"));
    Map<String, StoredTensor> allTensors = new LinkedHashMap<>(old.tensors());
    allTensors.putAll(tensors);
    Map<String, String> all = new LinkedHashMap<>(old.metadata());
    all.putAll(metadata);
    Path file = folder.resolve("changed.safetensors");
    new Safetensors(all, allTensors).write(file);
    return file;
  }

  @Test
  void severalFaultsAreSeveralLines() {
    String name = "format-3-padim";
    Map<String, StoredTensor> tensors =
        Safetensors.read(FILES.resolve(name + ".safetensors")).tensors();
    float[] mean = tensors.get("mean").floats();
    mean[2] = Float.NaN;
    float[] factor = tensors.get("cholesky_factor").floats();
    factor[8] = -1;
    int[] images = {0, 2, 0, 1};
    Path file =
        changed(
            name,
            Map.of(
                "mean", StoredTensor.of(mean, tensors.get("mean").shape()),
                "cholesky_factor", StoredTensor.of(factor, tensors.get("cholesky_factor").shape()),
                "training_images", StoredTensor.of(images, 2, 2)),
            Map.of("fitted_by", "{\"kintsugi\":1}"));
    assertThat(findings(file))
        .hasSize(4)
        .anySatisfy(line -> assertThat(line).contains("mean has the value NaN at 2"))
        .anySatisfy(line -> assertThat(line).contains("-1.0 on the diagonal at position 1"))
        .anySatisfy(line -> assertThat(line).contains("training_images is not in ascending order"))
        .anySatisfy(line -> assertThat(line).contains("Maker has no arithmetic"));
  }

  @Test
  void aBankHasRowsThatAPatchCanLeave() {
    String name = "format-3-patchcore";
    StoredTensor bank =
        Safetensors.read(FILES.resolve(name + ".safetensors")).tensors().get("memory_bank");
    float[] values = bank.floats();
    int d = (int) bank.shape()[1];
    Arrays.fill(values, 0, d, 0);
    Arrays.fill(values, d, 2 * d, 1e19f);
    Path file =
        changed(name, Map.of("memory_bank", StoredTensor.of(values, bank.shape())), Map.of());
    assertThat(findings(file))
        .containsExactly(
            "its tensor memory_bank has 1 rows of zeros, which no patch produces",
            "its tensor memory_bank has 1 rows whose squared norm overflows fp32");
  }

  @Test
  void aCalibrationIsInOrder() {
    String name = "format-3-padim";
    String calibration =
        Safetensors.read(FILES.resolve(name + ".safetensors")).metadata().get("calibration");
    String swapped = calibration.replaceFirst("\"display_low\":[^,]*", "\"display_low\":9e9");
    assertThat(findings(changed(name, Map.of(), Map.of("calibration", swapped))))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("its calibration has display_low 9.0E9");
  }
}
