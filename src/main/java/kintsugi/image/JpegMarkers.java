package kintsugi.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The markers of a JPEG that say how its components are to be read.
 *
 * @param process the marker of the frame: {@code 0xc0} baseline, {@code 0xc2} progressive, and so
 *     on; 0 where there is no frame
 * @param precision bits per sample
 * @param components the components' names, one byte each
 * @param samplings their sampling factors, the horizontal one in the upper 4 bits
 * @param isJfif whether there is a JFIF marker
 * @param adobeTransform of Adobe's marker: 0 none, 1 YCbCr, 2 YCCK; -1 where there is no marker
 * @param profile the embedded colour profile's bytes, empty without one
 */
record JpegMarkers(
    int process,
    int precision,
    int[] components,
    int[] samplings,
    boolean isJfif,
    int adobeTransform,
    byte[] profile) {
  /** The marker of a lossless frame. */
  static final int LOSSLESS = 0xc3;

  private static final int APP0 = 0xe0;
  private static final int APP2 = 0xe2;
  private static final int APP14 = 0xee;
  private static final int START_OF_SCAN = 0xda;
  private static final int ARITHMETIC = 0xc9;
  private static final int JPEG_LS = 0xf7;
  private static final String PROFILE = "ICC_PROFILE\0";

  boolean hasAdobe() {
    return adobeTransform >= 0;
  }

  /** The kind of JPEG if it is one that is not read, or null. */
  String unsupported() {
    if (process == JPEG_LS) {
      return "a JPEG-LS";
    }
    if (process >= ARITHMETIC && process < JPEG_LS) {
      return "a JPEG with arithmetic coding";
    }
    if (process > LOSSLESS) {
      return "a hierarchical JPEG";
    }
    return precision != 8 && process < LOSSLESS ? "a JPEG of " + precision + " bits" : null;
  }

  /** Whether a component has as many columns as the image and half of its rows. */
  boolean hasHalfRows(int component) {
    int maximum = Arrays.stream(samplings).reduce(0, JpegMarkers::largerFactors);
    return samplings[component] >> 4 == maximum >> 4
        && 2 * (samplings[component] & 15) == (maximum & 15);
  }

  /** Whether {@link #hasHalfRows(int)} of any component. */
  boolean hasHalfRows() {
    return IntStream.range(0, samplings.length).anyMatch(this::hasHalfRows);
  }

  private static int largerFactors(int a, int b) {
    return Math.max(a & 0xf0, b & 0xf0) | Math.max(a & 15, b & 15);
  }

  /** The markers before the first scan, as far as the bytes lead. */
  static JpegMarkers of(byte[] bytes) {
    int process = 0;
    int precision = 8;
    int[] components = {};
    int[] samplings = {};
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
        components = perComponent(bytes, content, end, 0);
        samplings = perComponent(bytes, content, end, 1);
      }
      at = Math.max(end, at + 2);
    }
    return new JpegMarkers(
        process, precision, components, samplings, jfif, adobe, profile.toByteArray());
  }

  /** One byte of the three that a frame has per component: name, sampling, table. */
  private static int[] perComponent(byte[] bytes, int content, int end, int which) {
    int count = Math.min(bytes[content + 5] & 0xff, (end - content - 6) / 3);
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = bytes[content + 6 + 3 * i + which] & 0xff;
    }
    return values;
  }

  private static boolean isFrame(int marker) {
    boolean tables = marker == 0xc4 || marker == 0xc8 || marker == 0xcc;
    return marker >= 0xc0 && marker <= 0xcf && !tables || marker == JPEG_LS;
  }

  private static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  private static boolean startsWith(byte[] bytes, int from, int end, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    return end - from >= wanted.length
        && Arrays.equals(bytes, from, from + wanted.length, wanted, 0, wanted.length);
  }
}
