package kintsugi.bench;

import java.util.concurrent.TimeUnit;
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
 * The engine on a device next to the vector engine on two threads; left out where TornadoVM is not
 * installed.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class DeviceBenchmark {
  private static final int IMAGES = 32;

  /** The engine. */
  @Param({"vector", "tornado"})
  public String who;

  private final NeighborIndexBenchmark rows = new NeighborIndexBenchmark();
  private Backbone backbone;

  /** Prepares everything; data that goes to the device once goes there in the first round. */
  @Setup
  public void layOut() {
    backbone =
        new KintsugiBackbone(
            BackboneBenchmark.network(), Inputs.random(IMAGES, 224, 224, 3), 2, who);
    rows.who = who;
    rows.layOut();
  }

  @TearDown
  public void close() {
    backbone.close();
    rows.close();
  }

  /** ResNet-18 to layer 3 for 32 images of 224x224. */
  @Benchmark
  public Object backbone() {
    return backbone.run();
  }

  /** The nearest of 2000 rows of 384 values for each of 784 patches. */
  @Benchmark
  public Object nearest() {
    return rows.nearest();
  }

  /** 20 000 patches of 384 values next to 56 new centres. */
  @Benchmark
  public double[] coresetStep() {
    return rows.coresetStep();
  }
}
