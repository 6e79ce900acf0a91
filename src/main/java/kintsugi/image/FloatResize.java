package kintsugi.image;

import kintsugi.tensor.Tensor;

/**
 * Resizing in fp32, as torch resizes an image that is a tensor of values from 0 to 1: rows first,
 * then columns, and nothing is rounded between them or afterwards. With antialiasing the filter is
 * stretched by the scale, as Pillow's is; without, a resized pixel lies between its nearest ones.
 *
 * <p>Source: {@code UpSampleKernel.cpp} of PyTorch, {@code _upsample_bilinear2d_aa} and {@code
 * upsample_bilinear2d} with {@code align_corners=False}.
 */
final class FloatResize {
  private static final float WHITE = 255;

  private FloatResize() {}

  /**
   * A part of a resized image; the rest is not computed.
   *
   * @return {@code [height, width, 3]}, from 0 to 1
   */
  static Tensor part(
      Pixels image, int width, int height, Interpolation interpolation, Resize.Part wanted) {
    Line across = new Line(image.width(), width, interpolation);
    Line down = new Line(image.height(), height, interpolation);
    int stride = wanted.width() * 3;
    Tensor out = Tensor.zeros(wanted.height(), wanted.width(), 3);
    float[][] rows = new float[image.height()][];
    int done = 0;
    for (int y = 0; y < wanted.height(); y++) {
      float[] weights = down.weights[wanted.top() + y];
      int first = down.first[wanted.top() + y];
      for (; done < first; done++) {
        rows[done] = null;
      }
      for (int k = 0; k < weights.length; k++) {
        int row = first + k;
        if (rows[row] == null) {
          rows[row] = filtered(image, row, across, wanted);
        }
        for (int i = 0; i < stride; i++) {
          out.data()[y * stride + i] += weights[k] * rows[row][i];
        }
      }
    }
    return out;
  }

  /** A source row, filtered and cut. */
  private static float[] filtered(Pixels image, int y, Line across, Resize.Part wanted) {
    float[] out = new float[wanted.width() * 3];
    int row = y * image.width() * 3;
    for (int x = 0; x < wanted.width(); x++) {
      float[] weights = across.weights[wanted.left() + x];
      int from = row + across.first[wanted.left() + x] * 3;
      for (int k = 0; k < weights.length; k++) {
        for (int c = 0; c < 3; c++) {
          out[3 * x + c] += weights[k] * ((image.rgb()[from + 3 * k + c] & 0xff) / WHITE);
        }
      }
    }
    return out;
  }

  /** The filter of a line: per output pixel its first source pixel, and the weights. */
  private static final class Line {
    final int[] first;

    /** {@code [out][taps]}. */
    final float[][] weights;

    Line(int in, int out, Interpolation interpolation) {
      first = new int[out];
      weights = new float[out][];
      double scale = (double) in / out;
      double stretch = interpolation.isAntialiased() ? Math.max(1, scale) : 1;
      double support = interpolation.support() * stretch;
      for (int i = 0; i < out; i++) {
        double centre = (i + 0.5) * scale;
        first[i] = Math.clamp((long) (centre - support + 0.5), 0, in - 1);
        int end = Math.clamp((long) (centre + support + 0.5), first[i] + 1, in);
        double[] exact = new double[end - first[i]];
        double sum = 0;
        for (int k = 0; k < exact.length; k++) {
          exact[k] = interpolation.weight((k + first[i] - centre + 0.5) / stretch);
          sum += exact[k];
        }
        weights[i] = new float[exact.length];
        for (int k = 0; k < exact.length; k++) {
          weights[i][k] = (float) (exact[k] / sum);
        }
      }
    }
  }
}
