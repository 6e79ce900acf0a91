package kintsugi.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
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
 * Every convolution shape of ResNet-18 up to layer 3, on one thread, copies in and out included.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ConvolutionBenchmark {

  /** Side of the input, channels in, channels out, window, stride. */
  @Param({
    "224-3-64-7-2",
    "56-64-64-3-1",
    "56-64-128-3-2",
    "56-64-128-1-2",
    "28-128-128-3-1",
    "28-128-256-3-2",
    "14-256-256-3-1"
  })
  public String shape;

  /** The algorithm; {@code scalar} is the floor. */
  @Param({"DIRECT", "WINOGRAD2", "WINOGRAD4", "scalar"})
  public String how;

  private Parallel parallel;
  private Engine.Runner runner;
  private Tensor input;

  /** Prepares the convolution. */
  @Setup
  public void layOut() {
    int[] s = sizes(shape);
    parallel = new Parallel(1);
    Engine engine =
        how.equals("scalar")
            ? new ScalarEngine(parallel)
            : new VectorEngine(parallel, Convolutions.valueOf(how));
    Filter filter = new Filter(Inputs.random(s[3], s[3], s[1], s[2]), Inputs.random(s[2]));
    Layer layer = new Layer.Convolution("out", Network.INPUT, null, filter, s[4], s[3] / 2, true);
    runner = engine.prepare(new Network(List.of(layer), List.of("out")));
    input = Inputs.random(1, s[0], s[0], s[1]);
  }

  private static int[] sizes(String shape) {
    return List.of(shape.split("-")).stream().mapToInt(Integer::parseInt).toArray();
  }

  /**
   * {@return the operations of a direct convolution, two for each product}
   *
   * @param shape as in {@link #shape}
   */
  public static double flops(String shape) {
    int[] s = sizes(shape);
    double side = Math.ceil((double) s[0] / s[4]);
    return 2 * side * side * s[1] * s[2] * s[3] * s[3];
  }

  /**
   * {@return the bytes that must move at least: image, weights and result once}
   *
   * @param shape as in {@link #shape}
   */
  public static double bytes(String shape) {
    int[] s = sizes(shape);
    double side = Math.ceil((double) s[0] / s[4]);
    return Float.BYTES
        * ((double) s[0] * s[0] * s[1] + (double) s[1] * s[2] * s[3] * s[3] + side * side * s[2]);
  }

  @TearDown
  public void close() {
    parallel.close();
  }

  /** One image. */
  @Benchmark
  public Object convolve() {
    return runner.run(input);
  }
}
