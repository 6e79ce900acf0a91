package kintsugi.book;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Engines;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The figures and tables of part VI. */
class FloatFiguresTest {
  private static final String CHAPTER = "6-floats";
  private static final double U = 0x1p-24;
  private static final int[] DEPTHS = {9, 16, 32, 64, 147, 288, 576, 1152, 2304, 4608};

  @AfterAll
  static void release() {
    Example.release();
  }

  @Test
  void orders() throws IOException {
    float a = 1e8f;
    float b = 1f;
    StringBuilder rows =
        new StringBuilder("| sum of 100000000, 1 and −100000000 | result |\n|---|---|\n");
    rows.append("| (100000000 + 1) − 100000000 | %s |\n".formatted(text((a + b) - a)));
    rows.append("| (100000000 − 100000000) + 1 | %s |\n".formatted(text((a - a) + b)));
    Book.table(CHAPTER, "orders", rows.toString());

    Random random = new Random(1);
    float[] x = products(576, random);
    float[] w = products(576, random);
    float forward = dot(x, w, 1);
    StringBuilder lanes = new StringBuilder("| order of the 576 products | sum |\n|---|---|\n");
    lanes.append("| one after the other | %s |\n".formatted(Float.toString(forward)));
    for (int count : new int[] {4, 8, 16}) {
      lanes.append(
          "| %d interleaved partial sums, then those | %s |\n"
              .formatted(count, Float.toString(dot(x, w, count))));
    }
    lanes.append("| in fp64, one after the other | %s |\n".formatted(Double.toString(exact(x, w))));
    Book.table(CHAPTER, "lanes", lanes.toString());
    assertThat(IntStream.of(4, 8, 16).anyMatch(count -> dot(x, w, count) != forward)).isTrue();
  }

  private static String text(float value) {
    return value == 0 ? "0" : Float.toString(value);
  }

  private static float[] products(int count, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The products' sum by fma in a number of interleaved partial sums, as a register's lanes do. */
  private static float dot(float[] x, float[] w, int lanes) {
    float[] sums = new float[lanes];
    for (int i = 0; i < x.length; i++) {
      sums[i % lanes] = Math.fma(x[i], w[i], sums[i % lanes]);
    }
    float sum = 0;
    for (float lane : sums) {
      sum += lane;
    }
    return sum;
  }

  /** The relative error of rounding a number to fp32. */
  private static double roundingError(double x) {
    return Math.abs((float) x - x) / Math.abs(x);
  }

  @Test
  void roundingIsWithinTheUnitRoundoff() {
    Random random = new Random(3);
    double worst = 0;
    for (int draw = 0; draw < 100_000; draw++) {
      worst = Math.max(worst, roundingError(StrictMath.exp(40 * random.nextDouble() - 20)));
    }
    assertThat(worst).isBetween(0.9 * U, U);
  }

  /** Two outputs of a window of three by four multiplications, of x by what depends on w alone. */
  private static float[] twoOutputs(float[] x, float[] w) {
    float half = (w[0] + w[1] + w[2]) / 2;
    float alternating = (w[0] - w[1] + w[2]) / 2;
    float m1 = (x[0] - x[2]) * w[0];
    float m2 = (x[1] + x[2]) * half;
    float m3 = (x[2] - x[1]) * alternating;
    float m4 = (x[1] - x[3]) * w[2];
    return new float[] {m1 + m2 + m3, m2 - m3 - m4};
  }

  /** Of small integers, on which fp32 is exact. */
  @Test
  void fourMultiplicationsAreEnough() {
    Random random = new Random(4);
    for (int draw = 0; draw < 1000; draw++) {
      float[] x = new float[4];
      float[] w = new float[3];
      for (int i = 0; i < 4; i++) {
        x[i] = random.nextInt(200) - 100;
        w[i % 3] = random.nextInt(200) - 100;
      }
      assertThat(twoOutputs(x, w))
          .containsExactly(
              x[0] * w[0] + x[1] * w[1] + x[2] * w[2], x[1] * w[0] + x[2] * w[1] + x[3] * w[2]);
    }
  }

  /** The bound of the relative error of a sum of n products. */
  private static double gamma(int n) {
    return n * U / (1 - n * U);
  }

  private static double exact(float[] x, float[] w) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (double) x[i] * w[i];
    }
    return sum;
  }

  /** The maximum error of 400 sums of each depth, and the bound, both over Σ|xw|. */
  @Test
  void bounds() throws IOException {
    Random random = new Random(2);
    double[] depths = new double[DEPTHS.length];
    double[] worst = new double[DEPTHS.length];
    double[] typical = new double[DEPTHS.length];
    double[] bound = new double[DEPTHS.length];
    for (int d = 0; d < DEPTHS.length; d++) {
      int n = DEPTHS[d];
      depths[d] = StrictMath.log(n) / StrictMath.log(2);
      bound[d] = gamma(n);
      for (int draw = 0; draw < 400; draw++) {
        float[] x = products(n, random);
        float[] w = products(n, random);
        double magnitude = 0;
        for (int i = 0; i < n; i++) {
          magnitude += Math.abs((double) x[i] * w[i]);
        }
        double error = Math.abs(dot(x, w, 1) - exact(x, w)) / magnitude;
        worst[d] = Math.max(worst[d], error);
        typical[d] += error / 400;
      }
      assertThat(worst[d]).isLessThan(bound[d]);
    }
    Figure figure = new Figure(660, 380, "Error of a sum of products against its bound");
    figure
        .plot(90, 30, 530, 290)
        .across("number of products, as a power of two", 3, 12.5, 4, 6, 8, 10, 12)
        .upLog("error / Σ|x·w|", 1e-9, 1e-3, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
        .line(depths, bound, Figure.ORANGE, true)
        .line(depths, worst, Figure.BLUE, false)
        .line(depths, typical, Figure.GREY, false)
        .note(8, 6e-5, Figure.ORANGE, "bound γ")
        .note(6.2, 1.9e-7, Figure.BLUE, "maximum of 400")
        .note(8, 1.2e-8, Figure.GREY, "mean");
    Book.figure("floats-bounds", figure);
  }

  /** A real convolution (layer1.0.conv1, its real input) by three algorithms against fp64. */
  @Test
  void winograd() throws IOException {
    Network whole =
        ResNet.network(Example.kintsugi().session().weights(), List.of("stem", "layer1"));
    Layer.Convolution layer =
        (Layer.Convolution)
            whole.layers().stream()
                .filter(l -> l.output().equals("layer1.0.conv1"))
                .findFirst()
                .orElseThrow();
    Tensor input =
        Example.features(Example.TEST.get(31), Example.PLAIN, List.of(layer.input()))
            .get(layer.input());
    double[][] reference = reference(layer.filter(), input);
    double most = 0;
    for (double value : reference[0]) {
      most = Math.max(most, Math.abs(value));
    }
    Network alone =
        new Network(
            List.of(new Layer.Convolution("out", Network.INPUT, null, layer.filter(), 1, 1, false)),
            List.of("out"));
    StringBuilder rows =
        new StringBuilder(
            """
            | algorithm | multiplications per output and channel | mean error | maximum error | maximum error / maximum of the layer |
            |---|---|---|---|---|
            """);
    Figure figure = new Figure(660, 360, "Distribution of the errors of three convolutions");
    Plot plot =
        figure
            .plot(80, 30, 540, 270)
            .across("error, as a power of ten", -9, -5, -9, -8, -7, -6, -5)
            .up("fraction of outputs with a smaller error", 0, 1, 0, 0.25, 0.5, 0.75, 1);
    String[] colours = {Figure.BLUE, Figure.GREEN, Figure.ORANGE};
    String[] names = {"direct", "Winograd F(2x2, 3x3)", "Winograd F(4x4, 3x3)"};
    String[] work = {"9", "4", "2.25"};
    int which = 0;
    try (Parallel parallel = new Parallel(1)) {
      for (Convolutions how : Convolutions.values()) {
        Engine engine = Engines.choose("vector", parallel, how, line -> {}).engine();
        float[] out = engine.prepare(alone).run(input).get("out").data();
        double sum = 0;
        double maximum = 0;
        int[] bins = new int[81];
        for (int i = 0; i < out.length; i++) {
          double error = Math.abs(out[i] - reference[0][i]);
          sum += error;
          maximum = Math.max(maximum, error);
          double power = error == 0 ? -9 : StrictMath.log10(error);
          bins[Math.clamp((int) Math.ceil((power + 9) * 20), 0, 80)]++;
          if (how == Convolutions.DIRECT) {
            assertThat(error).isLessThanOrEqualTo(gamma(578) * reference[1][i]);
          }
        }
        double[] x = new double[81];
        double[] y = new double[81];
        long below = 0;
        for (int b = 0; b <= 80; b++) {
          below += bins[b];
          x[b] = -9 + b / 20.0;
          y[b] = (double) below / out.length;
        }
        plot.line(x, y, colours[which], which == 1);
        plot.note(-8.9, 0.93 - 0.09 * which, colours[which], names[which]);
        rows.append(
            String.format(
                Locale.ROOT,
                "| %s | %s | %.1e | %.1e | %.1e |%n",
                names[which],
                work[which],
                sum / out.length,
                maximum,
                maximum / most));
        which++;
      }
    }
    Book.figure("floats-winograd", figure);
    Book.table(CHAPTER, "winograd", rows.toString());
  }

  /** The convolution in fp64, and the sum of the products' magnitudes. */
  private static double[][] reference(Filter filter, Tensor in) {
    int side = in.dim(1);
    int inputs = filter.inputs();
    int outputs = filter.outputs();
    double[] sums = new double[side * side * outputs];
    double[] magnitudes = new double[sums.length];
    float[] weight = filter.weight().data();
    for (int p = 0; p < side * side; p++) {
      for (int o = 0; o < outputs; o++) {
        sums[p * outputs + o] = filter.bias().data()[o];
        magnitudes[p * outputs + o] = Math.abs(filter.bias().data()[o]);
      }
      for (int k = 0; k < 9; k++) {
        int y = p / side + k / 3 - 1;
        int x = p % side + k % 3 - 1;
        if (y < 0 || y >= side || x < 0 || x >= side) {
          continue;
        }
        for (int i = 0; i < inputs; i++) {
          double value = in.data()[(y * side + x) * inputs + i];
          for (int o = 0; o < outputs; o++) {
            double product = value * weight[(k * inputs + i) * outputs + o];
            sums[p * outputs + o] += product;
            magnitudes[p * outputs + o] += Math.abs(product);
          }
        }
      }
    }
    return new double[][] {sums, magnitudes};
  }
}
