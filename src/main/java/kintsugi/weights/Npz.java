package kintsugi.weights;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import kintsugi.AtomicOutput;
import kintsugi.tensor.Tensor;

/** The writer of NumPy's archives of arrays, which {@link Checkpoint} reads. */
public final class Npz {
  /** The bytes before the header: magic, version and the header's length. */
  private static final int FRONT = 10;

  /** The values start at a multiple of it. */
  private static final int ALIGNMENT = 64;

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
              write(zip, tensor.getValue());
            }
          }
        });
  }

  private static void write(OutputStream out, Tensor tensor) throws IOException {
    String shape =
        IntStream.of(tensor.shape()).mapToObj(n -> n + ",").collect(Collectors.joining(" "));
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
    int length = Math.ceilDiv(FRONT + header.length() + 1, ALIGNMENT) * ALIGNMENT - FRONT;
    ByteBuffer front = ByteBuffer.allocate(FRONT + length).order(ByteOrder.LITTLE_ENDIAN);
    front.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    front.put((byte) 1).put((byte) 0).putShort((short) length);
    front.put(header.getBytes(StandardCharsets.US_ASCII));
    while (front.remaining() > 1) {
      front.put((byte) ' ');
    }
    out.write(front.put((byte) '\n').array());
    ByteBuffer values =
        ByteBuffer.allocate(tensor.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    values.asFloatBuffer().put(tensor.data());
    out.write(values.array());
  }
}
