package kintsugi.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
   * A strided view of a storage, copied into row-major order and little-endian. A view never has
   * more elements than its storage, which bounds the allocation.
   *
   * @param offset of the first element, in elements
   * @param strides per dimension the distance from one element to the next, in elements
   * @param storage in its own byte order
   * @throws IllegalArgumentException if the view reaches beyond its storage
   */
  static StoredTensor view(
      Type type, long[] shape, long offset, long[] strides, ByteBuffer storage) {
    int size = type.size();
    long available = storage.capacity() / size;
    long count = 1;
    long last = offset;
    boolean fits = shape.length == strides.length && offset >= 0;
    for (int i = 0; fits && i < shape.length; i++) {
      count = Math.multiplyExact(count, shape[i]);
      last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[i] - 1), strides[i]));
    }
    if (!fits || count > available || count > 0 && last >= available) {
      throw new IllegalArgumentException("its shape reaches beyond its storage");
    }
    ByteBuffer bytes = buffer((int) count, type);
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
    return new StoredTensor(type, shape, bytes.rewind());
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
    double[] values = new double[count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(i);
    }
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
