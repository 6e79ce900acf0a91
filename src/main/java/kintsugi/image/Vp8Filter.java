package kintsugi.image;

/** The loop filter of VP8 over a whole frame (RFC 6386, section 15). */
final class Vp8Filter {
  private final byte[] values;
  private int edge;
  private int within;
  private int variance;

  private Vp8Filter(Vp8Plane plane) {
    values = plane.values;
  }

  static void apply(Vp8 frame) {
    if (!frame.header.filters) {
      return;
    }
    Vp8Filter luma = new Vp8Filter(frame.luma);
    Vp8Filter[] chroma = {new Vp8Filter(frame.chroma[0]), new Vp8Filter(frame.chroma[1])};
    for (int i = 0; i < frame.levels.length; i++) {
      int level = frame.levels[i];
      if (level == 0) {
        continue;
      }
      int column = i % frame.columns;
      int row = i / frame.columns;
      luma.set(level, frame.header.sharpness);
      luma.macroblock(frame.luma, column, row, 16, frame.inner[i], frame.header.simpleFilter);
      for (int plane = 0; plane < 2 && !frame.header.simpleFilter; plane++) {
        chroma[plane].set(level, frame.header.sharpness);
        chroma[plane].macroblock(frame.chroma[plane], column, row, 8, frame.inner[i], false);
      }
    }
  }

  private void set(int level, int sharpness) {
    int limit = sharpness > 4 ? level >> 2 : sharpness > 0 ? level >> 1 : level;
    within = Math.max(1, sharpness > 0 ? Math.min(limit, 9 - sharpness) : limit);
    edge = 2 * level + within;
    variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
  }

  private void macroblock(
      Vp8Plane plane, int column, int row, int size, boolean inner, boolean simple) {
    int stride = plane.stride;
    int at = plane.at(column * size, row * size);
    if (column > 0) {
      line(at, 1, stride, size, 2 * (edge + 4) + 1, true, simple);
    }
    for (int i = 4; i < size && inner; i += 4) {
      line(at + i, 1, stride, size, 2 * edge + 1, false, simple);
    }
    if (row > 0) {
      line(at, stride, 1, size, 2 * (edge + 4) + 1, true, simple);
    }
    for (int i = 4; i < size && inner; i += 4) {
      line(at + i * stride, stride, 1, size, 2 * edge + 1, false, simple);
    }
  }

  /**
   * Filters along an edge.
   *
   * @param at the first pixel after the edge
   * @param across the step over the edge
   * @param along the step to the next pixel of the edge
   * @param limit of the step over the edge that is smoothed
   * @param outer whether it is the edge of a macroblock
   */
  private void line(
      int at, int across, int along, int size, int limit, boolean outer, boolean simple) {
    for (int i = 0; i < size; i++) {
      int q = at + i * along;
      if (simple) {
        if (isSmall(q, across, limit)) {
          two(q, across);
        }
      } else if (isSmall(q, across, limit) && isFlat(q, across)) {
        if (varies(q, across)) {
          two(q, across);
        } else if (outer) {
          six(q, across);
        } else {
          four(q, across);
        }
      }
    }
  }

  private int get(int at) {
    return values[at] & 0xff;
  }

  private void add(int at, int change) {
    values[at] = (byte) Math.clamp(get(at) + change, 0, 255);
  }

  private int step(int a, int b) {
    return Math.abs(get(a) - get(b));
  }

  private boolean isSmall(int q, int d, int limit) {
    return 4 * step(q - d, q) + step(q - 2 * d, q + d) <= limit;
  }

  private boolean isFlat(int q, int d) {
    return step(q - 4 * d, q - 3 * d) <= within
        && step(q - 3 * d, q - 2 * d) <= within
        && step(q - 2 * d, q - d) <= within
        && step(q + 3 * d, q + 2 * d) <= within
        && step(q + 2 * d, q + d) <= within
        && step(q + d, q) <= within;
  }

  private boolean varies(int q, int d) {
    return step(q - 2 * d, q - d) > variance || step(q + d, q) > variance;
  }

  private int outerStep(int q, int d) {
    return Math.clamp(get(q - 2 * d) - get(q + d), -128, 127);
  }

  private int change(int value) {
    return Math.clamp(value >> 3, -16, 15);
  }

  private void two(int q, int d) {
    int a = 3 * (get(q) - get(q - d)) + outerStep(q, d);
    add(q - d, change(a + 3));
    add(q, -change(a + 4));
  }

  private void four(int q, int d) {
    int a = 3 * (get(q) - get(q - d));
    int after = change(a + 4);
    int more = after + 1 >> 1;
    add(q - 2 * d, more);
    add(q - d, change(a + 3));
    add(q, -after);
    add(q + d, -more);
  }

  private void six(int q, int d) {
    int a = Math.clamp(3 * (get(q) - get(q - d)) + outerStep(q, d), -128, 127);
    for (int i = 0; i < 3; i++) {
      int change = (27 - 9 * i) * a + 63 >> 7;
      add(q - (i + 1) * d, change);
      add(q + i * d, -change);
    }
  }
}
