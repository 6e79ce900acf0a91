package kintsugi.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.weights.StoredTensor.Type;

/**
 * The reader of NumPy's array files, single or in a zip. Source: NumPy's {@code NEP 1} and its
 * {@code format.py}. Arrays of Python objects, which are pickles, are refused.
 */
final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCR = Pattern.compile("'descr': *'([<>|=])(\\w{1,8})'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order': *(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([\\d, ]*)\\)");
  private static final String ENDING = ".npy";

  private Npy() {}

  static boolean isNpy(ByteBuffer bytes) {
    if (bytes.remaining() < MAGIC.length) {
      return false;
    }
    for (int i = 0; i < MAGIC.length; i++) {
      if (bytes.get(i) != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  /** All arrays of a zip by their names. */
  static Map<String, StoredTensor> read(ZipEntries zip) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (String entry : zip.ending(ENDING)) {
      tensors.put(name(entry), read(ByteBuffer.wrap(zip.read(entry))));
    }
    return tensors;
  }

  /** {@return the array's name: the file's name without its ending} */
  static String name(String file) {
    return file.substring(0, file.length() - ENDING.length());
  }

  static StoredTensor read(ByteBuffer in) {
    if (!isNpy(in)) {
      throw new IllegalArgumentException("it does not begin like a NumPy file");
    }
    in.order(ByteOrder.LITTLE_ENDIAN).position(MAGIC.length);
    int major = in.get();
    in.get();
    int length = major == 1 ? in.getShort() & 0xffff : in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    String header = new String(bytes, StandardCharsets.UTF_8);
    Matcher descr = found(DESCR, header);
    long[] shape = shape(found(SHAPE, header).group(1));
    boolean fortran = found(ORDER, header).group(1).equals("True");
    ByteOrder order = descr.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    return values(type(descr.group(2)), shape, fortran, in.slice().order(order));
  }

  private static Matcher found(Pattern pattern, String header) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new IllegalArgumentException("its NumPy header is not understood");
    }
    return matcher;
  }

  private static long[] shape(String text) {
    if (text.isBlank()) {
      return new long[0];
    }
    String[] parts = text.split(",");
    int count = parts[parts.length - 1].isBlank() ? parts.length - 1 : parts.length;
    long[] shape = new long[count];
    for (int i = 0; i < count; i++) {
      try {
        shape[i] = Long.parseLong(parts[i].strip());
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("its NumPy header has the shape (" + text + ")", e);
      }
    }
    return shape;
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

  private static StoredTensor values(Type type, long[] shape, boolean fortran, ByteBuffer from) {
    long count = 1;
    for (long extent : shape) {
      count = Math.multiplyExact(count, extent);
    }
    if (count > from.capacity() / type.size()) {
      throw new BufferUnderflowException();
    }
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int k = 0; k < shape.length; k++) {
      int i = fortran ? k : shape.length - 1 - k;
      strides[i] = stride;
      stride *= shape[i];
    }
    return StoredTensor.view(type, shape, 0, strides, from);
  }
}
