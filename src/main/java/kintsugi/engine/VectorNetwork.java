package kintsugi.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import kintsugi.tensor.Tensor;

/**
 * A network on the Vector API. Several pictures run at once, each on its own thread with its own
 * buffers; where there are fewer pictures than threads, the threads share each picture's tiles. The
 * numbers are the same either way.
 */
final class VectorNetwork implements Engine.Runner {
  private final Network network;
  private final Parallel parallel;
  private final Map<Step, PackedFilter> filters = new HashMap<>();
  private Plan plan;
  private Queue<float[][]> buffers;

  /** A filter in the kernel's layout; the bias is filled up with zeros to whole tiles. */
  private record PackedFilter(float[] weights, float[] bias) {}

  VectorNetwork(Network network, Parallel parallel) {
    this.network = network;
    this.parallel = parallel;
    for (Step step : network.steps()) {
      if (step instanceof Step.Convolution c) {
        int padded = ConvolutionKernel.blocks(c.filter()) * ConvolutionKernel.CHANNELS;
        float[] bias = Arrays.copyOf(c.filter().bias().data(), padded);
        filters.put(step, new PackedFilter(ConvolutionKernel.pack(c.filter()), bias));
      }
    }
  }

  @Override
  public Map<String, Tensor> run(Tensor pictures) {
    int count = pictures.dim(0);
    int[] shape = {pictures.dim(1), pictures.dim(2), pictures.dim(3)};
    if (plan == null || !plan.fits(shape)) {
      plan = new Plan(network, shape);
      buffers = new ConcurrentLinkedQueue<>();
    }
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      Plan.Place place = plan.place(tap);
      results.put(tap, Tensor.zeros(count, place.height(), place.width(), place.channels()));
    }
    if (count < parallel.threads()) {
      for (int n = 0; n < count; n++) {
        runOne(pictures, n, results);
      }
    } else {
      parallel.forEach(count, n -> runOne(pictures, n, results));
    }
    return results;
  }

  private void runOne(Tensor pictures, int n, Map<String, Tensor> results) {
    float[][] free = buffers.poll();
    float[][] own = free == null ? plan.allocate() : free;
    Plan.Place input = plan.place(Network.INPUT);
    input.copyIn(pictures.data(), n * input.size(), own[input.buffer()]);
    for (Step step : network.steps()) {
      Plan.Place to = plan.place(step.output());
      List<Plan.Place> from = step.inputs().stream().map(plan::place).toList();
      switch (step) {
        case Step.Convolution c -> convolve(c, from, to, own);
        case Step.MaxPool pool -> maxPool(pool, from.getFirst(), to, own);
        case Step.AddRelu add -> addRelu(from.getFirst(), from.getLast(), to, own);
        case Step.GlobalAverage average -> globalAverage(from.getFirst(), to, own);
      }
      Tensor result = results.get(step.output());
      if (result != null) {
        to.copyOut(own[to.buffer()], result.data(), n * to.size());
      }
    }
    buffers.add(own);
  }

  private void convolve(Step.Convolution c, List<Plan.Place> from, Plan.Place to, float[][] own) {
    int blocks = ConvolutionKernel.blocks(c.filter());
    int tiles = plan.tiles(to);
    int parts = Math.min(parallel.threads(), tiles);
    // All tiles of one block of channels follow each other, so that its weights stay in cache.
    parallel.forEach(
        blocks * parts,
        i -> {
          int first = (int) ((long) tiles * (i % parts) / parts);
          int end = (int) ((long) tiles * (i % parts + 1) / parts);
          convolve(c, from, to, own, i / parts, first, end);
        });
  }

  private void convolve(
      Step.Convolution c,
      List<Plan.Place> from,
      Plan.Place to,
      float[][] own,
      int block,
      int firstTile,
      int endTile) {
    Plan.Place in = from.getFirst();
    Plan.Place residual = c.residual() == null ? null : from.getLast();
    PackedFilter packed = filters.get(c);
    int channels = ConvolutionKernel.CHANNELS;
    int taps = c.filter().weight().size() / c.filter().outputs();
    int[] corners = plan.corners(c);
    float[] tile = new float[ConvolutionKernel.PIXELS * channels];
    for (int t = firstTile; t < endTile; t++) {
      int pixel = plan.firstPixel(to, t);
      ConvolutionKernel.tile(
          own[in.buffer()],
          corners,
          pixel,
          in.rowStride(),
          c.filter().height(),
          c.filter().width() * in.channels(),
          packed.weights(),
          block * taps * channels,
          packed.bias(),
          block * channels,
          tile);
      store(tile, c.relu(), residual, to, own, pixel, block * channels);
    }
  }

  /** Adds the residual, applies the ReLU, and puts a tile in its place. */
  private static void store(
      float[] tile,
      boolean relu,
      Plan.Place residual,
      Plan.Place to,
      float[][] own,
      int firstPixel,
      int firstChannel) {
    float[] out = own[to.buffer()];
    int channels = Math.min(ConvolutionKernel.CHANNELS, to.channels() - firstChannel);
    int pixels = Math.min(ConvolutionKernel.PIXELS, to.height() * to.width());
    for (int p = 0; p < pixels; p++) {
      int at = p * ConvolutionKernel.CHANNELS;
      int y = (firstPixel + p) / to.width();
      int x = (firstPixel + p) % to.width();
      if (residual != null) {
        float[] add = own[residual.buffer()];
        int from = residual.at(y, x) + firstChannel;
        for (int c = 0; c < channels; c++) {
          tile[at + c] += add[from + c];
        }
      }
      int place = to.at(y, x) + firstChannel;
      for (int c = 0; c < channels; c++) {
        out[place + c] = relu ? Math.max(tile[at + c], 0) : tile[at + c];
      }
    }
  }

  private void maxPool(Step.MaxPool pool, Plan.Place in, Plan.Place to, float[][] own) {
    float[] from = own[in.buffer()];
    float[] out = own[to.buffer()];
    parallel.forEach(
        to.height(),
        y -> {
          for (int x = 0; x < to.width(); x++) {
            int place = to.at(y, x);
            Arrays.fill(out, place, place + to.channels(), Float.NEGATIVE_INFINITY);
            for (int k = 0; k < pool.size() * pool.size(); k++) {
              int sy = y * pool.stride() - pool.padding() + k / pool.size();
              int sx = x * pool.stride() - pool.padding() + k % pool.size();
              if (sy >= 0 && sy < in.height() && sx >= 0 && sx < in.width()) {
                larger(out, place, from, in.at(sy, sx), to.channels());
              }
            }
          }
        });
  }

  private static void larger(float[] out, int place, float[] from, int start, int channels) {
    for (int c = 0; c < channels; c++) {
      out[place + c] = Math.max(out[place + c], from[start + c]);
    }
  }

  private void addRelu(Plan.Place a, Plan.Place b, Plan.Place to, float[][] own) {
    float[] left = own[a.buffer()];
    float[] right = own[b.buffer()];
    float[] out = own[to.buffer()];
    parallel.forEach(
        to.height(),
        y -> {
          int line = to.width() * to.channels();
          int la = a.at(y, 0);
          int lb = b.at(y, 0);
          int lo = to.at(y, 0);
          for (int i = 0; i < line; i++) {
            out[lo + i] = Math.max(left[la + i] + right[lb + i], 0);
          }
        });
  }

  private void globalAverage(Plan.Place in, Plan.Place to, float[][] own) {
    float[] from = own[in.buffer()];
    for (int c = 0; c < in.channels(); c++) {
      double sum = 0;
      for (int p = 0; p < in.height() * in.width(); p++) {
        sum += from[in.at(p / in.width(), p % in.width()) + c];
      }
      own[to.buffer()][to.at(0, 0) + c] = (float) (sum / (in.height() * in.width()));
    }
  }
}
