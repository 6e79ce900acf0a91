package kintsugi.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import kintsugi.AtomicOutput;
import kintsugi.FileKind;
import kintsugi.InputException;

/**
 * A safetensors file: eight bytes with the length of a JSON header, the header, and the values.
 *
 * <p>Reading maps the values and copies nothing; every claim of the header, at most 4 MiB long, is
 * checked against the file's size before it is used. Source: the format's description, <a
 * href="https://github.com/huggingface/safetensors#format">huggingface/safetensors</a>.
 *
 * @param metadata the header's {@code __metadata__}
 * @param tensors the tensors by name, in the header's order
 */
public record Safetensors(Map<String, String> metadata, Map<String, StoredTensor> tensors) {
  private static final String METADATA = "__metadata__";

  /** About 40 000 tensors. The reference implementation's 100 MB would take 2 GB to parse. */
  private static final int MAX_HEADER = 4 << 20;

  /**
   * Opens a file.
   *
   * @param file the file
   * @return its metadata and tensors
   * @throws InputException if it is missing, cut short or not a safetensors file
   */
  public static Safetensors read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      int headerLength = headerLength(file, channel, size);
      ByteBuffer header = ByteBuffer.allocate(headerLength);
      readFully(channel, header, 8);
      Object parsed = JsonText.parse(StandardCharsets.UTF_8.decode(header.flip()).toString());
      return tensors(file, channel, entries(parsed), 8 + headerLength, size);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": there is no such file; check the name", e);
    } catch (IllegalArgumentException e) {
      throw broken(file, e.getMessage());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static int headerLength(Path file, FileChannel channel, long size) throws IOException {
    FileKind kind = FileKind.of(file);
    if (kind != FileKind.SAFETENSORS && kind != FileKind.UNKNOWN) {
      throw new InputException(file + ": is " + kind.description() + "; name a safetensors file");
    }
    if (size < 8) {
      throw broken(file, "it holds " + size + " bytes");
    }
    ByteBuffer start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, start, 0);
    long length = start.getLong(0);
    if (length < 2 || length > MAX_HEADER) {
      throw broken(file, "its header would be " + Long.toUnsignedString(length) + " bytes long");
    }
    if (length > size - 8) {
      throw cutShort(file, length + 8, size);
    }
    return (int) length;
  }

  private static void readFully(FileChannel channel, ByteBuffer into, long from)
      throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into, from + into.position()) < 0) {
        throw new IOException("it became shorter while it was read");
      }
    }
  }

  private static Safetensors tensors(
      Path file, FileChannel channel, Map<String, Object> header, long start, long size)
      throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    NavigableMap<Long, Long> taken = new TreeMap<>();
    MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto());
    for (Map.Entry<String, Object> entry : header.entrySet()) {
      if (entry.getKey().equals(METADATA)) {
        entries(entry.getValue()).forEach((key, value) -> metadata.put(key, text(value)));
        continue;
      }
      Map<String, Object> claim = entries(entry.getValue());
      StoredTensor.Type type = type(text(claim.get("dtype")));
      long[] shape = extents(claim.get("shape"));
      long[] range = extents(claim.get("data_offsets"));
      long length = (long) StoredTensor.elements(shape) * type.size();
      if (range.length != 2 || range[1] - range[0] != length || length > Integer.MAX_VALUE) {
        throw broken(file, "the range of tensor " + entry.getKey() + " does not fit its shape");
      }
      if (range[1] > size - start) {
        throw cutShort(file, start + range[1], size);
      }
      if (length > 0 && overlaps(taken, range[0], range[1])) {
        throw broken(file, "tensor " + entry.getKey() + " overlaps another");
      }
      MemorySegment values = all.asSlice(start + range[0], length);
      tensors.put(entry.getKey(), new StoredTensor(type, shape, values.asByteBuffer()));
    }
    return new Safetensors(metadata, tensors);
  }

  /** Whether a range overlaps one that is taken; it is taken afterwards. */
  private static boolean overlaps(NavigableMap<Long, Long> taken, long from, long to) {
    Map.Entry<Long, Long> before = taken.lowerEntry(to);
    taken.put(from, to);
    return before != null && before.getValue() > from;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> entries(Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new IllegalArgumentException("its header has " + value + " instead of an object");
  }

  private static String text(Object value) {
    if (value instanceof String string) {
      return string;
    }
    throw new IllegalArgumentException("its header has " + value + " instead of a text");
  }

  private static long[] extents(Object value) {
    if (!(value instanceof List<?> list) || !list.stream().allMatch(Long.class::isInstance)) {
      throw new IllegalArgumentException("its header has " + value + " instead of sizes");
    }
    long[] extents = list.stream().mapToLong(Long.class::cast).toArray();
    for (long extent : extents) {
      if (extent < 0) {
        throw new IllegalArgumentException("its header has the negative size " + extent);
      }
    }
    return extents;
  }

  private static StoredTensor.Type type(String name) {
    for (StoredTensor.Type type : StoredTensor.Type.values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "its header has the unknown element type " + InputException.quoted(name));
  }

  private static InputException cutShort(Path file, long promised, long size) {
    return new InputException(
        file
            + ": is cut short: its header promises "
            + promised
            + " bytes or more, it holds "
            + size
            + "; copy or write it again");
  }

  private static InputException broken(Path file, String why) {
    return new InputException(
        file
            + ": is not a safetensors file ("
            + InputException.quoted(why)
            + "); copy or write it again");
  }

  /**
   * Writes a file, completely or not at all.
   *
   * @param file created or replaced
   * @throws InputException if the file cannot be written
   */
  public void write(Path file) {
    AtomicOutput.file(file, this::writeTo);
  }

  private void writeTo(Path file) throws IOException {
    byte[] header = header().getBytes(StandardCharsets.UTF_8);
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    length.putLong(0, header.length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      writeFully(channel, length);
      writeFully(channel, ByteBuffer.wrap(header));
      for (StoredTensor tensor : tensors.values()) {
        writeFully(channel, tensor.bytes().duplicate().clear());
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The JSON header, padded with spaces so that the values start at a multiple of eight. */
  private String header() {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append(JsonText.quote(METADATA)).append(":{");
      metadata.forEach(
          (key, value) ->
              json.append(JsonText.quote(key))
                  .append(':')
                  .append(JsonText.quote(value))
                  .append(','));
      json.setCharAt(json.length() - 1, '}');
      json.append(',');
    }
    long offset = 0;
    for (Map.Entry<String, StoredTensor> entry : tensors.entrySet()) {
      StoredTensor tensor = entry.getValue();
      long end = offset + tensor.bytes().capacity();
      json.append(JsonText.quote(entry.getKey()))
          .append(":{\"dtype\":\"")
          .append(tensor.type())
          .append("\",\"shape\":")
          .append(java.util.Arrays.toString(tensor.shape()).replace(" ", ""))
          .append(",\"data_offsets\":[")
          .append(offset)
          .append(',')
          .append(end)
          .append("]},");
      offset = end;
    }
    json.setCharAt(json.length() - 1, '}');
    int length = json.toString().getBytes(StandardCharsets.UTF_8).length;
    return json.append(" ".repeat((8 - length % 8) % 8)).toString();
  }
}
