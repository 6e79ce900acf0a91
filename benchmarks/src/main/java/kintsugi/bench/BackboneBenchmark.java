package kintsugi.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * ResNet-18 from the stem to layer 3, all three layers handed out, next to native runtimes with the
 * same weights, images and threads. Each is checked against the direct convolutions before it is
 * timed.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class BackboneBenchmark {
  private static final List<String> TAPS = List.of("layer1", "layer2", "layer3");

  /** Who computes. */
  @Param({"winograd4", "onnxruntime", "winograd2", "direct", "pytorch", "onednn"})
  public String who;

  /** Images, width and height. */
  @Param({"1x224x224", "1x600x400", "32x224x224"})
  public String input;

  /** Threads of one computation. */
  @Param({"1", "2"})
  public int threads;

  private Backbone backbone;

  /** Loads weights and a batch of images, and compares the features. */
  @Setup
  public void load() {
    String[] sizes = input.split("x");
    int height = Integer.parseInt(sizes[2]);
    int width = Integer.parseInt(sizes[1]);
    Tensor images = Inputs.random(Integer.parseInt(sizes[0]), height, width, 3);
    Network network = network();
    backbone =
        switch (who) {
          case "onnxruntime" -> new OnnxBackbone(network, images, threads);
          case "pytorch" -> new TorchBackbone(network, images, threads);
          case "onednn" -> new OneDnnBackbone(network, images, threads);
          default ->
              new KintsugiBackbone(
                  network, images, threads, Convolutions.valueOf(who.toUpperCase(Locale.ROOT)));
        };
    try (Backbone direct = new KintsugiBackbone(network, images, 1, Convolutions.DIRECT)) {
      Agreement.require(who, direct.features(), backbone.features());
    }
  }

  /** The network of all that are compared. */
  static Network network() {
    return ResNet.network(Inputs.weights(), TAPS);
  }

  /**
   * {@return the operations of direct convolutions, two for each product, of all images}
   *
   * @param input as in {@link #input}
   */
  public static double flops(String input) {
    return layers(
        input, (layer, in, out) -> 2.0 * out[0] * out[1] * layer.filter().weight().size());
  }

  /**
   * {@return the bytes that must move at least: of each convolution the input, the weights and the
   * output once; weights once for all images}
   *
   * @param input as in {@link #input}
   */
  public static double bytes(String input) {
    double images = Integer.parseInt(input.split("x")[0]);
    return Float.BYTES
        * layers(
            input,
            (layer, in, out) ->
                (double) in[0] * in[1] * in[2]
                    + (double) out[0] * out[1] * out[2]
                    + layer.filter().weight().size() / images);
  }

  /** Something of a convolution, by its input's and its output's shape. */
  private interface Count {
    double of(Layer.Convolution layer, int[] in, int[] out);
  }

  private static double layers(String input, Count count) {
    int[] sizes = Stream.of(input.split("x")).mapToInt(Integer::parseInt).toArray();
    Network network = ResNet.network(ResNet.randomWeights(1), TAPS);
    Map<String, int[]> shapes = network.shapes(sizes[2], sizes[1], 3);
    double sum = 0;
    for (Layer layer : network.layers()) {
      if (layer instanceof Layer.Convolution c) {
        sum += count.of(c, shapes.get(c.input()), shapes.get(c.output()));
      }
    }
    return sizes[0] * sum;
  }

  /** Ends threads and sessions. */
  @TearDown
  public void close() {
    backbone.close();
  }

  /** One batch. */
  @Benchmark
  public Object features() {
    return backbone.run();
  }
}
