package kintsugi.image;

/**
 * The check for JPEG files that were cut short. The JDK's decoder fills the missing part with grey
 * and continues, which would train a model on half images.
 */
final class Jpeg {
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;

  private Jpeg() {}

  static boolean isJpeg(byte[] bytes) {
    return bytes.length > 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8;
  }

  /** Whether the segments lead from the start to an end-of-image marker. */
  static boolean isComplete(byte[] bytes) {
    int at = 2;
    while (at + 1 < bytes.length) {
      int marker = bytes[at + 1] & 0xff;
      if ((bytes[at] & 0xff) != 0xff || marker == 0xff) {
        at++;
      } else if (marker == END_OF_IMAGE) {
        return true;
      } else if (standsAlone(marker)) {
        at += 2;
      } else if (at + 3 < bytes.length) {
        at += 2 + ((bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff);
        at = marker == START_OF_SCAN ? endOfScan(bytes, at) : at;
      } else {
        return false;
      }
    }
    return false;
  }

  private static boolean standsAlone(int marker) {
    return marker <= 0x01 || marker >= 0xd0 && marker <= 0xd8;
  }

  /** In coded data 0xff is followed by 0 or a restart marker; anything else ends it. */
  private static int endOfScan(byte[] bytes, int from) {
    int at = from;
    while (at + 1 < bytes.length) {
      int next = bytes[at + 1] & 0xff;
      if ((bytes[at] & 0xff) == 0xff && next != 0xff && !standsAlone(next)) {
        return at;
      }
      at++;
    }
    return bytes.length;
  }
}
