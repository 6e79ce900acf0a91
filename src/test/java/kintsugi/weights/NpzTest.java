package kintsugi.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipFile;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzTest {
  @TempDir Path folder;

  @Test
  void isLaidOutAsNumPyRequiresAndReadBack() throws IOException {
    Path file = folder.resolve("a.npz");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("grid", Tensor.of(new float[] {1, 2.5f, -3, 4, 5, 6}, 2, 3));
    tensors.put("score", Tensor.of(new float[] {7}, 1));
    Npz.write(file, tensors);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      byte[] npy = zip.getInputStream(zip.getEntry("grid.npy")).readAllBytes();
      int header = 10 + (npy[8] & 0xff) + ((npy[9] & 0xff) << 8);
      assertThat(header % 64).isZero();
      assertThat(npy).hasSize(header + 6 * 4);
      String text = new String(npy, 10, header - 10, StandardCharsets.US_ASCII);
      // NumPy's format: spaces up to the newline that ends the header.
      assertThat(text)
          .matches("\\{'descr': '<f4', 'fortran_order': False, 'shape': \\(2, 3\\), } *\\n");
      byte[] vector = zip.getInputStream(zip.getEntry("score.npy")).readAllBytes();
      assertThat(new String(vector, StandardCharsets.ISO_8859_1)).contains("'shape': (1,), }");
    }
    Map<String, StoredTensor> read = Checkpoint.read(file);
    assertThat(read.keySet()).containsExactly("grid", "score");
    assertThat(read.get("grid").shape()).containsExactly(2, 3);
    assertThat(read.get("grid").floats()).containsExactly(1, 2.5f, -3, 4, 5, 6);
  }
}
