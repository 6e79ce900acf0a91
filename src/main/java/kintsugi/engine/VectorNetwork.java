package kintsugi.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.tensor.Tensor;

/**
 * A network on the Vector API. As many pictures run at once as there are threads, each on its own
 * with its own buffers; of the pictures left over, all threads share each. The numbers are the same
 * either way. Buffers are kept from picture to picture.
 */
final class VectorNetwork implements Engine.Runner {
  private static final VectorSpecies<Float> SPECIES = ConvolutionKernel.SPECIES;

  private final Network network;
  private final Parallel parallel;
  private final Convolutions convolutions;
  private final Map<String, VectorConvolution.Packed> direct = new HashMap<>();
  private final Map<String, WinogradConvolution.Packed> transformed = new HashMap<>();
  private final Queue<Buffers> free = new ConcurrentLinkedQueue<>();
  private Plan plan;
  private List<Work> work;
  private int scratch;
  private int parts;

  /** One step; {@code shared} where all threads work on the same picture. */
  private interface Work {
    void run(Buffers buffers, boolean shared);
  }

  /**
   * The memory that one picture needs on its way.
   *
   * @param activations by the plan's numbers
   * @param scratch for each part that may run at once
   */
  private record Buffers(float[][] activations, float[][] scratch) {}

  VectorNetwork(Network network, Parallel parallel, Convolutions convolutions) {
    this.network = network;
    this.parallel = parallel;
    this.convolutions = convolutions;
  }

  @Override
  public Map<String, Tensor> run(Tensor pictures) {
    int[] shape = {pictures.dim(1), pictures.dim(2), pictures.dim(3)};
    if (plan == null || !plan.fits(shape)) {
      layOut(shape);
    }
    int count = pictures.dim(0);
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      Plan.Place place = plan.place(tap);
      results.put(tap, Tensor.zeros(count, place.height(), place.width(), place.channels()));
    }
    int together = count - count % parallel.threads();
    parallel.forEach(together, n -> runOne(pictures, n, results, false));
    for (int n = together; n < count; n++) {
      runOne(pictures, n, results, true);
    }
    return results;
  }

  private void layOut(int[] shape) {
    Map<String, Winograd> transforms = transforms(shape);
    plan = new Plan(network, shape, c -> border(c, transforms.get(c.output())));
    free.clear();
    work = new ArrayList<>();
    scratch = 0;
    parts = 1;
    for (Step step : network.steps()) {
      Plan.Place in = plan.place(step.inputs().getFirst());
      Plan.Place out = plan.place(step.output());
      work.add(
          switch (step) {
            case Step.Convolution c -> work(planned(c, transforms.get(c.output())));
            case Step.MaxPool pool -> (b, shared) -> maxPool(pool, in, out, b.activations);
            case Step.AddRelu add -> {
              Plan.Place more = plan.place(add.residual());
              yield (b, shared) -> addRelu(in, more, out, b.activations);
            }
            case Step.GlobalAverage average -> (b, shared) -> average(in, out, b.activations);
          });
    }
  }

  /** For each convolution that is transformed, how; it depends on the size of the picture. */
  private Map<String, Winograd> transforms(int[] shape) {
    Map<String, int[]> shapes = network.shapes(shape[0], shape[1], shape[2]);
    Map<String, Winograd> transforms = new HashMap<>();
    for (Step step : network.steps()) {
      if (step instanceof Step.Convolution c) {
        int[] out = shapes.get(c.output());
        transforms.put(c.output(), convolutions.choose(c, out[0], out[1]));
      }
    }
    return transforms;
  }

  private static int border(Step.Convolution step, Winograd transform) {
    return transform == null ? step.padding() : WinogradConvolution.border(transform, step);
  }

  /** Weights are packed when they are first needed, and kept. */
  private PlannedConvolution planned(Step.Convolution step, Winograd transform) {
    int threads = parallel.threads();
    if (transform == null) {
      var packed =
          direct.computeIfAbsent(step.output(), name -> VectorConvolution.Packed.of(step.filter()));
      return new VectorConvolution(step, packed, plan, threads);
    }
    var packed =
        transformed.computeIfAbsent(
            step.output() + transform,
            name -> WinogradConvolution.Packed.of(transform, step.filter()));
    return new WinogradConvolution(step, packed, plan, threads);
  }

  private Work work(PlannedConvolution convolution) {
    scratch = Math.max(scratch, convolution.scratch());
    parts = Math.max(parts, convolution.parts());
    return (b, shared) -> {
      if (shared) {
        parallel.forEach(
            convolution.parts(), part -> convolution.runPart(part, b.activations, b.scratch[part]));
      } else {
        convolution.runWhole(b.activations, b.scratch[0]);
      }
    };
  }

  private void runOne(Tensor pictures, int n, Map<String, Tensor> results, boolean shared) {
    Buffers kept = free.poll();
    Buffers own = kept == null ? new Buffers(plan.allocate(), new float[parts][scratch]) : kept;
    Plan.Place input = plan.place(Network.INPUT);
    input.copyIn(pictures.data(), n * input.size(), own.activations[input.buffer()]);
    for (int i = 0; i < work.size(); i++) {
      work.get(i).run(own, shared);
      String written = network.steps().get(i).output();
      Tensor result = results.get(written);
      if (result != null) {
        Plan.Place place = plan.place(written);
        place.copyOut(own.activations[place.buffer()], result.data(), n * place.size());
      }
    }
    free.add(own);
  }

  private void maxPool(Step.MaxPool pool, Plan.Place in, Plan.Place out, float[][] activations) {
    float[] from = activations[in.buffer()];
    float[] to = activations[out.buffer()];
    parallel.forEach(
        out.height(),
        y -> {
          int top = Math.max(0, y * pool.stride() - pool.padding());
          int bottom = Math.min(in.height(), y * pool.stride() - pool.padding() + pool.size());
          for (int x = 0; x < out.width(); x++) {
            int left = Math.max(0, x * pool.stride() - pool.padding());
            int right = Math.min(in.width(), x * pool.stride() - pool.padding() + pool.size());
            int corner = in.at(top, left);
            int line = (right - left) * in.channels();
            largest(from, corner, in.rowStride(), bottom - top, line, to, out.at(y, x), in);
          }
        });
  }

  /** For every channel the largest value of a window of {@code rows} rows. */
  private static void largest(
      float[] from,
      int corner,
      int rowStride,
      int rows,
      int line,
      float[] to,
      int place,
      Plan.Place in) {
    int channels = in.channels();
    int whole = SPECIES.loopBound(channels);
    for (int c = 0; c < whole; c += SPECIES.length()) {
      FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
      for (int row = 0; row < rows; row++) {
        int start = corner + row * rowStride + c;
        for (int i = 0; i < line; i += channels) {
          max = max.max(FloatVector.fromArray(SPECIES, from, start + i));
        }
      }
      max.intoArray(to, place + c);
    }
    for (int c = whole; c < channels; c++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int row = 0; row < rows; row++) {
        int start = corner + row * rowStride + c;
        for (int i = 0; i < line; i += channels) {
          max = Math.max(max, from[start + i]);
        }
      }
      to[place + c] = max;
    }
  }

  private void addRelu(Plan.Place a, Plan.Place b, Plan.Place out, float[][] activations) {
    float[] left = activations[a.buffer()];
    float[] right = activations[b.buffer()];
    float[] to = activations[out.buffer()];
    parallel.forEach(
        out.height(),
        y -> {
          int line = out.width() * out.channels();
          addRelu(left, a.at(y, 0), right, b.at(y, 0), to, out.at(y, 0), line);
        });
  }

  private static void addRelu(
      float[] left, int a, float[] right, int b, float[] to, int out, int count) {
    int whole = SPECIES.loopBound(count);
    for (int i = 0; i < whole; i += SPECIES.length()) {
      FloatVector added = FloatVector.fromArray(SPECIES, right, b + i);
      FloatVector.fromArray(SPECIES, left, a + i).add(added).max(0).intoArray(to, out + i);
    }
    for (int i = whole; i < count; i++) {
      to[out + i] = Math.max(left[a + i] + right[b + i], 0);
    }
  }

  private static void average(Plan.Place in, Plan.Place out, float[][] activations) {
    float[] from = activations[in.buffer()];
    int positions = in.height() * in.width();
    for (int c = 0; c < in.channels(); c++) {
      double sum = 0;
      for (int p = 0; p < positions; p++) {
        sum += from[in.at(p / in.width(), p % in.width()) + c];
      }
      activations[out.buffer()][out.at(0, 0) + c] = (float) (sum / positions);
    }
  }
}
