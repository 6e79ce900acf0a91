package kintsugi.engine.vector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;

/**
 * A network on the Vector API. Each thread computes a group of images, whose deep layers it runs
 * for the whole group at once, since those have more weights than one image makes use of. Images
 * that are left over are computed one by one, each by all threads. The values are the same either
 * way. Buffers are kept from image to image.
 */
final class VectorNetwork implements Engine.Runner {
  /** Images of a group at most: their deep layers fill a strip of squares. */
  private static final int GROUP = 4;

  private final Network network;
  private final Parallel parallel;
  private final VectorLayers layers;
  private final Convolutions convolutions;
  private final Map<String, DirectConvolution.Packed> direct = new HashMap<>();
  private final Map<String, WinogradConvolution.Packed> transformed = new HashMap<>();
  private final Queue<float[][][]> freeActivations = new ConcurrentLinkedQueue<>();
  private final Queue<float[]> freeScratch = new ConcurrentLinkedQueue<>();
  private BufferPlan plan;
  private List<Work> work;
  private int scratch;

  /** The first work that is done for a whole group at once; so is all after it. */
  private int deep;

  /** The layers of that. */
  private final List<Layer> deepLayers = new ArrayList<>();

  /** A planned layer, or two of them fused, and the activation that it writes. */
  private record Work(PlannedLayer layer, String output) {}

  /** Images of a batch that one thread computes. */
  private record Group(int first, int count) {}

  VectorNetwork(Network network, Parallel parallel, Convolutions convolutions) {
    this.network = network;
    this.parallel = parallel;
    this.layers = new VectorLayers(parallel);
    this.convolutions = convolutions;
  }

  @Override
  public Map<String, Tensor> run(Tensor images) {
    return run(images, done -> {});
  }

  @Override
  public Map<String, Tensor> run(Tensor images, IntConsumer done) {
    int[] shape = {images.dim(1), images.dim(2), images.dim(3)};
    if (work == null || !plan.fits(shape)) {
      layOut(shape);
    }
    int count = images.dim(0);
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      BufferPlan.Place place = plan.place(tap);
      results.put(tap, Tensor.zeros(count, place.height(), place.width(), place.channels()));
    }
    // Where no layer gains, a group would only take more memory.
    int size = deep < work.size() ? GROUP : 1;
    List<Group> groups = groups(count, parallel.threads(), size);
    parallel.forEach(
        groups.size(),
        i -> {
          runGroup(images, groups.get(i), results);
          done.accept(groups.get(i).count());
        });
    int together = groups.stream().mapToInt(Group::count).sum();
    for (int n = together; n < count; n++) {
      runShared(images, n, results);
      done.accept(1);
    }
    return results;
  }

  /** Groups of at most {@code most} images, as many for each thread; the rest is left over. */
  private static List<Group> groups(int count, int threads, int most) {
    List<Group> groups = new ArrayList<>();
    int first = 0;
    while (count - first >= threads) {
      int size = Math.min(most, (count - first) / threads);
      for (int thread = 0; thread < threads; thread++) {
        groups.add(new Group(first, size));
        first += size;
      }
    }
    return groups;
  }

  private void layOut(int[] shape) {
    // Set at the end: where memory does not suffice for the weights, nothing is laid out.
    work = null;
    List<Work> works = new ArrayList<>();
    Map<String, int[]> shapes = network.shapes(shape[0], shape[1], shape[2]);
    Map<String, Winograd> transforms = transforms(shapes);
    Map<String, Layer.MaxPool> pools = pools(transforms);
    plan =
        new BufferPlan(network, shape, c -> padding(c, transforms.get(c.output())), pools.keySet());
    freeActivations.clear();
    freeScratch.clear();
    deepLayers.clear();
    scratch = 0;
    deep = Integer.MAX_VALUE;
    for (Layer layer : network.layers()) {
      if (pools.containsValue(layer)) {
        continue;
      }
      Layer.MaxPool pool = pools.get(layer.output());
      PlannedLayer planned =
          pool == null
              ? planned(layer, transforms)
              : new PooledConvolution(
                  direct((Layer.Convolution) layer), shapes.get(layer.output()), pool, plan);
      scratch = Math.max(scratch, planned.scratch());
      if (planned instanceof WinogradConvolution w && w.gainsByGroups()) {
        deep = Math.min(deep, works.size());
      }
      if (deep <= works.size()) {
        deepLayers.add(layer);
        Optional.ofNullable(pool).ifPresent(deepLayers::add);
      }
      works.add(new Work(planned, pool == null ? layer.output() : pool.output()));
    }
    deep = Math.min(deep, works.size());
    work = works;
  }

  /** The pools that are computed together with the convolution before, by what they read. */
  private Map<String, Layer.MaxPool> pools(Map<String, Winograd> transforms) {
    Map<String, Layer.MaxPool> pools = new HashMap<>();
    List<Layer> layers = network.layers();
    for (int i = 0; i + 1 < layers.size(); i++) {
      String between = layers.get(i).output();
      if (layers.get(i) instanceof Layer.Convolution c
          && layers.get(i + 1) instanceof Layer.MaxPool pool
          && pool.input().equals(between)
          && c.residual() == null
          && transforms.get(between) == null
          && DirectConvolution.gathers(c.filter())
          && !network.taps().contains(between)
          && layers.stream().filter(layer -> layer.inputs().contains(between)).count() == 1) {
        pools.put(between, pool);
      }
    }
    return pools;
  }

  /** The transform of each convolution that has one; it depends on the size of the image. */
  private Map<String, Winograd> transforms(Map<String, int[]> shapes) {
    Map<String, Winograd> transforms = new HashMap<>();
    for (Layer layer : network.layers()) {
      if (layer instanceof Layer.Convolution c) {
        int[] out = shapes.get(c.output());
        transforms.put(c.output(), Winograd.choose(convolutions, c, out[0], out[1]));
      }
    }
    return transforms;
  }

  private static int padding(Layer.Convolution layer, Winograd transform) {
    return transform == null ? layer.padding() : transform.padding(layer);
  }

  private PlannedLayer planned(Layer layer, Map<String, Winograd> transforms) {
    BufferPlan.Place in = plan.place(layer.inputs().getFirst());
    BufferPlan.Place out = plan.place(layer.output());
    return switch (layer) {
      case Layer.Convolution c -> convolution(c, transforms.get(c.output()));
      case Layer.MaxPool pool -> each(b -> layers.maxPool(pool, in, out, b));
      case Layer.AddRelu add -> {
        BufferPlan.Place residual = plan.place(add.residual());
        yield each(b -> layers.addRelu(in, residual, out, b));
      }
      case Layer.GlobalAverage average -> each(b -> VectorLayers.globalAverage(in, out, b));
    };
  }

  /** Weights are packed when they are first needed, and kept. */
  private PlannedLayer convolution(Layer.Convolution layer, Winograd transform) {
    if (transform == null) {
      return direct(layer);
    }
    var packed =
        transformed.computeIfAbsent(
            layer.output() + transform,
            name -> WinogradConvolution.Packed.of(transform, layer.filter()));
    return new WinogradConvolution(layer, packed, plan);
  }

  private DirectConvolution direct(Layer.Convolution layer) {
    var packed =
        direct.computeIfAbsent(layer.output(), name -> DirectConvolution.Packed.of(layer.filter()));
    return new DirectConvolution(layer, packed, plan, parallel.threads());
  }

  /** A layer without weights, whose loops share the threads where no other loop has them. */
  private static PlannedLayer each(Consumer<float[][]> layer) {
    return new PlannedLayer() {
      @Override
      public void run(float[][][] images, float[] own) {
        for (float[][] activations : images) {
          layer.accept(activations);
        }
      }

      @Override
      public void runShared(Parallel threads, float[][] activations, float[][] own) {
        layer.accept(activations);
      }
    };
  }

  private void runGroup(Tensor images, Group group, Map<String, Tensor> results) {
    float[] own = takeScratch();
    float[][][] taken = takeActivations(group.count);
    float[][][] all = Arrays.copyOf(taken, group.count);
    for (int i = 0; i < all.length; i++) {
      int n = group.first + i;
      copyIn(images, n, all[i]);
      float[][][] one = {all[i]};
      for (int layer = 0; layer < deep; layer++) {
        work.get(layer).layer.run(one, own);
        handOut(layer, all[i], n, results);
      }
    }
    for (int layer = deep; layer < work.size(); layer++) {
      work.get(layer).layer.run(all, own);
      for (int i = 0; i < all.length; i++) {
        handOut(layer, all[i], group.first + i, results);
      }
    }
    freeActivations.add(taken);
    freeScratch.add(own);
  }

  private void runShared(Tensor images, int n, Map<String, Tensor> results) {
    float[][] own = new float[parallel.threads()][];
    Arrays.setAll(own, thread -> takeScratch());
    float[][][] taken = takeActivations(1);
    float[][] activations = taken[0];
    copyIn(images, n, activations);
    for (int layer = 0; layer < work.size(); layer++) {
      work.get(layer).layer.runShared(parallel, activations, own);
      handOut(layer, activations, n, results);
    }
    freeActivations.add(taken);
    freeScratch.addAll(List.of(own));
  }

  private float[] takeScratch() {
    float[] kept = freeScratch.poll();
    return kept == null ? new float[scratch] : kept;
  }

  /**
   * Buffers for at least some images, which have those of the first layers in common: there one
   * image is done before the next begins.
   */
  private float[][][] takeActivations(int count) {
    float[][][] kept = freeActivations.poll();
    float[][][] taken = kept == null ? new float[][][] {plan.allocate()} : kept;
    int from = taken.length;
    if (from >= count) {
      return taken;
    }
    taken = Arrays.copyOf(taken, count);
    for (int i = from; i < count; i++) {
      taken[i] = plan.allocateLike(taken[0], deepLayers);
    }
    return taken;
  }

  private void copyIn(Tensor images, int n, float[][] activations) {
    BufferPlan.Place input = plan.place(Network.INPUT);
    input.copyIn(images.data(), n * input.size(), activations[input.buffer()]);
  }

  /** Copies what a layer has written into the results, if it is a tap. */
  private void handOut(int layer, float[][] activations, int n, Map<String, Tensor> results) {
    String written = work.get(layer).output;
    Tensor result = results.get(written);
    if (result != null) {
      BufferPlan.Place place = plan.place(written);
      place.copyOut(activations[place.buffer()], result.data(), n * place.size());
    }
  }
}
