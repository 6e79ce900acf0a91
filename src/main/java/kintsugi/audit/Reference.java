package kintsugi.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.engine.Border;
import kintsugi.engine.Filter;
import kintsugi.engine.Upsampling;
import kintsugi.tensor.Tensor;

/**
 * The textbook's formulas in fp64, one output at a time and with nothing shared with the engines:
 * padding is looked up, not skipped; interpolation is in two dimensions at once; borders are made
 * by walking.
 */
final class Reference {
  /** Rounding of an fp32 result that is too small for full precision. */
  private static final double UNDERFLOW = Float.MIN_VALUE;

  private Reference() {}

  /**
   * {@code y[y,x,o] = b[o] + Σ x[y·s−p+kh, x·s−p+kw, i]·w[kh,kw,i,o]}.
   *
   * @param image {@code [1, H, W, I]}
   */
  static Expected convolution(Tensor image, Filter filter, int stride, int padding) {
    int terms = filter.height() * filter.width() * filter.inputs() + 2;
    double gamma = Expected.gamma(terms, Expected.FLOAT);
    Filter magnitude = new Filter(magnitude(filter.weight()), magnitude(filter.bias()));
    double[] bound = sums(magnitude(image), magnitude, stride, padding);
    for (int i = 0; i < bound.length; i++) {
      bound[i] = gamma * bound[i] + terms * UNDERFLOW;
    }
    return new Expected(sums(image, filter, stride, padding), bound);
  }

  private static Tensor magnitude(Tensor tensor) {
    float[] values = tensor.data().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(values[i]);
    }
    return Tensor.of(values, tensor.shape());
  }

  private static double[] sums(Tensor image, Filter filter, int stride, int padding) {
    int[] shape = {image.dim(1), image.dim(2), image.dim(3)};
    double[] in = Bench.doubles(image.data());
    int h = (shape[0] + 2 * padding - filter.height()) / stride + 1;
    int w = (shape[1] + 2 * padding - filter.width()) / stride + 1;
    int outputs = filter.outputs();
    double[] value = new double[h * w * outputs];
    IntStream.range(0, h * w)
        .parallel()
        .forEach(
            position -> {
              int at = position * outputs;
              for (int o = 0; o < outputs; o++) {
                value[at + o] = filter.bias().data()[o];
              }
              int top = position / w * stride - padding;
              int left = position % w * stride - padding;
              addWindow(in, shape, filter, top, left, value, at);
            });
    return value;
  }

  private static void addWindow(
      double[] in, int[] shape, Filter filter, int top, int left, double[] value, int at) {
    for (int k = 0; k < filter.height() * filter.width(); k++) {
      int y = top + k / filter.width();
      int x = left + k % filter.width();
      if (y >= 0 && y < shape[0] && x >= 0 && x < shape[1]) {
        addProducts(in, (y * shape[1] + x) * shape[2], filter, k, value, at);
      }
    }
  }

  /** The products of one window offset. */
  private static void addProducts(
      double[] in, int from, Filter filter, int offset, double[] value, int at) {
    float[] weight = filter.weight().data();
    int outputs = filter.outputs();
    for (int i = 0; i < filter.inputs(); i++) {
      int row = (offset * filter.inputs() + i) * outputs;
      for (int o = 0; o < outputs; o++) {
        value[at + o] += in[from + i] * weight[row + o];
      }
    }
  }

  /**
   * The maximum of each window.
   *
   * @param shape {@code [H, W, C]} of the input
   */
  static double[] maxPool(double[] in, int[] shape, int size, int stride, int padding) {
    int h = shape[0];
    int w = shape[1];
    int c = shape[2];
    int outH = (h + 2 * padding - size) / stride + 1;
    int outW = (w + 2 * padding - size) / stride + 1;
    double[] value = new double[outH * outW * c];
    for (int i = 0; i < value.length; i++) {
      int y = i / c / outW * stride - padding;
      int x = i / c % outW * stride - padding;
      value[i] = Double.NEGATIVE_INFINITY;
      for (int sy = Math.max(0, y); sy < Math.min(h, y + size); sy++) {
        for (int sx = Math.max(0, x); sx < Math.min(w, x + size); sx++) {
          value[i] = Math.max(value[i], in[(sy * w + sx) * c + i % c]);
        }
      }
    }
    return value;
  }

  /** One map {@code [h, w]} enlarged by the definition, in two dimensions at once. */
  static Expected upsample(double[] map, int h, int w, int height, int width, Upsampling how) {
    double[] value = new double[height * width];
    double[] bound = new double[value.length];
    // Two passes of at most four products, and weights that are rounded themselves.
    double gamma = Expected.gamma(16, Expected.FLOAT);
    for (int i = 0; i < value.length; i++) {
      double y = (i / width + 0.5) * h / height - 0.5;
      double x = (i % width + 0.5) * w / width - 0.5;
      if (how == Upsampling.NEAREST) {
        int row = i / width * h / height;
        value[i] = map[row * w + i % width * w / width];
        continue;
      }
      double absolute = 0;
      for (int sy = (int) Math.floor(y) - 1; sy <= Math.floor(y) + 2; sy++) {
        for (int sx = (int) Math.floor(x) - 1; sx <= Math.floor(x) + 2; sx++) {
          double weight = kernel(y - sy, how) * kernel(x - sx, how);
          double product = weight * map[inside(sy, h) * w + inside(sx, w)];
          value[i] += product;
          absolute += Math.abs(product);
        }
      }
      // The weights' own rounding is absolute: a weight near 0 still errs by that of its place.
      bound[i] = gamma * (absolute + Expected.maximum(map)) + UNDERFLOW;
    }
    return new Expected(value, bound);
  }

  private static double kernel(double distance, Upsampling how) {
    double t = Math.abs(distance);
    if (how == Upsampling.BILINEAR) {
      return Math.max(0, 1 - t);
    }
    double a = -0.75;
    if (t <= 1) {
      return (a + 2) * t * t * t - (a + 3) * t * t + 1;
    }
    return t < 2 ? a * t * t * t - 5 * a * t * t + 8 * a * t - 4 * a : 0;
  }

  private static int inside(int at, int length) {
    return Math.min(Math.max(at, 0), length - 1);
  }

  /** One map {@code [h, w]} blurred by {@code exp(−(x² + y²)/2σ²)} of reach 4σ, sum 1. */
  static Expected blur(double[] map, int h, int w, double sigma, Border border) {
    int reach = (int) (4 * sigma + 0.5);
    double sum = 0;
    for (int d = -reach; d <= reach; d++) {
      sum += Math.exp(-0.5 * d * d / (sigma * sigma));
    }
    double[] value = new double[h * w];
    double[] bound = new double[h * w];
    double gamma = Expected.gamma(2 * (2 * reach + 1) + 4, Expected.FLOAT);
    int[] rows = walk(h, reach, border);
    int[] columns = walk(w, reach, border);
    double[] weights = new double[2 * reach + 1];
    for (int d = 0; d < weights.length; d++) {
      weights[d] = Math.exp(-0.5 * (d - reach) * (d - reach) / (sigma * sigma)) / sum;
    }
    for (int i = 0; i < value.length; i++) {
      double absolute = 0;
      for (int dy = 0; dy < weights.length; dy++) {
        for (int dx = 0; dx < weights.length; dx++) {
          double product =
              weights[dy] * weights[dx] * map[rows[i / w + dy] * w + columns[i % w + dx]];
          value[i] += product;
          absolute += Math.abs(product);
        }
      }
      bound[i] = gamma * absolute + UNDERFLOW;
    }
    return new Expected(value, bound);
  }

  /**
   * The places that stand at {@code −reach … length + reach − 1}, read off a written-out period.
   */
  private static int[] walk(int length, int reach, Border border) {
    List<Integer> period = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      period.add(i);
    }
    int back = border == Border.SYMMETRIC ? length - 1 : length - 2;
    for (int i = back; i >= (border == Border.SYMMETRIC ? 0 : 1); i--) {
      period.add(i);
    }
    int[] places = new int[length + 2 * reach];
    for (int i = 0; i < places.length; i++) {
      int at = i - reach;
      places[i] =
          border == Border.REPLICATE
              ? inside(at, length)
              : period.get(Math.floorMod(at, period.size()));
    }
    return places;
  }
}
