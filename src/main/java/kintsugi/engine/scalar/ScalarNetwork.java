package kintsugi.engine.scalar;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import kintsugi.engine.Engine;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/** The specification of a network's layers, one image after the other. */
final class ScalarNetwork implements Engine.Runner {
  private final Network network;
  private final Parallel parallel;

  ScalarNetwork(Network network, Parallel parallel) {
    this.network = network;
    this.parallel = parallel;
  }

  @Override
  public Map<String, Tensor> run(Tensor images) {
    return run(images, done -> {});
  }

  @Override
  public Map<String, Tensor> run(Tensor images, IntConsumer done) {
    int count = images.dim(0);
    Map<String, int[]> shapes = network.shapes(images.dim(1), images.dim(2), images.dim(3));
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      int[] s = shapes.get(tap);
      results.put(tap, Tensor.zeros(count, s[0], s[1], s[2]));
    }
    parallel.forEach(
        count,
        n -> {
          Map<String, Tensor> activations = activations(images.part(n));
          results.forEach(
              (tap, to) -> {
                Tensor from = activations.get(tap);
                System.arraycopy(from.data(), 0, to.data(), n * from.size(), from.size());
              });
          done.accept(1);
        });
    return results;
  }

  private Map<String, Tensor> activations(Tensor image) {
    Map<String, Tensor> activations = new HashMap<>();
    activations.put(Network.INPUT, image);
    for (Layer layer : network.layers()) {
      Tensor in = activations.get(layer.inputs().getFirst());
      Tensor out = Tensor.zeros(layer.shape(in.shape()));
      switch (layer) {
        case Layer.Convolution c -> convolve(c, in, activations.get(c.residual()), out);
        case Layer.MaxPool pool -> maxPool(pool, in, out);
        case Layer.AddRelu add -> addRelu(in, activations.get(add.residual()), out);
        case Layer.GlobalAverage average -> globalAverage(in, out);
      }
      activations.put(layer.output(), out);
    }
    return activations;
  }

  /** {@code y(o) = act(bias(o) + Σ_kh,kw,i x(kh, kw, i)·w(kh, kw, i, o) + residual(o))}. */
  private static void convolve(Layer.Convolution c, Tensor in, Tensor residual, Tensor out) {
    int outputs = c.filter().outputs();
    float[] sums = new float[outputs];
    for (int y = 0; y < out.dim(0); y++) {
      for (int x = 0; x < out.dim(1); x++) {
        System.arraycopy(c.filter().bias().data(), 0, sums, 0, outputs);
        addWindow(c.filter(), in, y * c.stride() - c.padding(), x * c.stride() - c.padding(), sums);
        int at = (y * out.dim(1) + x) * outputs;
        for (int o = 0; o < outputs; o++) {
          float sum = residual == null ? sums[o] : sums[o] + residual.data()[at + o];
          out.data()[at + o] = c.relu() ? Math.max(sum, 0) : sum;
        }
      }
    }
  }

  /** Adds the products of the window at {@code (top, left)}, which may reach into the padding. */
  private static void addWindow(Filter filter, Tensor in, int top, int left, float[] sums) {
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

  /** The maximum over each window's positions inside the image. */
  private static void maxPool(Layer.MaxPool pool, Tensor in, Tensor out) {
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
}
