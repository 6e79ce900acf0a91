package kintsugi.bench;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import kintsugi.engine.Convolutions;
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

/** ResNet-18 from the stem to layer 3, all three layers handed out, next to two native runtimes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class BackboneBenchmark {
  /** Who computes. */
  @Param({"winograd4", "onnxruntime", "winograd2", "direct", "pytorch"})
  public String who;

  /** Images, width and height. */
  @Param({"1x224x224", "1x600x400", "32x224x224"})
  public String input;

  /** Threads of one computation. */
  @Param({"1", "2"})
  public int threads;

  private Backbone backbone;

  /** Loads weights and a batch of images. */
  @Setup
  public void load() {
    String[] sizes = input.split("x");
    int height = Integer.parseInt(sizes[2]);
    int width = Integer.parseInt(sizes[1]);
    Tensor images = Inputs.random(Integer.parseInt(sizes[0]), height, width, 3);
    backbone =
        switch (who) {
          case "onnxruntime" -> new OnnxBackbone(images, threads);
          case "pytorch" -> new TorchBackbone(images, threads);
          default ->
              new KintsugiBackbone(
                  images, threads, Convolutions.valueOf(who.toUpperCase(Locale.ROOT)));
        };
  }

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
