package kintsugi.tornado;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import kintsugi.engine.EngineException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Numbers on their way between Java's arrays and TornadoVM's, and the room that they need. */
final class Copies {
  /** Pictures at once; more of them fill no device better. */
  private static final int MOST = 64;

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

  /**
   * Room for so many numbers.
   *
   * @throws EngineException if no array can have so many
   */
  static FloatArray room(long numbers) {
    if (numbers > Integer.MAX_VALUE) {
      throw new EngineException(
          "TornadoVM has no arrays of " + numbers + " numbers; --engine vector needs none");
    }
    return new FloatArray((int) numbers);
  }

  /**
   * How many pictures a device can take at once.
   *
   * @param free bytes
   * @param each bytes of a picture
   * @param largest numbers of a picture in the largest array
   */
  static int batch(long free, long each, long largest) {
    return Math.clamp(Math.min(free / each, Integer.MAX_VALUE / largest), 1, MOST);
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
