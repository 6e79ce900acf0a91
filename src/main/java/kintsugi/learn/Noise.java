package kintsugi.learn;

import java.util.SplittableRandom;

/**
 * Gradient noise in two dimensions (Perlin, <i>An Image Synthesizer</i>, 1985): smooth, without a
 * preferred place, and 0 at the corners of its grid.
 */
final class Noise {
  private static final int SIDE = 64;

  private final double[] across = new double[SIDE * SIDE];
  private final double[] down = new double[SIDE * SIDE];

  Noise(SplittableRandom random) {
    for (int i = 0; i < across.length; i++) {
      double angle = random.nextDouble(2 * Math.PI);
      across[i] = Math.cos(angle);
      down[i] = Math.sin(angle);
    }
  }

  /** The noise at a point, about −0.7 to 0.7; a cell of its grid has side 1. */
  double at(double x, double y) {
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    double u = x - left;
    double v = y - top;
    double upper = mix(corner(left, top, u, v), corner(left + 1, top, u - 1, v), fade(u));
    double lower =
        mix(corner(left, top + 1, u, v - 1), corner(left + 1, top + 1, u - 1, v - 1), fade(u));
    return mix(upper, lower, fade(v));
  }

  private double corner(int column, int row, double u, double v) {
    int at = Math.floorMod(row, SIDE) * SIDE + Math.floorMod(column, SIDE);
    return across[at] * u + down[at] * v;
  }

  private static double fade(double t) {
    return t * t * t * (t * (6 * t - 15) + 10);
  }

  private static double mix(double from, double to, double weight) {
    return from + (to - from) * weight;
  }
}
