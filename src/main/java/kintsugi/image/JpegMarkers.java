package kintsugi.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The markers of a JPEG that say how its components are to be read.
 *
 * @param process the marker of the frame: {@code 0xc0} baseline, {@code 0xc2} progressive, and so
 *     on; 0 where there is no frame
 * @param precision bits per sample
 * @param components the components' names, one byte each
 * @param isJfif whether there is a JFIF marker
 * @param adobeTransform of Adobe's marker: 0 none, 1 YCbCr, 2 YCCK; -1 where there is no marker
 * @param profile the embedded colour profile's bytes, empty without one
 */
record JpegMarkers(
    int process,
    int precision,
    int[] components,
    boolean isJfif,
    int adobeTransform,
    byte[] profile) {
  private static final int APP0 = 0xe0;
  private static final int APP2 = 0xe2;
  private static final int APP14 = 0xee;
  private static final int START_OF_SCAN = 0xda;
  private static final String PROFILE = "ICC_PROFILE\0";

  boolean hasAdobe() {
    return adobeTransform >= 0;
  }

  /** The markers before the first scan, as far as the bytes lead. */
  static JpegMarkers of(byte[] bytes) {
    int process = 0;
    int precision = 8;
    int[] components = {};
    boolean jfif = false;
    int adobe = -1;
    ByteArrayOutputStream profile = new ByteArrayOutputStream();
    int at = 2;
    while (at + 3 < bytes.length && (bytes[at + 1] & 0xff) != START_OF_SCAN) {
      int marker = bytes[at + 1] & 0xff;
      if ((bytes[at] & 0xff) != 0xff || marker == 0xff || marker == 0) {
        at++;
        continue;
      }
      if (marker == 0x01 || marker >= 0xd0 && marker <= 0xd8) {
        at += 2;
        continue;
      }
      int content = at + 4;
      int end = Math.min(at + 2 + number(bytes, at + 2), bytes.length);
      if (marker == APP0 && startsWith(bytes, content, end, "JFIF\0")) {
        jfif = true;
      } else if (marker == APP14
          && end - content >= 12
          && startsWith(bytes, content, end, "Adobe")) {
        adobe = bytes[content + 11] & 0xff;
      } else if (marker == APP2 && startsWith(bytes, content, end, PROFILE)) {
        // Two bytes count the parts, which every writer puts in their order.
        int from = content + PROFILE.length() + 2;
        profile.write(bytes, Math.min(from, end), Math.max(0, end - from));
      } else if (isFrame(marker) && end - content >= 6) {
        process = marker;
        precision = bytes[content] & 0xff;
        components = names(bytes, content, end);
      }
      at = Math.max(end, at + 2);
    }
    return new JpegMarkers(process, precision, components, jfif, adobe, profile.toByteArray());
  }

  private static int[] names(byte[] bytes, int content, int end) {
    int count = Math.min(bytes[content + 5] & 0xff, (end - content - 6) / 3);
    int[] names = new int[count];
    for (int i = 0; i < count; i++) {
      names[i] = bytes[content + 6 + 3 * i] & 0xff;
    }
    return names;
  }

  private static boolean isFrame(int marker) {
    boolean tables = marker == 0xc4 || marker == 0xc8 || marker == 0xcc;
    return marker >= 0xc0 && marker <= 0xcf && !tables || marker == 0xf7;
  }

  private static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  private static boolean startsWith(byte[] bytes, int from, int end, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    return end - from >= wanted.length
        && java.util.Arrays.equals(bytes, from, from + wanted.length, wanted, 0, wanted.length);
  }
}
