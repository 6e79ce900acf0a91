package kintsugi.image;

import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/**
 * The two-dimensional Fourier transform of a square of grey levels, for phase correlation:
 *
 * <pre>{@code r = F⁻¹(g · F(b)·F(a)* / |F(b)·F(a)*|)}</pre>
 *
 * <p>with a Gaussian low pass {@code g}, so that noise does not outweigh the image. Where {@code b}
 * is {@code a} moved by {@code (dx, dy)}, {@code r} has its maximum there, wrapped around. Source:
 * C. Kuglin, D. Hines, <i>The phase correlation image alignment method</i>, 1975.
 */
final class Spectrum {
  /** The standard deviation of the low pass as a part of the square's side. */
  private static final double PASS = 0.12;

  /** Of a product's mean magnitude: below it a phase is noise. */
  private static final double FLOOR = 1e-3;

  private final int side;
  private final double[][] real;
  private final double[][] imaginary;

  private Spectrum(int side) {
    this.side = side;
    this.real = new double[side][side];
    this.imaginary = new double[side][side];
  }

  /**
   * The transform of a square.
   *
   * @param values row by row
   * @param side a power of two
   */
  static Spectrum of(float[] values, int side) {
    Spectrum spectrum = new Spectrum(side);
    for (int i = 0; i < values.length; i++) {
      spectrum.real[i / side][i % side] = values[i];
    }
    spectrum.transform(TransformType.FORWARD);
    return spectrum;
  }

  private void transform(TransformType type) {
    for (int pass = 0; pass < 2; pass++) {
      for (int row = 0; row < side; row++) {
        double[][] line = {real[row], imaginary[row]};
        FastFourierTransformer.transformInPlace(line, DftNormalization.STANDARD, type);
      }
      transpose(real);
      transpose(imaginary);
    }
  }

  private static void transpose(double[][] square) {
    for (int y = 1; y < square.length; y++) {
      for (int x = 0; x < y; x++) {
        double value = square[y][x];
        square[y][x] = square[x][y];
        square[x][y] = value;
      }
    }
  }

  /**
   * How far another square is moved from this one.
   *
   * @param dx columns to the right
   * @param dy rows down
   * @param quality the maximum of {@code r} as a part of what equal squares have, from 0 to 1
   */
  record Shift(double dx, double dy, double quality) {}

  /** {@return the shift of a square of the same side} */
  Shift shiftOf(Spectrum moved) {
    Spectrum product = new Spectrum(side);
    double total = 0;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        double re = moved.real[y][x] * real[y][x] + moved.imaginary[y][x] * imaginary[y][x];
        double im = moved.imaginary[y][x] * real[y][x] - moved.real[y][x] * imaginary[y][x];
        product.real[y][x] = re;
        product.imaginary[y][x] = im;
        total += StrictMath.hypot(re, im);
      }
    }
    // Above zero, for a square without any content.
    double floor = Double.MIN_NORMAL + FLOOR * total / side / side;
    double perfect = product.normalise(floor);
    product.transform(TransformType.INVERSE);
    return product.peak(perfect);
  }

  /** Keeps the phases, with the low pass for magnitude; returns its sum over the square. */
  private double normalise(double floor) {
    double[] pass = new double[side];
    for (int i = 0; i < side; i++) {
      double frequency = Math.min(i, side - i) / (PASS * side);
      pass[i] = StrictMath.exp(-frequency * frequency / 2);
    }
    double sum = 0;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        double weight = pass[y] * pass[x];
        double magnitude = StrictMath.hypot(real[y][x], imaginary[y][x]) + floor;
        real[y][x] *= weight / magnitude;
        imaginary[y][x] *= weight / magnitude;
        sum += weight;
      }
    }
    return sum / side / side;
  }

  private Shift peak(double perfect) {
    int bestX = 0;
    int bestY = 0;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        if (real[y][x] > real[bestY][bestX]) {
          bestX = x;
          bestY = y;
        }
      }
    }
    double peak = real[bestY][bestX];
    double dx = bestX + vertex(at(bestX - 1, bestY), peak, at(bestX + 1, bestY));
    double dy = bestY + vertex(at(bestX, bestY - 1), peak, at(bestX, bestY + 1));
    return new Shift(unwrapped(dx), unwrapped(dy), Math.clamp(peak / perfect, 0.0, 1.0));
  }

  private double at(int x, int y) {
    return real[Math.floorMod(y, side)][Math.floorMod(x, side)];
  }

  private double unwrapped(double shift) {
    return shift > side / 2.0 ? shift - side : shift;
  }

  /** The place of the maximum of the parabola through three values at −1, 0 and 1. */
  private static double vertex(double before, double peak, double after) {
    double curvature = before - 2 * peak + after;
    return curvature < 0 ? Math.clamp((before - after) / (2 * curvature), -0.5, 0.5) : 0;
  }
}
