package kintsugi.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;
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
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> stored.put(name, StoredTensor.of(tensor)));
    write(file, Map.of(), stored);
  }

  /**
   * Writes texts and arrays. NumPy lists the texts, too, and returns their bytes.
   *
   * @param file created or replaced, completely or not at all
   * @param texts contents by the names of their files in the archive, where they stand first
   * @param tensors the arrays by their names
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(
      Path file, Map<String, String> texts, Map<String, StoredTensor> tensors) {
    AtomicOutput.file(
        file,
        part -> {
          try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(part))) {
            // Values hardly become smaller, however long it takes.
            zip.setLevel(Deflater.BEST_SPEED);
            for (Map.Entry<String, String> text : texts.entrySet()) {
              zip.putNextEntry(new ZipEntry(text.getKey()));
              zip.write(text.getValue().getBytes(StandardCharsets.UTF_8));
            }
            for (Map.Entry<String, StoredTensor> tensor : tensors.entrySet()) {
              zip.putNextEntry(new ZipEntry(tensor.getKey() + Npy.ENDING));
              zip.write(Npy.header(tensor.getValue()));
              copy(tensor.getValue().bytes().duplicate().clear(), zip);
            }
          }
        });
  }

  private static void copy(ByteBuffer bytes, ZipOutputStream zip) throws IOException {
    // Never closed: that would close the archive.
    WritableByteChannel channel = Channels.newChannel(zip);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
