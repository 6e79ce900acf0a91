package kintsugi.mark;

import java.util.Arrays;
import java.util.List;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.tensor.Tensor;

/** The exercise on the network's arithmetic, a 3x3 convolution. */
final class ConvolutionExercise {
  private ConvolutionExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "Convolution",
        "convolve",
        List.of(
            new Case("5x4, one channel in and out, bias 0", () -> layer(1, 5, 4, 1, 1, false)),
            new Case("5x4, one channel in and out", () -> layer(2, 5, 4, 1, 1, true)),
            new Case("4x6, two channels in, two out", () -> layer(3, 4, 6, 2, 2, true)),
            new Case("3x5, three channels in, two out", () -> layer(4, 3, 5, 3, 2, true))),
        a -> convolve(a, own(a), 1),
        List.of(
            new Mistake(
                "the kernel is flipped: x(y−kh, x−kw) where a network's convolution takes"
                    + " x(y+kh, x+kw)",
                a -> convolve(a, (kh, kw, i, o) -> kernel(a)[2 - kh][2 - kw][i][o], 1)),
            new Mistake(
                "rows and columns of the kernel are exchanged",
                a -> convolve(a, (kh, kw, i, o) -> kernel(a)[kw][kh][i][o], 1)),
            new Mistake(
                "the bias is forgotten",
                a -> convolve(new Object[] {a[0], a[1], new float[bias(a).length]}, own(a), 1)),
            new Mistake(
                "the bias is added with every product of the window, nine times",
                a -> convolve(new Object[] {a[0], a[1], times(bias(a), 9)}, own(a), 1)),
            new Mistake(
                "the bias is added with every product, once per window element and channel",
                a -> {
                  int products = 9 * image(a)[0][0].length;
                  return convolve(new Object[] {a[0], a[1], times(bias(a), products)}, own(a), 1);
                }),
            new Mistake(
                "negative results become 0: the ReLU is not asked for",
                a -> {
                  float[][][] result = convolve(a, own(a), 1);
                  for (float[][] row : result) {
                    for (float[] values : row) {
                      for (int o = 0; o < values.length; o++) {
                        values[o] = Math.max(0, values[o]);
                      }
                    }
                  }
                  return result;
                }),
            new Mistake(
                "the padding is missing: the result has two rows and columns less",
                a -> convolve(a, own(a), 0)),
            new Mistake(
                "beyond the edge the image's edge is repeated; the padding is 0",
                a -> convolve(moved(a, 1, true), own(a), 0)),
            new Mistake(
                "the window begins at the pixel; its middle belongs there (padding 1)",
                a -> convolve(moved(a, 0, false), own(a), 0)),
            new Mistake(
                "only the first input channel is summed",
                a -> convolve(a, (kh, kw, i, o) -> i == 0 ? kernel(a)[kh][kw][i][o] : 0, 1)),
            new Mistake(
                "the last row and column of the window are left out: they go from 0 to 2",
                a ->
                    convolve(
                        a, (kh, kw, i, o) -> kh < 2 && kw < 2 ? kernel(a)[kh][kw][i][o] : 0, 1))));
  }

  private static Object[] layer(int seed, int h, int w, int inputs, int outputs, boolean biased) {
    float[][][] image = new float[h][][];
    Arrays.setAll(image, y -> Exercise.random(seed * 10 + y, w, inputs));
    float[][][][] kernel = new float[3][3][][];
    for (int k = 0; k < 9; k++) {
      kernel[k / 3][k % 3] = Exercise.random(seed * 20 + k, inputs, outputs);
    }
    float[] bias = biased ? Exercise.random(seed * 30, outputs) : new float[outputs];
    return new Object[] {image, kernel, bias};
  }

  private static float[][][] image(Object[] a) {
    return (float[][][]) a[0];
  }

  private static float[][][][] kernel(Object[] a) {
    return (float[][][][]) a[1];
  }

  private static float[] bias(Object[] a) {
    return (float[]) a[2];
  }

  private static float[] times(float[] bias, int factor) {
    float[] more = bias.clone();
    for (int i = 0; i < more.length; i++) {
      more[i] *= factor;
    }
    return more;
  }

  private interface Weight {
    float at(int kh, int kw, int i, int o);
  }

  private static Weight own(Object[] a) {
    return (kh, kw, i, o) -> kernel(a)[kh][kw][i][o];
  }

  /** The specification with changed weights and a padding. */
  private static float[][][] convolve(Object[] a, Weight weight, int padding) {
    float[][][] image = image(a);
    int inputs = image[0][0].length;
    int outputs = bias(a).length;
    Tensor in = Tensor.zeros(1, image.length, image[0].length, inputs);
    for (int p = 0; p < image.length * image[0].length; p++) {
      float[] from = image[p / image[0].length][p % image[0].length];
      System.arraycopy(from, 0, in.data(), p * inputs, inputs);
    }
    Tensor weights = Tensor.zeros(3, 3, inputs, outputs);
    for (int k = 0; k < weights.size(); k++) {
      int window = k / (inputs * outputs);
      weights.data()[k] = weight.at(window / 3, window % 3, k / outputs % inputs, k % outputs);
    }
    return grid(run(in, new Filter(weights, Tensor.of(bias(a), outputs)), padding));
  }

  static Tensor run(Tensor in, Filter filter, int padding) {
    Layer layer = new Layer.Convolution("y", Network.INPUT, null, filter, 1, padding, false);
    try (Parallel one = new Parallel(1)) {
      Network network = new Network(List.of(layer), List.of("y"));
      return new ScalarEngine(one).prepare(network).run(in).get("y");
    }
  }

  private static float[][][] grid(Tensor out) {
    float[][][] grid = new float[out.dim(1)][out.dim(2)][out.dim(3)];
    for (int i = 0; i < out.size(); i++) {
      int p = i / out.dim(3);
      grid[p / out.dim(2)][p % out.dim(2)][i % out.dim(3)] = out.data()[i];
    }
    return grid;
  }

  /** The image with two more rows and columns, {@code before} of them before it. */
  private static Object[] moved(Object[] a, int before, boolean repeated) {
    float[][][] image = image(a);
    float[][][] large = new float[image.length + 2][image[0].length + 2][];
    for (int y = 0; y < large.length; y++) {
      for (int x = 0; x < large[0].length; x++) {
        int fromY = Math.clamp(y - before, 0, image.length - 1);
        int fromX = Math.clamp(x - before, 0, image[0].length - 1);
        boolean inside = fromY == y - before && fromX == x - before;
        large[y][x] = inside || repeated ? image[fromY][fromX] : new float[image[0][0].length];
      }
    }
    return new Object[] {large, a[1], a[2]};
  }
}
