package kintsugi.tornado;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.engine.Engine;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;
import uk.ac.manchester.tornado.api.TaskGraphInterface;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * A network as one task graph: the weights are copied to the device once, the activations stay
 * there, images are copied in and taps copied out. The graph is built for the largest batch so far
 * and a smaller batch uses a part of it; a batch too large for the device is divided.
 */
final class DeviceNetwork implements Engine.Runner {
  private final Network network;
  private final Device device;
  private Built built;

  DeviceNetwork(Network network, Device device) {
    this.network = network;
    this.device = device;
  }

  @Override
  public synchronized Map<String, Tensor> run(Tensor images) {
    int count = images.dim(0);
    Map<String, int[]> shapes = network.shapes(images.dim(1), images.dim(2), images.dim(3));
    if (built == null || !built.serves(shapes.get(Network.INPUT), count)) {
      // Dropped first, so that its memory can be used again.
      built = null;
      built = new Built(shapes, count);
    }
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      int[] s = shapes.get(tap);
      results.put(tap, Tensor.zeros(count, s[0], s[1], s[2]));
    }
    for (int first = 0; first < count; first += built.capacity) {
      built.run(images, first, Math.min(built.capacity, count - first), results);
    }
    return results;
  }

  /** The graph for one size of images. */
  private final class Built {
    private final Map<String, int[]> shapes;
    private final Placement placement;

    /** Maximum number of images that fit the device. */
    private final int max;

    private final int capacity;
    private final List<FloatArray> activations = new ArrayList<>();
    private final IntArray live = new IntArray(1);
    private final Device.Program program;

    Built(Map<String, int[]> shapes, int count) {
      this.shapes = shapes;
      this.placement = new Placement(network, shapes);
      long each = placement.sizes().stream().mapToLong(size -> (long) size * Float.BYTES).sum();
      int maximum = placement.sizes().stream().max(Integer::compare).orElseThrow();
      this.max = Copies.batch(device.free() - weights(), each, maximum);
      this.capacity = Math.min(count, max);
      for (int size : placement.sizes()) {
        activations.add(Copies.allocate((long) capacity * size));
      }
      this.program = device.program("network", this::addTo);
    }

    private long addTo(TaskGraphInterface graph) {
      long bytes = activations.stream().mapToLong(Copies::bytes).sum();
      graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, activation(Network.INPUT), live);
      for (int i = 0; i < network.layers().size(); i++) {
        bytes += add(graph, "layer" + i, network.layers().get(i));
      }
      for (String tap : network.taps()) {
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, activation(tap));
      }
      return bytes;
    }

    private long weights() {
      long bytes = 0;
      for (Layer layer : network.layers()) {
        if (layer instanceof Layer.Convolution c) {
          bytes += (long) c.filter().weight().size() * Float.BYTES;
        }
      }
      return bytes;
    }

    private FloatArray activation(String name) {
      return activations.get(placement.place(name));
    }

    boolean serves(int[] shape, int count) {
      return Arrays.equals(shapes.get(Network.INPUT), shape) && capacity >= Math.min(count, max);
    }

    void run(Tensor images, int first, int count, Map<String, Tensor> results) {
      int size = images.size() / images.dim(0);
      Copies.in(images.data(), first * size, count * size, activation(Network.INPUT), 0);
      live.set(0, count);
      program.run();
      results.forEach(
          (tap, to) -> {
            int each = to.size() / to.dim(0);
            Copies.out(activation(tap), 0, to.data(), first * each, count * each);
          });
    }

    /** Returns the bytes of the layer's own arrays. */
    private long add(TaskGraphInterface graph, String id, Layer layer) {
      int[] s = shapes.get(layer.inputs().getFirst());
      FloatArray in = activation(layer.inputs().getFirst());
      FloatArray out = activation(layer.output());
      switch (layer) {
        case Layer.Convolution c -> {
          FloatArray weight = Copies.of(c.filter().weight().data());
          FloatArray bias = Copies.of(c.filter().bias().data());
          graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, weight, bias);
          convolve(graph, id, c, s, in, weight, bias, out);
          return Copies.bytes(weight, bias);
        }
        case Layer.MaxPool p -> {
          int size = p.size();
          int stride = p.stride();
          int padding = p.padding();
          graph.task(
              id, NetworkKernels::maxPool, in, out, live, s[0], s[1], s[2], size, stride, padding);
        }
        case Layer.AddRelu a -> {
          FloatArray residual = activation(a.residual());
          graph.task(id, NetworkKernels::addRelu, in, residual, out, live, s[0] * s[1] * s[2]);
        }
        case Layer.GlobalAverage a ->
            graph.task(id, NetworkKernels::average, in, out, live, s[0] * s[1], s[2]);
      }
      return 0;
    }

    private void convolve(
        TaskGraphInterface graph,
        String id,
        Layer.Convolution c,
        int[] s,
        FloatArray in,
        FloatArray weight,
        FloatArray bias,
        FloatArray out) {
      boolean residual = c.residual() != null;
      graph.task(
          id,
          NetworkKernels::convolve,
          in,
          weight,
          bias,
          residual ? activation(c.residual()) : bias,
          out,
          live,
          s[0],
          s[1],
          s[2],
          c.filter().outputs(),
          c.filter().height(),
          c.filter().width(),
          c.stride(),
          c.padding(),
          (c.relu() ? NetworkKernels.RELU : 0) | (residual ? NetworkKernels.RESIDUAL : 0));
    }
  }
}
