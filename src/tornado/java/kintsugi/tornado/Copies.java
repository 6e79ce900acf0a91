package kintsugi.tornado;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Numbers on their way between Java's arrays and TornadoVM's. */
final class Copies {

  private Copies() {}

  /** A copy of all numbers. */
  static FloatArray of(float[] numbers) {
    FloatArray copy = new FloatArray(numbers.length);
    in(numbers, 0, numbers.length, copy, 0);
    return copy;
  }

  static void in(float[] from, int at, int count, FloatArray to, int place) {
    long offset = (long) place * Float.BYTES;
    MemorySegment.copy(from, at, to.getSegment(), ValueLayout.JAVA_FLOAT, offset, count);
  }

  static void out(FloatArray from, int place, float[] to, int at, int count) {
    long offset = (long) place * Float.BYTES;
    MemorySegment.copy(from.getSegment(), ValueLayout.JAVA_FLOAT, offset, to, at, count);
  }

  /** Room for so many numbers, if an array can have so many. */
  static FloatArray room(long numbers) {
    return new FloatArray(Math.toIntExact(numbers));
  }

  /** Bytes on a device. */
  static long bytes(FloatArray... arrays) {
    long bytes = 0;
    for (FloatArray array : arrays) {
      bytes += array.getNumBytesOfSegmentWithHeader();
    }
    return bytes;
  }
}
