package kintsugi.tornado;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The kernels for distances of patches: to Gaussians, and to rows. */
final class DistanceKernels {
  /** Rows that share one value in the result of {@link #minimumDistances}. */
  static final int GROUP = 16;

  private DistanceKernels() {}

  /**
   * Squared Mahalanobis distances by forward substitution ({@code
   * kintsugi.engine.PreparedGaussians#mahalanobis}); a thread has one position of one image.
   *
   * @param patches {@code [N, positions, dimension]}
   * @param mean {@code [groups][dimension][lanes]}
   * @param factor {@code [groups][dimension·(dimension+1)/2][lanes]}
   * @param solved {@code [N, dimension, positions]}: scratch memory for {@code −y}
   * @param squared {@code [N, positions]}
   * @param live {@code [0]}: images in use
   */
  static void mahalanobis(
      FloatArray patches,
      FloatArray mean,
      FloatArray factor,
      FloatArray solved,
      FloatArray squared,
      IntArray live,
      int positions,
      int dimension,
      int lanes) {
    int images = squared.getSize() / positions;
    for (@Parallel int p = 0; p < positions; p++) {
      for (@Parallel int n = 0; n < images; n++) {
        if (n < live.get(0)) {
          int patch = (n * positions + p) * dimension;
          int own = n * dimension * positions + p;
          int means = p / lanes * dimension * lanes + p % lanes;
          int l = p / lanes * (dimension * (dimension + 1) / 2) * lanes + p % lanes;
          float squares = 0;
          for (int i = 0; i < dimension; i++) {
            float rest = patches.get(patch + i) - mean.get(means + i * lanes);
            for (int j = 0; j < i; j++) {
              rest = factor.get(l) * solved.get(own + j * positions) + rest;
              l += lanes;
            }
            float y = rest / factor.get(l);
            l += lanes;
            solved.set(own + i * positions, -y);
            squares = y * y + squares;
          }
          squared.set(n * positions + p, squares);
        }
      }
    }
  }

  /**
   * For each column of {@code x} and each group of {@link #GROUP} rows of {@code y} the minimum
   * squared distance in fp32, {@code min_r Σ_k (x(k, c) − y(r, k))²}; NaN is never the minimum. A
   * thread has four columns, a quarter of them apart, and four rows of its group at a time.
   *
   * @param x {@code [length, columns]}
   * @param y {@code [rows, length]}
   * @param minimum {@code [groups, columns]}
   * @param live columns and rows in use; groups without a row are left alone
   */
  static void minimumDistances(
      FloatArray x, FloatArray y, FloatArray minimum, IntArray live, int columns, int length) {
    int quarter = (columns + 3) / 4;
    int groups = minimum.getSize() / columns;
    for (@Parallel int c = 0; c < quarter; c++) {
      for (@Parallel int g = 0; g < groups; g++) {
        if (c < live.get(0) && g * GROUP < live.get(1)) {
          int c1 = Math.min(c + quarter, columns - 1);
          int c2 = Math.min(c + 2 * quarter, columns - 1);
          int c3 = Math.min(c + 3 * quarter, columns - 1);
          float min0 = Float.POSITIVE_INFINITY;
          float min1 = Float.POSITIVE_INFINITY;
          float min2 = Float.POSITIVE_INFINITY;
          float min3 = Float.POSITIVE_INFINITY;
          for (int r = g * GROUP; r < (g + 1) * GROUP; r += 4) {
            int last = live.get(1) - 1;
            int y0 = Math.min(r, last) * length;
            int y1 = Math.min(r + 1, last) * length;
            int y2 = Math.min(r + 2, last) * length;
            int y3 = Math.min(r + 3, last) * length;
            float s00 = 0;
            float s01 = 0;
            float s02 = 0;
            float s03 = 0;
            float s10 = 0;
            float s11 = 0;
            float s12 = 0;
            float s13 = 0;
            float s20 = 0;
            float s21 = 0;
            float s22 = 0;
            float s23 = 0;
            float s30 = 0;
            float s31 = 0;
            float s32 = 0;
            float s33 = 0;
            for (int k = 0; k < length; k++) {
              float a0 = x.get(k * columns + c);
              float a1 = x.get(k * columns + c1);
              float a2 = x.get(k * columns + c2);
              float a3 = x.get(k * columns + c3);
              float b0 = y.get(y0 + k);
              float b1 = y.get(y1 + k);
              float b2 = y.get(y2 + k);
              float b3 = y.get(y3 + k);
              s00 = squareAdded(a0, b0, s00);
              s01 = squareAdded(a0, b1, s01);
              s02 = squareAdded(a0, b2, s02);
              s03 = squareAdded(a0, b3, s03);
              s10 = squareAdded(a1, b0, s10);
              s11 = squareAdded(a1, b1, s11);
              s12 = squareAdded(a1, b2, s12);
              s13 = squareAdded(a1, b3, s13);
              s20 = squareAdded(a2, b0, s20);
              s21 = squareAdded(a2, b1, s21);
              s22 = squareAdded(a2, b2, s22);
              s23 = squareAdded(a2, b3, s23);
              s30 = squareAdded(a3, b0, s30);
              s31 = squareAdded(a3, b1, s31);
              s32 = squareAdded(a3, b2, s32);
              s33 = squareAdded(a3, b3, s33);
            }
            min0 = minimum(min0, s00, s01, s02, s03);
            min1 = minimum(min1, s10, s11, s12, s13);
            min2 = minimum(min2, s20, s21, s22, s23);
            min3 = minimum(min3, s30, s31, s32, s33);
          }
          int to = g * columns;
          minimum.set(to + c, min0);
          minimum.set(to + c1, min1);
          minimum.set(to + c2, min2);
          minimum.set(to + c3, min3);
        }
      }
    }
  }

  private static float squareAdded(float a, float b, float sum) {
    float difference = a - b;
    return difference * difference + sum;
  }

  private static float minimum(float min, float a, float b, float c, float d) {
    return smaller(smaller(smaller(smaller(min, a), b), c), d);
  }

  private static float smaller(float min, float value) {
    return value < min ? value : min;
  }
}
