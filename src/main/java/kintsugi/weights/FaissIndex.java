package kintsugi.weights;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import kintsugi.InputException;

/**
 * The reader of FAISS's flat index, which holds the vectors as they are: a code of four letters,
 * the dimension and the count, two unused integers, whether it is trained, the metric, and the
 * values, little-endian. Every claim is checked against the file's size; nothing is copied.
 *
 * <p>Source: {@code faiss/impl/index_write.cpp}, {@code write_index_header} and {@code IndexFlat}.
 */
public final class FaissIndex {
  private static final int CODE = 4;
  private static final int SQUARED_DISTANCE = 1;

  private FaissIndex() {}

  /**
   * {@return the vectors of an index by squared Euclidean distance, {@code [count, dimension]}}
   *
   * @param file the file
   * @throws InputException if it is missing, cut short, damaged, or holds another kind of index
   */
  public static StoredTensor read(Path file) {
    return FileReading.read(
        file,
        "a flat index of FAISS",
        "save the model with FaissNN, which searches exactly",
        () -> content(file));
  }

  private static StoredTensor content(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("it has more than 2 GB");
      }
      ByteBuffer in = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      return read(in.order(ByteOrder.LITTLE_ENDIAN));
    }
  }

  private static StoredTensor read(ByteBuffer in) {
    byte[] letters = new byte[CODE];
    in.get(letters);
    String code = new String(letters, StandardCharsets.ISO_8859_1);
    if (!code.equals("IxF2") && !code.equals("IxFl")) {
      throw new IllegalArgumentException(
          "it begins with "
              + code
              + (code.startsWith("Iw") ? ", an approximate index" : "")
              + " where IxF2 is expected");
    }
    int dimension = in.getInt();
    long count = in.getLong();
    in.getLong();
    in.getLong();
    in.get();
    int metric = in.getInt();
    if (metric != SQUARED_DISTANCE) {
      throw new IllegalArgumentException("its metric is " + metric + ", not the squared distance");
    }
    long values = in.getLong();
    long[] shape = {count, dimension};
    if (dimension < 1 || count < 1 || values != StoredTensor.elements(shape)) {
      throw new IllegalArgumentException(
          "it claims "
              + count
              + " vectors of dimension "
              + dimension
              + " in "
              + values
              + " values");
    }
    if (values * Float.BYTES > in.remaining()) {
      throw new BufferUnderflowException();
    }
    if (values * Float.BYTES < in.remaining()) {
      throw new IllegalArgumentException("more follows its vectors");
    }
    return new StoredTensor(StoredTensor.Type.F32, shape, in.slice());
  }
}
