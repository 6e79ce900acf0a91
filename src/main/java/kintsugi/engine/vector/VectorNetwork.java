package kintsugi.engine.vector;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * A network on the Vector API. As many images run at once as there are threads, each on one thread
 * with its own buffers; the remaining images are computed one by one, each by all threads. The
 * values are the same either way. Buffers are kept from image to image.
 */
final class VectorNetwork implements Engine.Runner {
  private final Network network;
  private final Parallel parallel;
  private final VectorLayers layers;
  private final Convolutions convolutions;
  private final Map<String, DirectConvolution.Packed> direct = new HashMap<>();
  private final Map<String, WinogradConvolution.Packed> transformed = new HashMap<>();
  private final Queue<Buffers> free = new ConcurrentLinkedQueue<>();
  private BufferPlan plan;
  private List<Work> work;
  private int scratch;
  private int parts;

  /** The work of one layer; {@code shared} where all threads compute the same image. */
  private interface Work {
    void run(Buffers buffers, boolean shared);
  }

  /**
   * The memory for one image.
   *
   * @param activations in the order of the buffer plan
   * @param scratch for each part that may run at once
   */
  private record Buffers(float[][] activations, float[][] scratch) {}

  VectorNetwork(Network network, Parallel parallel, Convolutions convolutions) {
    this.network = network;
    this.parallel = parallel;
    this.layers = new VectorLayers(parallel);
    this.convolutions = convolutions;
  }

  @Override
  public Map<String, Tensor> run(Tensor images) {
    int[] shape = {images.dim(1), images.dim(2), images.dim(3)};
    if (plan == null || !plan.fits(shape)) {
      layOut(shape);
    }
    int count = images.dim(0);
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      BufferPlan.Place place = plan.place(tap);
      results.put(tap, Tensor.zeros(count, place.height(), place.width(), place.channels()));
    }
    int together = count - count % parallel.threads();
    parallel.forEach(together, n -> runOne(images, n, results, false));
    for (int n = together; n < count; n++) {
      runOne(images, n, results, true);
    }
    return results;
  }

  private void layOut(int[] shape) {
    Map<String, Winograd> transforms = transforms(shape);
    plan = new BufferPlan(network, shape, c -> padding(c, transforms.get(c.output())));
    free.clear();
    work = new ArrayList<>();
    scratch = 0;
    parts = 1;
    for (Layer layer : network.layers()) {
      BufferPlan.Place in = plan.place(layer.inputs().getFirst());
      BufferPlan.Place out = plan.place(layer.output());
      work.add(
          switch (layer) {
            case Layer.Convolution c -> work(planned(c, transforms.get(c.output())));
            case Layer.MaxPool pool -> (b, shared) -> layers.maxPool(pool, in, out, b.activations);
            case Layer.AddRelu add -> {
              BufferPlan.Place residual = plan.place(add.residual());
              yield (b, shared) -> layers.addRelu(in, residual, out, b.activations);
            }
            case Layer.GlobalAverage average ->
                (b, shared) -> VectorLayers.globalAverage(in, out, b.activations);
          });
    }
  }

  /** The transform of each convolution that has one; it depends on the size of the image. */
  private Map<String, Winograd> transforms(int[] shape) {
    Map<String, int[]> shapes = network.shapes(shape[0], shape[1], shape[2]);
    Map<String, Winograd> transforms = new HashMap<>();
    for (Layer layer : network.layers()) {
      if (layer instanceof Layer.Convolution c) {
        int[] out = shapes.get(c.output());
        transforms.put(c.output(), WinogradConvolution.choose(convolutions, c, out[0], out[1]));
      }
    }
    return transforms;
  }

  private static int padding(Layer.Convolution layer, Winograd transform) {
    return transform == null ? layer.padding() : WinogradConvolution.padding(transform, layer);
  }

  /** Weights are packed when they are first needed, and kept. */
  private PlannedConvolution planned(Layer.Convolution layer, Winograd transform) {
    int threads = parallel.threads();
    if (transform == null) {
      var packed =
          direct.computeIfAbsent(
              layer.output(), name -> DirectConvolution.Packed.of(layer.filter()));
      return new DirectConvolution(layer, packed, plan, threads);
    }
    var packed =
        transformed.computeIfAbsent(
            layer.output() + transform,
            name -> WinogradConvolution.Packed.of(transform, layer.filter()));
    return new WinogradConvolution(layer, packed, plan, threads);
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

  private void runOne(Tensor images, int n, Map<String, Tensor> results, boolean shared) {
    Buffers kept = free.poll();
    Buffers own = kept == null ? new Buffers(plan.allocate(), new float[parts][scratch]) : kept;
    BufferPlan.Place input = plan.place(Network.INPUT);
    input.copyIn(images.data(), n * input.size(), own.activations[input.buffer()]);
    for (int i = 0; i < work.size(); i++) {
      work.get(i).run(own, shared);
      String written = network.layers().get(i).output();
      Tensor result = results.get(written);
      if (result != null) {
        BufferPlan.Place place = plan.place(written);
        place.copyOut(own.activations[place.buffer()], result.data(), n * place.size());
      }
    }
    free.add(own);
  }
}
