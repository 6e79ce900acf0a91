package kintsugi.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.tensor.Tensor;

/** The specification: plain loops, one accumulator a result, no layout of its own. */
public final class ScalarEngine implements Engine {
  private final Parallel parallel;

  /**
   * An engine that computes several pictures at once and each of them on one thread.
   *
   * @param parallel the threads
   */
  public ScalarEngine(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public String description() {
    return "plain loops, the specification";
  }

  @Override
  public Runner prepare(Network network) {
    return pictures -> run(network, pictures);
  }

  private Map<String, Tensor> run(Network network, Tensor pictures) {
    int count = pictures.dim(0);
    Map<String, int[]> shapes = network.shapes(pictures.dim(1), pictures.dim(2), pictures.dim(3));
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      int[] s = shapes.get(tap);
      results.put(tap, Tensor.zeros(count, s[0], s[1], s[2]));
    }
    parallel.forEach(
        count,
        n -> {
          Map<String, Tensor> all = runOne(network, picture(pictures, n));
          results.forEach(
              (tap, to) -> {
                Tensor from = all.get(tap);
                System.arraycopy(from.data(), 0, to.data(), n * from.size(), from.size());
              });
        });
    return results;
  }

  private static Tensor picture(Tensor pictures, int n) {
    int size = pictures.size() / pictures.dim(0);
    float[] one = Arrays.copyOfRange(pictures.data(), n * size, (n + 1) * size);
    return Tensor.of(one, pictures.dim(1), pictures.dim(2), pictures.dim(3));
  }

  private static Map<String, Tensor> runOne(Network network, Tensor picture) {
    Map<String, Tensor> all = new HashMap<>();
    all.put(Network.INPUT, picture);
    for (Step step : network.steps()) {
      Tensor in = all.get(step.inputs().getFirst());
      Tensor out = Tensor.zeros(step.shape(in.shape()));
      switch (step) {
        case Step.Convolution c ->
            convolve(c, in, c.residual() == null ? null : all.get(c.residual()), out);
        case Step.MaxPool pool -> maxPool(pool, in, out);
        case Step.AddRelu add -> addRelu(in, all.get(add.residual()), out);
        case Step.GlobalAverage average -> globalAverage(in, out);
      }
      all.put(step.output(), out);
    }
    return all;
  }

  private static void convolve(Step.Convolution c, Tensor in, Tensor residual, Tensor out) {
    int outputs = c.filter().outputs();
    float[] sums = new float[outputs];
    for (int y = 0; y < out.dim(0); y++) {
      for (int x = 0; x < out.dim(1); x++) {
        System.arraycopy(c.filter().bias().data(), 0, sums, 0, outputs);
        window(c, in, y * c.stride() - c.padding(), x * c.stride() - c.padding(), sums);
        int at = (y * out.dim(1) + x) * outputs;
        for (int o = 0; o < outputs; o++) {
          float sum = residual == null ? sums[o] : sums[o] + residual.data()[at + o];
          out.data()[at + o] = c.relu() ? Math.max(sum, 0) : sum;
        }
      }
    }
  }

  /** Adds the products of one window whose upper left corner may lie outside the picture. */
  private static void window(Step.Convolution c, Tensor in, int top, int left, float[] sums) {
    Filter filter = c.filter();
    int inputs = filter.inputs();
    float[] weight = filter.weight().data();
    for (int kh = 0; kh < filter.height(); kh++) {
      for (int kw = 0; kw < filter.width(); kw++) {
        int y = top + kh;
        int x = left + kw;
        boolean inside = y >= 0 && y < in.dim(0) && x >= 0 && x < in.dim(1);
        for (int i = 0; i < inputs; i++) {
          float value = inside ? in.data()[(y * in.dim(1) + x) * inputs + i] : 0;
          int row = ((kh * filter.width() + kw) * inputs + i) * sums.length;
          for (int o = 0; o < sums.length; o++) {
            sums[o] = Math.fma(value, weight[row + o], sums[o]);
          }
        }
      }
    }
  }

  private static void maxPool(Step.MaxPool pool, Tensor in, Tensor out) {
    int channels = in.dim(2);
    Arrays.fill(out.data(), Float.NEGATIVE_INFINITY);
    for (int y = 0; y < out.dim(0); y++) {
      for (int x = 0; x < out.dim(1); x++) {
        int to = (y * out.dim(1) + x) * channels;
        for (int k = 0; k < pool.size() * pool.size(); k++) {
          int sy = y * pool.stride() - pool.padding() + k / pool.size();
          int sx = x * pool.stride() - pool.padding() + k % pool.size();
          if (sy >= 0 && sy < in.dim(0) && sx >= 0 && sx < in.dim(1)) {
            int from = (sy * in.dim(1) + sx) * channels;
            for (int c = 0; c < channels; c++) {
              out.data()[to + c] = Math.max(out.data()[to + c], in.data()[from + c]);
            }
          }
        }
      }
    }
  }

  private static void addRelu(Tensor a, Tensor b, Tensor out) {
    for (int i = 0; i < out.size(); i++) {
      out.data()[i] = Math.max(a.data()[i] + b.data()[i], 0);
    }
  }

  private static void globalAverage(Tensor in, Tensor out) {
    int channels = in.dim(2);
    int positions = in.dim(0) * in.dim(1);
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int p = 0; p < positions; p++) {
        sum += in.data()[p * channels + c];
      }
      out.data()[c] = (float) (sum / positions);
    }
  }

  @Override
  public Tensor mahalanobis(Gaussians gaussians, Tensor patches) {
    gaussians.requireGrid(patches);
    int positions = gaussians.positions();
    Tensor distances = Tensor.zeros(patches.dim(0), gaussians.height(), gaussians.width());
    parallel.forEach(
        distances.size(),
        i -> distances.data()[i] = distance(gaussians, i % positions, patches.data(), i));
    return distances;
  }

  private static float distance(Gaussians g, int position, float[] patches, int patch) {
    int d = g.dimension();
    int group = position / Gaussians.LANES;
    int lane = position % Gaussians.LANES;
    float[] factor = g.factor()[group];
    int l = lane;
    float[] y = new float[d];
    float squares = 0;
    for (int i = 0; i < d; i++) {
      float mean = g.mean()[(group * d + i) * Gaussians.LANES + lane];
      float rest = patches[patch * d + i] - mean;
      for (int j = 0; j < i; j++) {
        rest = Math.fma(factor[l], -y[j], rest);
        l += Gaussians.LANES;
      }
      y[i] = rest / factor[l];
      l += Gaussians.LANES;
      squares = Math.fma(y[i], y[i], squares);
    }
    return (float) Math.sqrt(squares);
  }

  @Override
  public RowBank bank(Rows rows) {
    return new ScalarRowBank(rows, parallel);
  }

  @Override
  public Tensor upsample(Tensor maps, int height, int width, Upsampling how) {
    int rowsIn = maps.dim(1);
    int columnsIn = maps.dim(2);
    Upsampling.Line rows = how.line(rowsIn, height);
    Upsampling.Line columns = how.line(columnsIn, width);
    Tensor large = Tensor.zeros(maps.dim(0), height, width);
    parallel.forEach(
        maps.dim(0),
        n -> {
          float[] wide = new float[rowsIn * width];
          for (int i = 0; i < wide.length; i++) {
            int start = (n * rowsIn + i / width) * columnsIn;
            wide[i] = columns.at(i % width, maps.data(), start, 1);
          }
          for (int i = 0; i < height * width; i++) {
            large.data()[n * height * width + i] = rows.at(i / width, wide, i % width, width);
          }
        });
    return large;
  }

  @Override
  public Tensor blur(Tensor maps, float[] kernel, Border border) {
    int height = maps.dim(1);
    int width = maps.dim(2);
    Tensor along = Tensor.zeros(maps.shape());
    Tensor blurred = Tensor.zeros(maps.shape());
    parallel.forEach(
        maps.dim(0),
        n -> {
          for (int i = 0; i < height * width; i++) {
            int row = (n * height + i / width) * width;
            along.data()[row + i % width] =
                correlate(maps.data(), row, i % width, width, 1, kernel, border);
          }
          for (int i = 0; i < height * width; i++) {
            int column = n * height * width + i % width;
            blurred.data()[column + i / width * width] =
                correlate(along.data(), column, i / width, height, width, kernel, border);
          }
        });
    return blurred;
  }

  private static float correlate(
      float[] line, int start, int centre, int length, int stride, float[] kernel, Border border) {
    float sum = 0;
    for (int k = 0; k < kernel.length; k++) {
      int at = border.inside(centre + k - kernel.length / 2, length);
      sum = Math.fma(kernel[k], line[start + at * stride], sum);
    }
    return sum;
  }
}
