package kintsugi.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A writer of files as {@code torch.save} writes them: pickles of maps, lists, texts, numbers,
 * tensors, and objects of a class with attributes.
 */
public final class TorchWriter {
  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
  private final Map<String, byte[]> storages = new LinkedHashMap<>();

  private TorchWriter() {}

  /** A view of the storage of this key, which holds fp32 values. */
  record View(String key, float[] storage, long offset, List<Long> shape, List<Long> strides) {
    static View of(String key, StoredTensor tensor) {
      long[] strides = StoredTensor.rowMajor(tensor.shape());
      return new View(key, tensor.floats(), 0, list(tensor.shape()), list(strides));
    }

    private static List<Long> list(long[] values) {
      return java.util.Arrays.stream(values).boxed().toList();
    }
  }

  /** A tensor of 64-bit integers of one dimension, and the key of its storage. */
  public record Whole(String key, List<Long> values) {}

  /** An object of a class, made without arguments, with attributes. */
  public record Instance(String module, String name, Map<String, Object> attributes) {}

  /** The result of a call with one argument, as an enum's constant is pickled. */
  public record Called(String module, String name, Object argument) {}

  /** Instructions as they are. */
  record Raw(byte[] bytes) {
    static Raw of(String latin1) {
      return new Raw(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  /** Tensors as views of storages of their own, numbered from here. */
  public static Map<String, Object> views(Map<String, StoredTensor> tensors, int number) {
    Map<String, Object> views = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> views.put(name, View.of("" + (number + views.size()), tensor)));
    return views;
  }

  /** Writes the zip format with stored entries. */
  public static Path write(Path file, Object root) throws IOException {
    TorchWriter writer = new TorchWriter();
    writer.pickle.writeBytes(new byte[] {(byte) 0x80, 2});
    writer.put(root);
    writer.pickle.write('.');
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      stored(zip, "x/data.pkl", writer.pickle.toByteArray());
      for (Map.Entry<String, byte[]> storage : writer.storages.entrySet()) {
        stored(zip, "x/data/" + storage.getKey(), storage.getValue());
      }
    }
    return file;
  }

  static void stored(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(sum.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  /** A pickle alone. */
  public static byte[] pickle(Object root) {
    TorchWriter writer = new TorchWriter();
    writer.pickle.writeBytes(new byte[] {(byte) 0x80, 2});
    writer.put(root);
    writer.pickle.write('.');
    return writer.pickle.toByteArray();
  }

  private void put(Object value) {
    switch (value) {
      case null -> text("N");
      case Boolean flag -> text(flag ? "\u0088" : "\u0089");
      case Double number -> {
        text("G");
        pickle.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
      }
      case Whole whole -> put(whole);
      case Instance object -> {
        text("c" + object.module + "\n" + object.name + "\n)\u0081");
        put(object.attributes);
        text("b");
      }
      case Called called -> {
        text("c" + called.module + "\n" + called.name + "\n(");
        put(called.argument);
        text("tR");
      }
      case Map<?, ?> map -> {
        text("}(");
        map.forEach(
            (key, inner) -> {
              put(key);
              put(inner);
            });
        text("u");
      }
      case List<?> list -> {
        text("](");
        list.forEach(this::put);
        text("e");
      }
      case String words -> {
        byte[] bytes = words.getBytes(StandardCharsets.UTF_8);
        number('X', bytes.length);
        pickle.writeBytes(bytes);
      }
      case Integer number -> number('J', number);
      case Raw raw -> pickle.writeBytes(raw.bytes);
      case View view -> put(view);
      default -> throw new IllegalArgumentException("no pickle of " + value);
    }
  }

  private void put(View view) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * view.storage.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(view.storage);
    storages.put(view.key, bytes.array());
    text("ctorch._utils\n_rebuild_tensor_v2\n((");
    put("storage");
    text("ctorch\nFloatStorage\n");
    put(view.key);
    put("cpu");
    number('J', view.storage.length);
    text("tQ");
    number('J', (int) view.offset);
    tuple(view.shape);
    tuple(view.strides);
    text("\u0089ccollections\nOrderedDict\n)RtR");
  }

  private void put(Whole whole) {
    int count = whole.values.size();
    ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    whole.values.forEach(bytes::putLong);
    storages.put(whole.key, bytes.array());
    text("ctorch._utils\n_rebuild_tensor_v2\n((");
    put("storage");
    text("ctorch\nLongStorage\n");
    put(whole.key);
    put("cpu");
    number('J', count);
    text("tQ");
    number('J', 0);
    tuple(List.of((long) count));
    tuple(List.of(1L));
    text("\u0089ccollections\nOrderedDict\n)RtR");
  }

  private void tuple(List<Long> values) {
    text("(");
    values.forEach(value -> number('J', value.intValue()));
    text("t");
  }

  private void number(char opcode, int number) {
    pickle.write(opcode);
    pickle.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array());
  }

  private void text(String latin1) {
    pickle.writeBytes(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }
}
