package kintsugi.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Map;
import kintsugi.tensor.Tensor;

/**
 * A tensor in its stored form: a type, a shape, and little-endian bytes in row-major order.
 *
 * @param type the type of its elements
 * @param shape the extent of each dimension
 * @param bytes exactly the elements, little-endian
 */
public record StoredTensor(Type type, long[] shape, ByteBuffer bytes) {
  /** NumPy's maximum before its version 2. */
  private static final int MAX_DIMENSIONS = 32;

  private static final int BLOCK = 512;

  /** The element types by their safetensors names. */
  public enum Type {
    /** One byte, 0 or 1. */
    BOOL(1),
    /** Without sign, 8 bits. */
    U8(1),
    /** With sign, 8 bits. */
    I8(1),
    /** With sign, 16 bits. */
    I16(2),
    /** Without sign, 16 bits. */
    U16(2),
    /** IEEE half precision. */
    F16(2),
    /** The upper half of an fp32 value. */
    BF16(2),
    /** With sign, 32 bits. */
    I32(4),
    /** Without sign, 32 bits. */
    U32(4),
    /** IEEE single precision. */
    F32(4),
    /** With sign, 64 bits. */
    I64(8),
    /** Without sign, 64 bits. */
    U64(8),
    /** IEEE double precision. */
    F64(8);

    private final int size;

    Type(int size) {
      this.size = size;
    }

    /** {@return bytes per element} */
    public int size() {
      return size;
    }
  }

  /** Sets the byte order of the elements. */
  public StoredTensor {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A tensor of fp32 values, copied.
   *
   * @param values in row-major order
   * @param shape the extents
   * @return the tensor
   */
  public static StoredTensor of(float[] values, long... shape) {
    ByteBuffer bytes = buffer(values.length, Type.F32);
    bytes.asFloatBuffer().put(values);
    return new StoredTensor(Type.F32, shape, bytes);
  }

  /**
   * A tensor of integers, copied.
   *
   * @param values in row-major order
   * @param shape the extents
   * @return the tensor
   */
  public static StoredTensor of(int[] values, long... shape) {
    ByteBuffer bytes = buffer(values.length, Type.I32);
    bytes.asIntBuffer().put(values);
    return new StoredTensor(Type.I32, shape, bytes);
  }

  /**
   * A tensor of fp64 values, copied.
   *
   * @param values in row-major order
   * @param shape the extents
   * @return the tensor
   */
  public static StoredTensor of(double[] values, long... shape) {
    ByteBuffer bytes = buffer(values.length, Type.F64);
    bytes.asDoubleBuffer().put(values);
    return new StoredTensor(Type.F64, shape, bytes);
  }

  /**
   * A tensor of 64-bit integers, copied.
   *
   * @param rows the rows one after the other, of equal lengths
   * @param shape the extents
   * @return the tensor
   */
  public static StoredTensor of(long[][] rows, long... shape) {
    ByteBuffer bytes = buffer(Math.multiplyExact(rows.length, rows[0].length), Type.I64);
    LongBuffer longs = bytes.asLongBuffer();
    for (long[] row : rows) {
      longs.put(row);
    }
    return new StoredTensor(Type.I64, shape, bytes);
  }

  /**
   * {@return the count of elements of a shape: at most 32 dimensions, each extent and the product
   * of those above zero below 2^31}
   *
   * @throws IllegalArgumentException for any other shape
   */
  static int elements(long[] shape) {
    long product = 1;
    boolean empty = false;
    boolean fits = shape.length <= MAX_DIMENSIONS;
    for (int i = 0; fits && i < shape.length; i++) {
      empty |= shape[i] == 0;
      product *= Math.max(1, shape[i]);
      fits = shape[i] >= 0 && shape[i] <= Integer.MAX_VALUE && product <= Integer.MAX_VALUE;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          shape.length <= MAX_DIMENSIONS
              ? "its shape " + Arrays.toString(shape) + " is invalid or too large"
              : "its shape has " + shape.length + " dimensions");
    }
    return empty ? 0 : (int) product;
  }

  /**
   * A strided view of a storage: a slice of it where the view has the row-major order and its bytes
   * are little-endian, a copy otherwise.
   *
   * @param name its name for messages
   * @param offset of the first element, in elements
   * @param strides per dimension the distance from one element to the next, in elements
   * @param storage in its own byte order
   * @param budget from which the view's bytes are taken
   * @throws IllegalArgumentException if the view reaches beyond its storage or exceeds the budget
   */
  static StoredTensor view(
      String name,
      Type type,
      long[] shape,
      long offset,
      long[] strides,
      ByteBuffer storage,
      Budget budget) {
    int size = type.size();
    int count = elements(shape);
    if (!fits(count, shape, offset, strides, storage.capacity() / size)) {
      throw new IllegalArgumentException(
          "its tensor " + name + ": its shape reaches beyond its storage");
    }
    budget.take("its tensor " + name, (long) count * size);
    boolean little = size == 1 || storage.order() == ByteOrder.LITTLE_ENDIAN;
    if (little && Arrays.equals(significant(shape, strides), significant(shape, rowMajor(shape)))) {
      int from = count == 0 ? 0 : (int) offset * size;
      return new StoredTensor(type, shape, storage.slice(from, count * size));
    }
    return new StoredTensor(type, shape, copy(count, size, shape, offset, strides, storage));
  }

  private static boolean fits(
      int count, long[] shape, long offset, long[] strides, long available) {
    if (shape.length != strides.length || offset < 0 || count > available) {
      return false;
    }
    // Each product is below 2^62, and a sum beyond the storage ends the loop.
    long last = offset;
    for (int i = 0; i < shape.length && count > 0; i++) {
      if (last >= available || strides[i] < 0 || strides[i] > Integer.MAX_VALUE && shape[i] > 1) {
        return false;
      }
      last += shape[i] > 1 ? (shape[i] - 1) * strides[i] : 0;
    }
    return count == 0 || last < available;
  }

  /** The strides of row-major order. */
  static long[] rowMajor(long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return strides;
  }

  /** The strides, with zeros for dimensions of one element, whose stride has no effect. */
  private static long[] significant(long[] shape, long[] strides) {
    long[] significant = strides.clone();
    for (int i = 0; i < shape.length; i++) {
      significant[i] = shape[i] == 1 ? 0 : significant[i];
    }
    return significant;
  }

  private static ByteBuffer copy(
      int count, int size, long[] shape, long offset, long[] strides, ByteBuffer storage) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(count, size)).order(ByteOrder.LITTLE_ENDIAN);
    long[] index = new long[shape.length];
    for (int n = 0; n < count; n++) {
      long place = offset;
      for (int i = 0; i < index.length; i++) {
        place += index[i] * strides[i];
      }
      put(storage, Math.toIntExact(place * size), bytes, size);
      for (int i = index.length - 1; i >= 0 && ++index[i] == shape[i]; i--) {
        index[i] = 0;
      }
    }
    return bytes.rewind();
  }

  private static void put(ByteBuffer from, int at, ByteBuffer to, int size) {
    switch (size) {
      case 1 -> to.put(from.get(at));
      case 2 -> to.putShort(from.getShort(at));
      case 4 -> to.putInt(from.getInt(at));
      default -> to.putLong(from.getLong(at));
    }
  }

  /**
   * {@return the same tensor in another floating-point type, each value rounded to the nearest}
   *
   * @param wanted the type
   */
  public StoredTensor as(Type wanted) {
    float[] values = floats();
    if (wanted == Type.F32) {
      return of(values, shape);
    }
    if (wanted != Type.F16) {
      throw new IllegalArgumentException("values are stored as F32 or F16, not as " + wanted);
    }
    ByteBuffer halves = buffer(values.length, Type.F16);
    for (float value : values) {
      halves.putShort(Float.floatToFloat16(value));
    }
    return new StoredTensor(Type.F16, shape, halves.rewind());
  }

  /**
   * {@return one of several tensors, by its name}
   *
   * @param tensors the tensors by their names
   * @param name its name
   * @param rank the count of its dimensions
   * @throws IllegalArgumentException if it is missing or has another count of dimensions
   */
  public static StoredTensor of(Map<String, StoredTensor> tensors, String name, int rank) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null || tensor.shape.length != rank) {
      throw new IllegalArgumentException(
          "it holds no tensor " + name + " of " + rank + " dimensions");
    }
    return tensor;
  }

  /**
   * {@return a tensor in stored form, copied}
   *
   * @param tensor fp32 values
   */
  public static StoredTensor of(Tensor tensor) {
    return of(tensor.data(), Arrays.stream(tensor.shape()).asLongStream().toArray());
  }

  private static ByteBuffer buffer(int elements, Type type) {
    return ByteBuffer.allocate(Math.multiplyExact(elements, type.size()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** {@return the count of elements} */
  public int count() {
    return bytes.capacity() / type.size();
  }

  /**
   * One element as a double; 64-bit integers beyond 2^53 are rounded.
   *
   * @param index in row-major order
   * @return the value
   */
  public double get(int index) {
    return switch (type) {
      case BOOL, U8 -> bytes.get(index) & 0xff;
      case I8 -> bytes.get(index);
      case I16 -> bytes.getShort(2 * index);
      case U16 -> bytes.getShort(2 * index) & 0xffff;
      case F16 -> Float.float16ToFloat(bytes.getShort(2 * index));
      case BF16 -> Float.intBitsToFloat(bytes.getShort(2 * index) << 16);
      case I32 -> bytes.getInt(4 * index);
      case U32 -> bytes.getInt(4 * index) & 0xffffffffL;
      case F32 -> bytes.getFloat(4 * index);
      case I64, U64 -> bytes.getLong(8 * index);
      case F64 -> bytes.getDouble(8 * index);
    };
  }

  /** {@return the index of the first element that is NaN or infinite, or -1} */
  public int firstNotFinite() {
    if (type == Type.F32) {
      return firstNotFiniteFloat();
    }
    boolean whole = type != Type.F16 && type != Type.BF16 && type != Type.F64;
    int count = whole ? 0 : count();
    for (int i = 0; i < count; i++) {
      if (!Double.isFinite(get(i))) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Two values at a time, and block by block: a model has millions, and a short method that is
   * called often is compiled earlier than a long loop.
   */
  private int firstNotFiniteFloat() {
    LongBuffer pairs = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).clear().asLongBuffer();
    long[] block = new long[BLOCK];
    int at = 0;
    while (pairs.remaining() >= BLOCK) {
      pairs.get(block);
      if (!areFinite(block)) {
        break;
      }
      at += 2 * BLOCK;
    }
    while (at < count() && Double.isFinite(get(at))) {
      at++;
    }
    return at < count() ? at : -1;
  }

  /** An exponent of ones, of NaN and infinity, has a carry into the sign's bit when 1 is added. */
  private static boolean areFinite(long[] pairs) {
    long carries = 0;
    for (long pair : pairs) {
      carries |= (pair & 0x7f800000_7f800000L) + 0x00800000_00800000L;
    }
    return (carries & 0x80000000_80000000L) == 0;
  }

  /** {@return the transpose of a matrix, in fp32} */
  public StoredTensor transposed() {
    int rows = (int) shape[0];
    int columns = (int) shape[1];
    float[] from = floats();
    float[] to = new float[from.length];
    for (int i = 0; i < from.length; i++) {
      to[i % columns * rows + i / columns] = from[i];
    }
    return of(to, columns, rows);
  }

  /** {@return all elements, rounded to fp32} */
  public float[] floats() {
    float[] values = new float[count()];
    if (type == Type.F32) {
      bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).clear().asFloatBuffer().get(values);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) get(i);
    }
    return values;
  }

  /** {@return all elements as fp64} */
  public double[] doubles() {
    return doubles(0, count());
  }

  /**
   * {@return some elements as fp64}
   *
   * @param from the index of the first
   * @param count how many
   */
  public double[] doubles(int from, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = get(from + i);
    }
    return values;
  }

  /**
   * {@return some elements of 64-bit integers}
   *
   * @param from the index of the first
   * @param count how many
   * @throws IllegalArgumentException if they are of another type
   */
  public long[] longs(int from, int count) {
    if (type != Type.I64) {
      throw new IllegalArgumentException("a tensor of " + type + " where I64 is needed");
    }
    long[] values = new long[count];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).clear().asLongBuffer().get(from, values);
    return values;
  }

  /** {@return all elements as integers, fractions cut off} */
  public int[] ints() {
    int[] values = new int[count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (int) get(i);
    }
    return values;
  }

  /** {@return all elements as fp32 under the stored shape} */
  public Tensor tensor() {
    return Tensor.of(floats(), Arrays.stream(shape).mapToInt(Math::toIntExact).toArray());
  }
}
