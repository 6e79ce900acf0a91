package kintsugi.tornado;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import kintsugi.engine.EngineException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Copies between Java's arrays and TornadoVM's, and the sizes of the latter. */
final class Copies {
  /** Maximum batch; larger ones use no device better. */
  private static final int MAX_BATCH = 64;

  private Copies() {}

  /** A copy of all values. */
  static FloatArray of(float[] values) {
    FloatArray copy = new FloatArray(values.length);
    in(values, 0, values.length, copy, 0);
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
   * Allocates an array.
   *
   * @throws EngineException if no array can have this length
   */
  static FloatArray allocate(long length) {
    if (length > Integer.MAX_VALUE) {
      throw new EngineException(
          "TornadoVM has no arrays of "
              + length
              + " elements; choose the engine vector, which needs none");
    }
    return new FloatArray((int) length);
  }

  /**
   * The number of images that fit a device at once.
   *
   * @param free free bytes
   * @param each bytes per image
   * @param maximum elements per image in the array with the most
   */
  static int batch(long free, long each, long maximum) {
    return Math.clamp(Math.min(free / each, Integer.MAX_VALUE / maximum), 1, MAX_BATCH);
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
