package kintsugi.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import kintsugi.AtomicOutput;
import kintsugi.tensor.Tensor;

/** The writer of NumPy's archives of arrays, which {@link Checkpoint} reads. */
public final class Npz {
  private Npz() {}

  /**
   * Writes fp32 arrays.
   *
   * @param file created or replaced, completely or not at all
   * @param tensors the arrays by their names
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(Path file, Map<String, Tensor> tensors) {
    AtomicOutput.file(
        file,
        part -> {
          try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(part))) {
            for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
              zip.putNextEntry(new ZipEntry(tensor.getKey() + ".npy"));
              zip.write(Npy.bytes(tensor.getValue()));
            }
          }
        });
  }
}
