package kintsugi.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/**
 * The part of Protocol Buffers that an ONNX graph needs: fields of messages, one after the other.
 */
final class Protobuf {
  /** The maximum length of a name; exporters' paths have some hundred characters. */
  static final int MAX_NAME = 4096;

  private Protobuf() {}

  /** One field of a message: an integer, or bytes. */
  record Field(int number, long value, ByteBuffer bytes) {
    String text() {
      if (bytes == null) {
        throw new IllegalArgumentException("its graph has an integer instead of a text");
      }
      if (bytes.remaining() > MAX_NAME) {
        throw new IllegalArgumentException(
            "its graph has a name of " + bytes.remaining() + " characters");
      }
      return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    Fields message() {
      if (bytes == null) {
        throw new IllegalArgumentException("its graph has an integer instead of a message");
      }
      return new Fields(bytes);
    }
  }

  /** The fields of a message, read one after the other and never kept. */
  record Fields(ByteBuffer message) implements Iterable<Field> {
    @Override
    public Iterator<Field> iterator() {
      ByteBuffer in = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return in.hasRemaining();
        }

        @Override
        public Field next() {
          return field(in);
        }
      };
    }
  }

  private static Field field(ByteBuffer in) {
    long tag = varint(in);
    int number = (int) (tag >>> 3);
    return switch ((int) tag & 7) {
      case 0 -> new Field(number, varint(in), null);
      case 1 -> new Field(number, in.getLong(), null);
      case 2 -> new Field(number, 0, bytes(in));
      case 5 -> new Field(number, in.getInt(), null);
      default -> throw new IllegalArgumentException("it is not an ONNX graph");
    };
  }

  private static ByteBuffer bytes(ByteBuffer in) {
    long length = varint(in);
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer bytes = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return bytes;
  }

  static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("it is not an ONNX graph");
  }
}
