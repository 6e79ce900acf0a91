package kintsugi.audit;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import kintsugi.engine.Engine;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;

/** The audit of convolution, max-pool and mean, one layer at a time. */
final class ConvolutionAudit {
  /**
   * {@code |Bᵀ|}, {@code |G|} and {@code |Aᵀ|} of Winograd's F(2x2, 3x3) and F(4x4, 3x3) after
   * Lavin and Gray, section 4: the growth of rounding errors on their way through the transforms.
   */
  private static final double[][][] F2 = {
    {{1, 0, 1, 0}, {0, 1, 1, 0}, {0, 1, 1, 0}, {0, 1, 0, 1}},
    {{1, 0, 0}, {.5, .5, .5}, {.5, .5, .5}, {0, 0, 1}},
    {{1, 1, 1, 0}, {0, 1, 1, 1}}
  };

  private static final double[][][] F4 = {
    {
      {4, 0, 5, 0, 1, 0},
      {0, 4, 4, 1, 1, 0},
      {0, 4, 4, 1, 1, 0},
      {0, 2, 1, 2, 1, 0},
      {0, 2, 1, 2, 1, 0},
      {0, 4, 0, 5, 0, 1}
    },
    {
      {1 / 4., 0, 0},
      {1 / 6., 1 / 6., 1 / 6.},
      {1 / 6., 1 / 6., 1 / 6.},
      {1 / 24., 1 / 12., 1 / 6.},
      {1 / 24., 1 / 12., 1 / 6.},
      {0, 0, 1}
    },
    {{1, 1, 1, 1, 1, 0}, {0, 1, 1, 2, 2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, 1, 8, 8, 1}}
  };

  /** Additions and roundings of both transforms, in addition to the sum over the channels. */
  private static final int TRANSFORM_ROUNDINGS = 24;

  private ConvolutionAudit() {}

  private record Shape(
      String name, int h, int w, int in, int out, int size, int stride, int padding) {}

  private static final List<Shape> SHAPES =
      List.of(
          new Shape("stem 7x7/2", 64, 64, 3, 64, 7, 2, 3),
          new Shape("layer1 3x3", 56, 56, 64, 64, 3, 1, 1),
          new Shape("layer2 3x3/2", 56, 56, 64, 128, 3, 2, 1),
          new Shape("layer2 1x1/2", 56, 56, 64, 128, 1, 2, 0),
          new Shape("layer3 3x3", 14, 14, 256, 256, 3, 1, 1),
          new Shape("odd 3x3", 13, 19, 64, 32, 3, 1, 1),
          new Shape("one position", 1, 1, 64, 32, 3, 1, 1));

  private enum Values {
    UNIFORM,
    CANCELLING,
    LARGE,
    TINY,
    ZEROS
  }

  static void run(Bench bench) {
    for (Shape shape : SHAPES) {
      convolution(bench, shape, Values.UNIFORM);
    }
    Shape small = new Shape("3x3", 9, 11, 64, 32, 3, 1, 1);
    for (Values values : Values.values()) {
      convolution(bench, small, values);
    }
    pooling(bench);
  }

  private static Tensor values(Values kind, Random random, int... shape) {
    Tensor tensor = Bench.random(random, shape);
    for (int i = 0; i < tensor.size(); i++) {
      float v = tensor.data()[i];
      tensor.data()[i] =
          switch (kind) {
            case UNIFORM -> v;
            // Neighbouring channels almost cancel, so that little but rounding is left.
            case CANCELLING -> i % 2 == 0 ? 1000 + v / 1000 : -1000 + v / 1000;
            case LARGE -> v * 1e15f;
            case TINY -> v * 1e-38f;
            case ZEROS -> i % 2 == 0 ? 0f : -0f;
          };
    }
    return tensor;
  }

  private static void convolution(Bench bench, Shape s, Values kind) {
    Random random = new Random(s.h * 31L + s.in);
    Filter filter =
        new Filter(Bench.random(random, s.size, s.size, s.in, s.out), Bench.random(random, s.out));
    Tensor images = values(kind, random, 1, s.h, s.w, s.in);
    List<Layer> layers =
        List.of(
            new Layer.Convolution("a", Network.INPUT, null, filter, s.stride, s.padding, false),
            new Layer.Convolution("b", Network.INPUT, "a", filter, s.stride, s.padding, true));
    Network network = new Network(layers, List.of("a", "b"));
    Expected plain = Reference.convolution(images, filter, s.stride, s.padding);
    boolean can = s.size == 3 && s.stride == 1;
    double[] growth = can ? larger(plain.bound(), growth(images, filter)) : null;
    for (Bench.Candidate candidate : bench.candidates()) {
      Map<String, Tensor> out = candidate.engine().prepare(network).run(images);
      boolean winograd = candidate.winograd() && can;
      Expected expected = winograd ? new Expected(plain.value(), growth) : plain;
      String subject =
          s.name + " " + s.in + "→" + s.out + ", " + kind.name().toLowerCase(Locale.ROOT);
      String bound = winograd ? "γ(C+24)·|Aᵀ|(|G||g|⊙|Bᵀ||d|)|A|" : "γ(n+2)·Σ|x·w|";
      String reference = "fp64 definition";
      double[] result = data(out.get("a"));
      bench.compare(candidate.name(), subject, reference, bound, result, expected);
      bench.compare(
          candidate.name(),
          subject + ", + residual, ReLU",
          reference,
          bound,
          data(out.get("b")),
          fused(expected, result));
    }
  }

  /** {@code max(0, y + r)}, one rounding more. */
  private static Expected fused(Expected plain, double[] residual) {
    double[] value = new double[residual.length];
    double[] bound = new double[residual.length];
    for (int i = 0; i < value.length; i++) {
      double sum = plain.value()[i] + residual[i];
      value[i] = Math.max(0, sum);
      bound[i] = plain.bound()[i] + 2 * Expected.FLOAT * (Math.abs(sum) + plain.bound()[i]);
    }
    return new Expected(value, bound);
  }

  private static double[] data(Tensor tensor) {
    return Bench.doubles(tensor.data());
  }

  private static double[] larger(double[] a, double[] b) {
    double[] larger = a.clone();
    for (int i = 0; i < larger.length; i++) {
      larger[i] = Math.max(larger[i], b[i]);
    }
    return larger;
  }

  /**
   * The componentwise bound of Winograd's way: all values replaced by their magnitudes. The larger
   * of both transforms', since an engine may use either.
   */
  private static double[] growth(Tensor images, Filter filter) {
    return larger(growth(images, filter, F2), growth(images, filter, F4));
  }

  private static double[] growth(Tensor images, Filter filter, double[][][] f) {
    double[][] b = f[0];
    int out = f[2].length;
    int in = b.length;
    int h = images.dim(1);
    int w = images.dim(2);
    int inputs = filter.inputs();
    int outputs = filter.outputs();
    double[][] weights = new double[inputs * outputs][];
    for (int i = 0; i < weights.length; i++) {
      double[] g = new double[9];
      for (int k = 0; k < 9; k++) {
        g[k] = Math.abs(filter.weight().data()[k * weights.length + i]);
      }
      weights[i] = transform(f[1], g, 3);
    }
    double gamma = Expected.gamma(inputs + TRANSFORM_ROUNDINGS, Expected.FLOAT);
    double[] bound = new double[h * w * outputs];
    for (int top = 0; top < h; top += out) {
      for (int left = 0; left < w; left += out) {
        double[][] sums = new double[outputs][in * in];
        for (int i = 0; i < inputs; i++) {
          double[] d = new double[in * in];
          for (int k = 0; k < d.length; k++) {
            int y = top + k / in - 1;
            int x = left + k % in - 1;
            boolean inside = y >= 0 && y < h && x >= 0 && x < w;
            d[k] = inside ? Math.abs(images.data()[(y * w + x) * inputs + i]) : 0;
          }
          double[] transformed = transform(b, d, in);
          for (int o = 0; o < outputs; o++) {
            double[] weight = weights[i * outputs + o];
            for (int k = 0; k < transformed.length; k++) {
              sums[o][k] += transformed[k] * weight[k];
            }
          }
        }
        for (int o = 0; o < outputs; o++) {
          double[] y = transform(f[2], sums[o], in);
          for (int k = 0; k < y.length; k++) {
            int row = top + k / out;
            int column = left + k % out;
            if (row < h && column < w) {
              bound[(row * w + column) * outputs + o] = gamma * y[k];
            }
          }
        }
      }
    }
    return bound;
  }

  /** {@code M·x·Mᵀ} for a square {@code x}. */
  private static double[] transform(double[][] m, double[] x, int side) {
    int rows = m.length;
    double[] half = new double[rows * side];
    for (int r = 0; r < rows; r++) {
      for (int k = 0; k < side; k++) {
        for (int c = 0; c < side; c++) {
          half[r * side + c] += m[r][k] * x[k * side + c];
        }
      }
    }
    double[] whole = new double[rows * rows];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < rows; c++) {
        for (int k = 0; k < side; k++) {
          whole[r * rows + c] += half[r * side + k] * m[c][k];
        }
      }
    }
    return whole;
  }

  private static void pooling(Bench bench) {
    for (int[] size : new int[][] {{56, 56, 64}, {7, 5, 3}}) {
      Tensor image = Bench.random(new Random(size[0]), 1, size[0], size[1], size[2]);
      for (int i = 0; i < image.size(); i++) {
        // Below zero everywhere, so that a padding with zeros would win.
        image.data()[i] -= 2;
      }
      List<Layer> layers =
          List.of(
              new Layer.MaxPool("pool", Network.INPUT, 3, 2, 1),
              new Layer.GlobalAverage("mean", Network.INPUT));
      Network network = new Network(layers, List.of("pool", "mean"));
      double[] means = new double[size[2]];
      double[] bound = new double[size[2]];
      for (int i = 0; i < image.size(); i++) {
        means[i % size[2]] += image.data()[i] / (double) (size[0] * size[1]);
      }
      for (int c = 0; c < means.length; c++) {
        bound[c] = 2 * Expected.FLOAT * Math.abs(means[c]);
      }
      for (Bench.Candidate candidate : bench.candidates()) {
        Engine engine = candidate.engine();
        Map<String, Tensor> out = engine.prepare(network).run(image);
        String subject = size[0] + "x" + size[1] + "x" + size[2];
        bench.compare(
            candidate.name(),
            "max-pool 3x3/2 of " + subject,
            "definition",
            "equal bits",
            data(out.get("pool")),
            Expected.exactly(Reference.maxPool(data(image), size, 3, 2, 1)));
        bench.compare(
            candidate.name(),
            "mean of " + subject,
            "fp64 definition",
            "2u·|mean|",
            data(out.get("mean")),
            new Expected(means, bound));
      }
    }
  }
}
