package kintsugi.image;

import java.util.Arrays;

/**
 * A plane of a VP8 frame, with a column to the left and a row above that stand for what lies beyond
 * the edge, and the predictions of its blocks from the pixels before them (RFC 6386, section 12).
 */
final class Vp8Plane {
  static final int DC = 0;
  static final int TRUE_MOTION = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;

  private static final int MARGIN = 8;
  private static final int ABOVE = 127;
  private static final int LEFT = 129;

  final int stride;
  final byte[] values;
  private final int[] edge = new int[13];

  Vp8Plane(int width, int height) {
    stride = width + 2 * MARGIN;
    values = new byte[stride * (height + 1)];
    Arrays.fill(values, 0, stride, (byte) ABOVE);
    for (int y = 0; y < height; y++) {
      values[at(-1, y)] = (byte) LEFT;
    }
  }

  int at(int x, int y) {
    return (y + 1) * stride + MARGIN + x;
  }

  private int get(int at) {
    return values[at] & 0xff;
  }

  private void set(int at, int value) {
    values[at] = (byte) Math.clamp(value, 0, 255);
  }

  /** Predicts a whole block of a macroblock. */
  void predict(int x, int y, int size, int mode) {
    if (mode == DC) {
      fill(x, y, size, average(x, y, size));
      return;
    }
    int corner = get(at(x - 1, y - 1));
    for (int j = 0; j < size; j++) {
      int left = get(at(x - 1, y + j));
      for (int i = 0; i < size; i++) {
        int above = get(at(x + i, y - 1));
        int value = mode == VERTICAL ? above : mode == HORIZONTAL ? left : left + above - corner;
        set(at(x + i, y + j), value);
      }
    }
  }

  private void fill(int x, int y, int size, int value) {
    for (int j = 0; j < size; j++) {
      Arrays.fill(values, at(x, y + j), at(x, y + j) + size, (byte) value);
    }
  }

  /** The mean of the pixels above and to the left, of those that are in the image. */
  private int average(int x, int y, int size) {
    int sum = 0;
    int count = 0;
    for (int i = 0; i < size && y > 0; i++) {
      sum += get(at(x + i, y - 1));
      count++;
    }
    for (int i = 0; i < size && x > 0; i++) {
      sum += get(at(x - 1, y + i));
      count++;
    }
    return count == 0 ? 128 : (sum + count / 2) / count;
  }

  /**
   * Predicts a subblock of 4x4.
   *
   * @param mode 0 to 9: mean, true motion, vertical, horizontal, left down, right down, vertical
   *     right, vertical left, horizontal down, horizontal up
   * @param aboveRight the pixels above and to the right, 4 of them
   */
  void predictSubblock(int x, int y, int mode, int[] aboveRight) {
    // From the lower left over the corner, which is 4, to the upper right.
    for (int i = 0; i < 4; i++) {
      edge[3 - i] = get(at(x - 1, y + i));
      edge[5 + i] = get(at(x + i, y - 1));
      edge[9 + i] = aboveRight[i];
    }
    edge[4] = get(at(x - 1, y - 1));
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 4; i++) {
        set(at(x + i, y + j), predicted(mode, i, j));
      }
    }
  }

  private int predicted(int mode, int x, int y) {
    return switch (mode) {
      case 0 -> mean();
      case 1 -> edge[3 - y] + edge[5 + x] - edge[4];
      case 2 -> three(5 + x);
      case 3 -> y == 3 ? edge[1] + 3 * edge[0] + 2 >> 2 : three(3 - y);
      case 4 -> x + y == 6 ? edge[11] + 3 * edge[12] + 2 >> 2 : three(6 + x + y);
      case 5 -> three(4 - y + x);
      case 6 -> verticalRight(x, y);
      case 7 -> verticalLeft(x, y);
      case 8 -> horizontalDown(x, y);
      default -> horizontalUp(x, y);
    };
  }

  private int mean() {
    int sum = 4;
    for (int i = 0; i < 4; i++) {
      sum += edge[i] + edge[5 + i];
    }
    return sum >> 3;
  }

  private int three(int at) {
    return edge[at - 1] + 2 * edge[at] + edge[at + 1] + 2 >> 2;
  }

  private int two(int at) {
    return edge[at] + edge[at + 1] + 1 >> 1;
  }

  private int verticalRight(int x, int y) {
    int along = 2 * x - y;
    if (along < 0) {
      return along == -1 ? three(4) : three(5 - y);
    }
    return along % 2 == 0 ? two(4 + along / 2) : three(4 + (along + 1) / 2);
  }

  private int verticalLeft(int x, int y) {
    if (x == 3 && y >= 2) {
      return three(8 + y);
    }
    return y % 2 == 0 ? two(5 + x + y / 2) : three(6 + x + y / 2);
  }

  private int horizontalDown(int x, int y) {
    int along = 2 * y - x;
    if (along < 0) {
      return along == -1 ? three(4) : three(3 + x);
    }
    return along % 2 == 0 ? two(3 - along / 2) : three(4 - (along + 1) / 2);
  }

  private int horizontalUp(int x, int y) {
    int along = x + 2 * y;
    if (along > 5) {
      return edge[0];
    }
    if (along == 5) {
      return edge[1] + 3 * edge[0] + 2 >> 2;
    }
    return along % 2 == 0 ? two(2 - along / 2) : three(2 - along / 2);
  }

  /** Adds the inverse transform of a block's coefficients (section 14.3). */
  void add(int x, int y, int[] coefficients, int from) {
    int[] half = new int[16];
    for (int i = 0; i < 4; i++) {
      int at = from + i;
      int a = coefficients[at] + coefficients[at + 8];
      int b = coefficients[at] - coefficients[at + 8];
      int c = low(coefficients[at + 4]) - high(coefficients[at + 12]);
      int d = high(coefficients[at + 4]) + low(coefficients[at + 12]);
      half[4 * i] = a + d;
      half[4 * i + 1] = b + c;
      half[4 * i + 2] = b - c;
      half[4 * i + 3] = a - d;
    }
    for (int j = 0; j < 4; j++) {
      int a = half[j] + 4 + half[8 + j];
      int b = half[j] + 4 - half[8 + j];
      int c = low(half[4 + j]) - high(half[12 + j]);
      int d = high(half[4 + j]) + low(half[12 + j]);
      int to = at(x, y + j);
      set(to, get(to) + (a + d >> 3));
      set(to + 1, get(to + 1) + (b + c >> 3));
      set(to + 2, get(to + 2) + (b - c >> 3));
      set(to + 3, get(to + 3) + (a - d >> 3));
    }
  }

  private static int high(int value) {
    return (value * 20091 >> 16) + value;
  }

  private static int low(int value) {
    return value * 35468 >> 16;
  }
}
