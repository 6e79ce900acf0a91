package kintsugi.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The structure of a JPEG file, found by a walk over its segments: what its header claims, how many
 * scans it has, and whether they are all there.
 *
 * <p>The JDK's decoder fills what is missing with grey and continues, which would train a model on
 * half images. Whether coded data ran out within a scan is known by the decoder's warning ({@link
 * ReadingRecord}); scans that are missing as a whole are found here.
 */
final class Jpeg {
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int COEFFICIENTS = 64;

  /** Scans that are always read: encoders write about 10, optimisers up to about 20. */
  private static final int USUAL_SCANS = 32;

  /** Pixels times scans up to which more scans are read: a few seconds of decoding. */
  private static final long PIXEL_SCANS = 400_000_000L;

  private final byte[] bytes;
  private int width;
  private int height;
  private boolean progressive;
  private int scans;
  private boolean ended;
  private long blocks;
  private int[] components = {};

  /** Per component and coefficient the lowest bit that was sent, -1 for none. */
  private int[][] sentBits = {};

  private Jpeg(byte[] bytes) {
    this.bytes = bytes;
  }

  static boolean isJpeg(byte[] bytes) {
    return bytes.length > 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8;
  }

  /** The structure of a file that {@link #isJpeg}, as far as it goes. */
  static Jpeg of(byte[] bytes) {
    Jpeg jpeg = new Jpeg(bytes);
    jpeg.walk();
    return jpeg;
  }

  int height() {
    return height;
  }

  /**
   * The claims of the header, empty without a frame. A block takes at least one bit for its first
   * coefficient, and one for the end of the others where they come in the same scan.
   */
  Optional<ImageHeader> header() {
    double minimum = blocks * (progressive ? 1 : 2) / 8.0;
    return components.length == 0
        ? Optional.empty()
        : Optional.of(ImageHeader.of(width, height, 8L * components.length, minimum));
  }

  /** Whether an end-of-image marker follows the scans. */
  boolean hasEnd() {
    return ended;
  }

  /**
   * Whether every component has its scans. Without an end marker a progressive file has to reach
   * every bit of every coefficient; with one, the encoder may have left out the finest.
   */
  boolean hasAllScans() {
    for (int[] bits : sentBits) {
      boolean first = bits[0] >= 0;
      if (progressive && !ended ? Arrays.stream(bits).anyMatch(bit -> bit != 0) : !first) {
        return false;
      }
    }
    return true;
  }

  /** Why the scans are too many to be read in a few seconds, or null if they are not. */
  String tooManyScans() {
    long work = (long) width * height * scans;
    return scans <= USUAL_SCANS || work <= PIXEL_SCANS
        ? null
        : String.format(
            Locale.ROOT,
            "it has %d scans; beyond %d, scans times pixels may be at most %d, and here they are %d",
            scans,
            USUAL_SCANS,
            PIXEL_SCANS,
            work);
  }

  private void walk() {
    int at = 2;
    while (at + 1 < bytes.length && !ended) {
      int marker = value(at + 1);
      if (value(at) != 0xff || marker == 0xff) {
        at++;
      } else if (marker == END_OF_IMAGE) {
        ended = true;
      } else if (standsAlone(marker)) {
        at += 2;
      } else if (at + 3 < bytes.length) {
        at = afterSegment(marker, at + 2);
      } else {
        return;
      }
    }
  }

  private int afterSegment(int marker, int at) {
    int end = at + Math.max(2, pair(at));
    if (end <= bytes.length && isFrame(marker)) {
      frame(marker, at + 2, end);
    }
    if (marker != START_OF_SCAN) {
      return end;
    }
    if (end <= bytes.length) {
      scan(at + 2, end);
    }
    return endOfScan(end);
  }

  /** Start of frame, except for the markers of tables and extensions among them. */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  /** Precision, height, width, and per component its name and sampling factors. */
  private void frame(int marker, int at, int end) {
    if (end - at < 6 || end - at < 6 + 3 * value(at + 5) || sentBits.length > 0) {
      return;
    }
    progressive = (marker & 3) == 2;
    height = pair(at + 1);
    width = pair(at + 3);
    components = new int[value(at + 5)];
    sentBits = new int[components.length][COEFFICIENTS];
    int maximumH = 1;
    int maximumV = 1;
    for (int i = 0; i < components.length; i++) {
      components[i] = value(at + 6 + 3 * i);
      Arrays.fill(sentBits[i], -1);
      maximumH = Math.max(maximumH, value(at + 7 + 3 * i) >> 4);
      maximumV = Math.max(maximumV, value(at + 7 + 3 * i) & 15);
    }
    for (int i = 0; i < components.length; i++) {
      long columns = (long) width * (value(at + 7 + 3 * i) >> 4) / maximumH;
      long rows = (long) height * (value(at + 7 + 3 * i) & 15) / maximumV;
      blocks += (columns / 8) * (rows / 8);
    }
  }

  /** The components of a scan, the range of their coefficients, and the lowest bit sent. */
  private void scan(int at, int end) {
    scans++;
    if (at == end) {
      return;
    }
    int count = value(at);
    if (end - at < 4 + 2 * count) {
      return;
    }
    int first = progressive ? value(at + 1 + 2 * count) : 0;
    int last = progressive ? value(at + 2 + 2 * count) : COEFFICIENTS - 1;
    int bit = progressive ? value(at + 3 + 2 * count) & 15 : 0;
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < components.length; c++) {
        if (components[c] == value(at + 1 + 2 * i) && first <= last && last < COEFFICIENTS) {
          Arrays.fill(sentBits[c], first, last + 1, bit);
        }
      }
    }
  }

  private static boolean standsAlone(int marker) {
    return marker <= 0x01 || marker >= 0xd0 && marker <= 0xd8;
  }

  /** In coded data 0xff is followed by 0 or a restart marker; anything else ends it. */
  private int endOfScan(int from) {
    for (int at = from; at + 1 < bytes.length; at++) {
      if (bytes[at] == (byte) 0xff) {
        int next = value(at + 1);
        if (next != 0xff && !standsAlone(next)) {
          return at;
        }
      }
    }
    return bytes.length;
  }

  private int value(int at) {
    return bytes[at] & 0xff;
  }

  private int pair(int at) {
    return value(at) << 8 | value(at + 1);
  }
}
