package kintsugi.tornado;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The kernels for the layers of a network ({@code kintsugi.engine.Layer}), batch by batch. */
final class NetworkKernels {
  /** Flag of {@link #convolve}: negative results become zero. */
  static final int RELU = 1;

  /** Flag of {@link #convolve}: there is a residual. */
  static final int RESIDUAL = 2;

  private NetworkKernels() {}

  /**
   * A convolution of NHWC images with its bias, residual and ReLU ({@code
   * kintsugi.engine.Layer.Convolution}). A thread has four consecutive pixels and four channels
   * that are a quarter of the channels apart, so that neighbouring threads read and write
   * neighbouring channels. In place of pixels and channels beyond the last it computes the last
   * once more, with the same result.
   *
   * @param in {@code [N, height, width, inputs]}
   * @param weight {@code [windowHeight, windowWidth, inputs, outputs]}
   * @param bias {@code [outputs]}
   * @param residual as {@code out}; any array if the flag is not set
   * @param out {@code [N, outHeight, outWidth, outputs]}
   * @param live {@code [0]}: images in use
   */
  static void convolve(
      FloatArray in,
      FloatArray weight,
      FloatArray bias,
      FloatArray residual,
      FloatArray out,
      IntArray live,
      int height,
      int width,
      int inputs,
      int outputs,
      int windowHeight,
      int windowWidth,
      int stride,
      int padding,
      int flags) {
    int outHeight = (height + 2 * padding - windowHeight) / stride + 1;
    int outWidth = (width + 2 * padding - windowWidth) / stride + 1;
    int columns = (outputs + 3) / 4;
    int tiles = (out.getSize() / outputs + 3) / 4;
    for (@Parallel int o = 0; o < columns; o++) {
      for (@Parallel int t = 0; t < tiles; t++) {
        int pixels = live.get(0) * outHeight * outWidth;
        int p = 4 * t;
        if (p < pixels) {
          int p1 = Math.min(p + 1, pixels - 1);
          int p2 = Math.min(p + 2, pixels - 1);
          int p3 = Math.min(p + 3, pixels - 1);
          int o1 = Math.min(o + columns, outputs - 1);
          int o2 = Math.min(o + 2 * columns, outputs - 1);
          int o3 = Math.min(o + 3 * columns, outputs - 1);
          float s00 = bias.get(o);
          float s01 = bias.get(o1);
          float s02 = bias.get(o2);
          float s03 = bias.get(o3);
          float s10 = s00;
          float s11 = s01;
          float s12 = s02;
          float s13 = s03;
          float s20 = s00;
          float s21 = s01;
          float s22 = s02;
          float s23 = s03;
          float s30 = s00;
          float s31 = s01;
          float s32 = s02;
          float s33 = s03;
          int w = 0;
          for (int ky = 0; ky < windowHeight; ky++) {
            for (int kx = 0; kx < windowWidth; kx++) {
              int y = ky - padding;
              int x = kx - padding;
              int a = source(p, y, x, outHeight, outWidth, stride, height, width, inputs);
              int a1 = source(p1, y, x, outHeight, outWidth, stride, height, width, inputs);
              int a2 = source(p2, y, x, outHeight, outWidth, stride, height, width, inputs);
              int a3 = source(p3, y, x, outHeight, outWidth, stride, height, width, inputs);
              for (int i = 0; i < inputs; i++) {
                float v = a < 0 ? 0 : in.get(a + i);
                float v1 = a1 < 0 ? 0 : in.get(a1 + i);
                float v2 = a2 < 0 ? 0 : in.get(a2 + i);
                float v3 = a3 < 0 ? 0 : in.get(a3 + i);
                float w0 = weight.get(w + o);
                float w1 = weight.get(w + o1);
                float w2 = weight.get(w + o2);
                float w3 = weight.get(w + o3);
                w += outputs;
                s00 = v * w0 + s00;
                s01 = v * w1 + s01;
                s02 = v * w2 + s02;
                s03 = v * w3 + s03;
                s10 = v1 * w0 + s10;
                s11 = v1 * w1 + s11;
                s12 = v1 * w2 + s12;
                s13 = v1 * w3 + s13;
                s20 = v2 * w0 + s20;
                s21 = v2 * w1 + s21;
                s22 = v2 * w2 + s22;
                s23 = v2 * w3 + s23;
                s30 = v3 * w0 + s30;
                s31 = v3 * w1 + s31;
                s32 = v3 * w2 + s32;
                s33 = v3 * w3 + s33;
              }
            }
          }
          put(out, residual, flags, p * outputs, o, o1, o2, o3, s00, s01, s02, s03);
          put(out, residual, flags, p1 * outputs, o, o1, o2, o3, s10, s11, s12, s13);
          put(out, residual, flags, p2 * outputs, o, o1, o2, o3, s20, s21, s22, s23);
          put(out, residual, flags, p3 * outputs, o, o1, o2, o3, s30, s31, s32, s33);
        }
      }
    }
  }

  /**
   * Where the channels of a pixel of a window start, or −1 outside the image.
   *
   * @param p the pixel of the result, over all images
   * @param y the row within the window, minus the padding
   * @param x the column within the window, minus the padding
   */
  private static int source(
      int p,
      int y,
      int x,
      int outHeight,
      int outWidth,
      int stride,
      int height,
      int width,
      int channels) {
    int row = p / outWidth % outHeight * stride + y;
    int column = p % outWidth * stride + x;
    int image = p / (outWidth * outHeight);
    boolean inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? ((image * height + row) * width + column) * channels : -1;
  }

  /** Four channels of the pixel that begins at {@code p}. */
  private static void put(
      FloatArray out,
      FloatArray residual,
      int flags,
      int p,
      int o,
      int o1,
      int o2,
      int o3,
      float s,
      float s1,
      float s2,
      float s3) {
    put(out, residual, flags, p + o, s);
    put(out, residual, flags, p + o1, s1);
    put(out, residual, flags, p + o2, s2);
    put(out, residual, flags, p + o3, s3);
  }

  private static void put(FloatArray out, FloatArray residual, int flags, int at, float sum) {
    float value = (flags & RESIDUAL) != 0 ? sum + residual.get(at) : sum;
    out.set(at, (flags & RELU) != 0 ? relu(value) : value);
  }

  /** NaN remains NaN, as in Java's {@code Math.max}; a device's maximum would drop it. */
  private static float relu(float value) {
    return value > 0 || value != value ? value : 0;
  }

  /**
   * The maximum over a window ({@code kintsugi.engine.Layer.MaxPool}).
   *
   * @param in {@code [N, height, width, channels]}
   * @param out {@code [N, outHeight, outWidth, channels]}
   * @param live {@code [0]}: images in use
   */
  static void maxPool(
      FloatArray in,
      FloatArray out,
      IntArray live,
      int height,
      int width,
      int channels,
      int size,
      int stride,
      int padding) {
    int outHeight = (height + 2 * padding - size) / stride + 1;
    int outWidth = (width + 2 * padding - size) / stride + 1;
    int pixels = out.getSize() / channels;
    for (@Parallel int c = 0; c < channels; c++) {
      for (@Parallel int p = 0; p < pixels; p++) {
        if (p < live.get(0) * outHeight * outWidth) {
          float max = Float.NEGATIVE_INFINITY;
          for (int ky = 0; ky < size; ky++) {
            for (int kx = 0; kx < size; kx++) {
              int y = ky - padding;
              int x = kx - padding;
              int a = source(p, y, x, outHeight, outWidth, stride, height, width, channels);
              float value = a < 0 ? Float.NEGATIVE_INFINITY : in.get(a + c);
              max = value > max || value != value ? value : max;
            }
          }
          out.set(p * channels + c, max);
        }
      }
    }
  }

  /**
   * {@code max(0, a + b)}.
   *
   * @param a {@code [N, size]}
   * @param b {@code [N, size]}
   * @param out {@code [N, size]}
   * @param live {@code [0]}: images in use
   * @param size elements per image
   */
  static void addRelu(FloatArray a, FloatArray b, FloatArray out, IntArray live, int size) {
    for (@Parallel int i = 0; i < out.getSize(); i++) {
      if (i < live.get(0) * size) {
        out.set(i, relu(a.get(i) + b.get(i)));
      }
    }
  }

  /**
   * The mean of every channel over all positions. The specification sums in fp64, which not every
   * device has; here the rounding error of each fp32 addition is carried along (Kahan).
   *
   * @param in {@code [N, positions, channels]}
   * @param out {@code [N, channels]}
   * @param live {@code [0]}: images in use
   */
  static void average(FloatArray in, FloatArray out, IntArray live, int positions, int channels) {
    for (@Parallel int i = 0; i < out.getSize(); i++) {
      if (i < live.get(0) * channels) {
        int from = i / channels * positions * channels + i % channels;
        float sum = 0;
        float lost = 0;
        for (int p = 0; p < positions; p++) {
          float value = in.get(from + p * channels) - lost;
          float next = sum + value;
          lost = next - sum - value;
          sum = next;
        }
        out.set(i, sum / positions);
      }
    }
  }
}
