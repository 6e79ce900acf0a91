package kintsugi.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor.Type;

/**
 * NumPy's array files, read singly or from a zip, and written. Source: NumPy's {@code NEP 1} and
 * its {@code format.py}. Arrays of Python objects, which are pickles, are refused.
 */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** The bytes up to the length of the header. */
  private static final int FRONT = 12;

  private static final Pattern DESCR = Pattern.compile("'descr': *'([<>|=])(\\w{1,8})'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order': *(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([\\d, ]*)\\)");
  static final String ENDING = ".npy";

  /** The maximum header of version 1; NumPy itself refuses more than 10 000 bytes. */
  private static final int MAX_HEADER = 65_535;

  /** The bytes before the header of a file of version 1: magic, version and its length. */
  private static final int WRITTEN_FRONT = 10;

  /** The values that are written start at a multiple of it. */
  private static final int ALIGNMENT = 64;

  private Npy() {}

  /**
   * {@return an array file of 32-bit floats, as NumPy itself writes it}
   *
   * @param tensor the values and their shape
   */
  public static byte[] bytes(Tensor tensor) {
    StoredTensor stored = StoredTensor.of(tensor);
    byte[] header = header(stored);
    ByteBuffer values = stored.bytes().duplicate().clear();
    return ByteBuffer.allocate(header.length + values.capacity()).put(header).put(values).array();
  }

  /**
   * {@return the bytes before the values of an array file, as NumPy itself writes them}
   *
   * @param tensor the values and their shape
   */
  static byte[] header(StoredTensor tensor) {
    String shape =
        LongStream.of(tensor.shape()).mapToObj(Long::toString).collect(Collectors.joining(", "))
            + (tensor.shape().length == 1 ? "," : "");
    String header =
        "{'descr': '"
            + descr(tensor.type())
            + "', 'fortran_order': False, 'shape': ("
            + shape
            + "), }";
    int front = Math.ceilDiv(WRITTEN_FRONT + header.length() + 1, ALIGNMENT) * ALIGNMENT;
    ByteBuffer bytes = ByteBuffer.allocate(front).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (front - WRITTEN_FRONT));
    bytes.put(header.getBytes(StandardCharsets.US_ASCII));
    while (bytes.position() < front - 1) {
      bytes.put((byte) ' ');
    }
    return bytes.put((byte) '\n').array();
  }

  private static String descr(Type type) {
    return switch (type) {
      case BOOL -> "|b1";
      case U8 -> "|u1";
      case I8 -> "|i1";
      case I16 -> "<i2";
      case U16 -> "<u2";
      case F16 -> "<f2";
      case I32 -> "<i4";
      case U32 -> "<u4";
      case F32 -> "<f4";
      case I64 -> "<i8";
      case U64 -> "<u8";
      case F64 -> "<f8";
      case BF16 -> throw new IllegalArgumentException("NumPy has no type for " + type);
    };
  }

  private static boolean isNpy(ByteBuffer bytes) {
    return bytes.remaining() > FRONT && bytes.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
  }

  /** All arrays of a zip by their names. */
  static Map<String, StoredTensor> read(ZipEntries zip, Budget budget) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (String entry : zip.ending(ENDING)) {
      String name = name(entry);
      tensors.put(name, read(name, ByteBuffer.wrap(zip.read(entry)), budget));
    }
    return tensors;
  }

  /** {@return the array's name: the file's name without its ending} */
  static String name(String file) {
    return file.endsWith(ENDING) ? file.substring(0, file.length() - ENDING.length()) : file;
  }

  static StoredTensor read(String name, ByteBuffer in, Budget budget) {
    if (!isNpy(in)) {
      throw new IllegalArgumentException("its array " + name + " does not begin like a NumPy file");
    }
    in.order(ByteOrder.LITTLE_ENDIAN).position(MAGIC.length);
    int major = in.get();
    in.get();
    int length = major == 1 ? in.getShort() & 0xffff : in.getInt();
    if (length < 0 || length > MAX_HEADER) {
      throw new IllegalArgumentException("its NumPy header would be " + length + " bytes long");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    String header = new String(bytes, StandardCharsets.UTF_8);
    Matcher descr = found(DESCR, header);
    long[] shape = shape(found(SHAPE, header).group(1));
    boolean fortran = found(ORDER, header).group(1).equals("True");
    ByteOrder order = descr.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    Type type = type(descr.group(2));
    ByteBuffer values = in.slice().order(order);
    double claimed = Arrays.stream(shape).asDoubleStream().reduce(type.size(), (a, b) -> a * b);
    if (claimed > values.capacity()) {
      throw new BufferUnderflowException();
    }
    StoredTensor.elements(shape);
    long[] strides = fortran ? columnMajor(shape) : StoredTensor.rowMajor(shape);
    return StoredTensor.view(name, type, shape, 0, strides, values, budget);
  }

  private static long[] columnMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = 0; i < shape.length; i++) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return strides;
  }

  private static Matcher found(Pattern pattern, String header) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new IllegalArgumentException("its NumPy header is not understood");
    }
    return matcher;
  }

  private static long[] shape(String text) {
    // As Python has it: (), (3,), (3, 4) or (3, 4,).
    if (!text.matches(" *|( *\\d{1,10} *,){1,32}( *\\d{1,10})? *")) {
      throw new IllegalArgumentException("its NumPy header has the shape (" + text + ")");
    }
    return Arrays.stream(text.split(","))
        .filter(part -> !part.isBlank())
        .mapToLong(part -> Long.parseLong(part.strip()))
        .toArray();
  }

  private static Type type(String code) {
    return switch (code) {
      case "b1" -> Type.BOOL;
      case "u1" -> Type.U8;
      case "i1" -> Type.I8;
      case "i2" -> Type.I16;
      case "u2" -> Type.U16;
      case "i4" -> Type.I32;
      case "u4" -> Type.U32;
      case "i8" -> Type.I64;
      case "u8" -> Type.U64;
      case "f2" -> Type.F16;
      case "f4" -> Type.F32;
      case "f8" -> Type.F64;
      default -> throw new IllegalArgumentException("its NumPy type is " + code);
    };
  }
}
