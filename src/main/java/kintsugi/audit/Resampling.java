package kintsugi.audit;

import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * The ways in which libraries bring a plane to another size, by their definitions in fp64: weights
 * per output and axis.
 *
 * @param how in words
 * @param lines computes the weights of a line
 */
record Resampling(String how, Lines lines) {
  private static final DoubleUnaryOperator TRIANGLE = x -> Math.max(0, 1 - x);
  private static final DoubleUnaryOperator BOX = x -> x <= 0.5 ? 1 : 0;

  static final Resampling NEAREST = new Resampling("nearest", (in, out) -> nearest(in, out, 0));
  static final Resampling BILINEAR =
      new Resampling("bilinear", (in, out) -> sampled(in, out, 1, TRIANGLE, false));
  static final Resampling BICUBIC =
      new Resampling("bicubic", (in, out) -> sampled(in, out, 2, x -> keys(x, -0.75), false));
  private static final Resampling BILINEAR_ALIGNED =
      new Resampling(
          "bilinear with aligned corners (align_corners)",
          (in, out) -> sampled(in, out, 1, TRIANGLE, true));
  private static final Resampling BICUBIC_ALIGNED =
      new Resampling(
          "bicubic with aligned corners (align_corners)",
          (in, out) -> sampled(in, out, 2, x -> keys(x, -0.75), true));

  /** The ways to enlarge a map or a feature layer. */
  static final List<Resampling> ENLARGING =
      List.of(BILINEAR, NEAREST, BICUBIC, BILINEAR_ALIGNED, BICUBIC_ALIGNED);

  /** The ways to shrink an image, the usual ones first. */
  static final List<Resampling> SHRINKING =
      List.of(
          antialiased("bilinear with antialias", 1, TRIANGLE),
          antialiased("bicubic with antialias", 2, x -> keys(x, -0.5)),
          named(BILINEAR, "bilinear without antialias"),
          named(BILINEAR_ALIGNED, "bilinear without antialias, corners aligned (align_corners)"),
          named(BICUBIC, "bicubic without antialias"),
          named(BICUBIC_ALIGNED, "bicubic without antialias, corners aligned (align_corners)"),
          antialiased("means of areas", 0.5, BOX),
          NEAREST,
          new Resampling("nearest to the pixels' centres", (in, out) -> nearest(in, out, 0.5)));

  /** Computes the weights of a line. */
  interface Lines {
    Line of(int in, int out);
  }

  /**
   * A line.
   *
   * @param index per output its inputs
   * @param weight per output their weights
   */
  record Line(int[][] index, double[][] weight) {}

  private static Resampling named(Resampling way, String how) {
    return new Resampling(how, way.lines);
  }

  private static double keys(double x, double a) {
    if (x <= 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  }

  /** The input at {@code ⌊(i + shift)·in/out⌋}. */
  private static Line nearest(int in, int out, double shift) {
    int[][] index = new int[out][];
    double[][] weight = new double[out][];
    for (int i = 0; i < out; i++) {
      index[i] = new int[] {Math.min(in - 1, (int) ((i + shift) * in / out))};
      weight[i] = new double[] {1};
    }
    return new Line(index, weight);
  }

  /** The filter at its own width, whatever the scale; the edge is replicated. */
  private static Line sampled(
      int in, int out, int reach, DoubleUnaryOperator filter, boolean aligned) {
    int[][] index = new int[out][2 * reach];
    double[][] weight = new double[out][2 * reach];
    for (int i = 0; i < out; i++) {
      double centre =
          aligned ? (double) i * (in - 1) / Math.max(1, out - 1) : (i + 0.5) * in / out - 0.5;
      int first = (int) Math.floor(centre) - reach + 1;
      for (int k = 0; k < 2 * reach; k++) {
        index[i][k] = Math.clamp(first + k, 0, in - 1);
        weight[i][k] = filter.applyAsDouble(Math.abs(centre - (first + k)));
      }
    }
    return new Line(index, weight);
  }

  /** The filter stretched by the scale, its weights inside the image scaled to the sum 1. */
  private static Resampling antialiased(String how, double support, DoubleUnaryOperator filter) {
    return new Resampling(
        how,
        (in, out) -> {
          double scale = (double) in / out;
          double stretch = Math.max(1, scale);
          int[][] index = new int[out][];
          double[][] weight = new double[out][];
          for (int i = 0; i < out; i++) {
            double centre = (i + 0.5) * scale;
            int first = Math.max(0, (int) (centre - support * stretch + 0.5));
            int end = Math.min(in, (int) (centre + support * stretch + 0.5));
            index[i] = new int[end - first];
            weight[i] = new double[end - first];
            double sum = 0;
            for (int k = 0; k < index[i].length; k++) {
              index[i][k] = first + k;
              weight[i][k] = filter.applyAsDouble(Math.abs((first + k + 0.5 - centre) / stretch));
              sum += weight[i][k];
            }
            for (int k = 0; k < index[i].length; k++) {
              weight[i][k] /= sum;
            }
          }
          return new Line(index, weight);
        });
  }

  /**
   * The plane {@code [h, w]} at another size.
   *
   * @return {@code [height, width]}
   */
  double[] apply(double[] plane, int h, int w, int height, int width) {
    return columns(rows(plane, h, w, width), h, width, height);
  }

  private double[] rows(double[] plane, int h, int w, int width) {
    Line line = lines.of(w, width);
    double[] out = new double[h * width];
    for (int i = 0; i < out.length; i++) {
      int[] index = line.index[i % width];
      double[] weight = line.weight[i % width];
      int row = i / width * w;
      for (int k = 0; k < index.length; k++) {
        out[i] += weight[k] * plane[row + index[k]];
      }
    }
    return out;
  }

  private double[] columns(double[] plane, int h, int width, int height) {
    Line line = lines.of(h, height);
    double[] out = new double[height * width];
    for (int y = 0; y < height; y++) {
      for (int k = 0; k < line.index[y].length; k++) {
        double by = line.weight[y][k];
        int row = line.index[y][k] * width;
        for (int x = 0; x < width; x++) {
          out[y * width + x] += by * plane[row + x];
        }
      }
    }
    return out;
  }
}
