package kintsugi.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The tables of RFC 6386 that the decoder of lossy WebP needs, read from a resource. */
final class Vp8Tables {
  private static final int MODES = 10 * 10 * 9;
  private static final int COEFFICIENTS = 4 * 8 * 3 * 11;
  private static final int LEVELS = 128;

  /** Probabilities of a subblock's mode: {@code [above, left, 9]}. */
  static final int[] SUBBLOCK_MODES;

  /** Probabilities that a probability of coefficients changes: {@code [4, 8, 3, 11]}. */
  static final int[] UPDATES;

  /** Probabilities of coefficients before any change: {@code [4, 8, 3, 11]}. */
  static final int[] PROBABILITIES;

  /** Factors of a block's first coefficient by the level of quantisation. */
  static final int[] FIRST;

  /** Factors of its other coefficients. */
  static final int[] FURTHER;

  static {
    int[] all = read();
    int at = 0;
    SUBBLOCK_MODES = Arrays.copyOfRange(all, at, at += MODES);
    UPDATES = Arrays.copyOfRange(all, at, at += COEFFICIENTS);
    PROBABILITIES = Arrays.copyOfRange(all, at, at += COEFFICIENTS);
    FIRST = Arrays.copyOfRange(all, at, at += LEVELS);
    FURTHER = Arrays.copyOfRange(all, at, at + LEVELS);
  }

  private Vp8Tables() {}

  private static int[] read() {
    try (var in = Vp8Tables.class.getResourceAsStream("vp8.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .flatMap(line -> Arrays.stream(line.split(" ")))
          .mapToInt(Integer::parseInt)
          .toArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
