package kintsugi.bench;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.pooling.Pool;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;

/**
 * The same layers with the same weights in PyTorch, operation by operation (eager) through DJL,
 * without gradients. The three outputs are copied into Java's memory, the only way to read them.
 */
final class TorchBackbone implements Backbone {
  private final Network network;
  private final NDManager manager;
  private final NDArray input;
  private final Map<String, NDArray> weights = new HashMap<>();
  private final Map<String, NDArray> biases = new HashMap<>();
  private final Map<String, long[]> shapes = new LinkedHashMap<>();

  TorchBackbone(Network network, Tensor images, int threads) {
    this.network = network;
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("OPT_OUT_TRACKING", "true");
    Engine.getEngine("PyTorch");
    JniUtils.setGradMode(false);
    if (JniUtils.getNumThreads() != threads) {
      throw new IllegalStateException("PyTorch runs on " + JniUtils.getNumThreads() + " threads");
    }
    manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    input =
        manager.create(
            Planes.of(images), new Shape(images.dim(0), 3, images.dim(1), images.dim(2)));
    for (Layer layer : network.layers()) {
      if (layer instanceof Layer.Convolution c) {
        var f = c.filter();
        Shape shape = new Shape(f.outputs(), f.inputs(), f.height(), f.width());
        weights.put(c.output(), manager.create(Planes.filter(f), shape));
        biases.put(c.output(), manager.create(f.bias().data(), new Shape(f.outputs())));
      }
    }
  }

  @Override
  public Object run() {
    List<ByteBuffer> results = new ArrayList<>();
    try (NDManager scope = manager.newSubManager()) {
      // A result belongs to the manager of what it was computed from, and lives as long.
      scope.tempAttachAll(input);
      Map<String, NDArray> values = new HashMap<>();
      values.put(Network.INPUT, input);
      for (Layer layer : network.layers()) {
        values.put(layer.output(), value(layer, values));
      }
      for (String tap : network.taps()) {
        shapes.put(tap, values.get(tap).getShape().getShape());
        results.add(values.get(tap).toByteBuffer());
      }
    }
    return results;
  }

  private NDArray value(Layer layer, Map<String, NDArray> values) {
    NDArray in = values.get(layer.inputs().getFirst());
    return switch (layer) {
      case Layer.Convolution c -> convolution(c, in, values);
      case Layer.MaxPool p -> {
        Shape stride = new Shape(p.stride(), p.stride());
        Shape padding = new Shape(p.padding(), p.padding());
        yield Pool.maxPool2d(in, new Shape(p.size(), p.size()), stride, padding, false);
      }
      case Layer.AddRelu sum -> relu(in.add(values.get(sum.residual())));
      case Layer.GlobalAverage average -> throw new IllegalArgumentException(average.output());
    };
  }

  private NDArray convolution(Layer.Convolution c, NDArray in, Map<String, NDArray> values) {
    Shape stride = new Shape(c.stride(), c.stride());
    Shape padding = new Shape(c.padding(), c.padding());
    Shape one = new Shape(1, 1);
    String name = c.output();
    NDList list = Conv2d.conv2d(in, weights.get(name), biases.get(name), stride, padding, one, 1);
    NDArray out = list.singletonOrThrow();
    if (c.residual() != null) {
      out = out.addi(values.get(c.residual()));
    }
    return c.relu() ? relu(out) : out;
  }

  private static NDArray relu(NDArray of) {
    return of.getNDArrayInternal().relu();
  }

  @Override
  @SuppressWarnings("unchecked")
  public Map<String, Tensor> features() {
    List<ByteBuffer> results = (List<ByteBuffer>) run();
    Map<String, Tensor> features = new LinkedHashMap<>();
    for (String tap : network.taps()) {
      ByteBuffer bytes = results.get(features.size()).order(ByteOrder.nativeOrder());
      features.put(tap, Planes.nhwc(bytes.asFloatBuffer(), shapes.get(tap)));
    }
    return features;
  }

  @Override
  public void close() {
    manager.close();
  }
}
