package kintsugi.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.ImageSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** Fit and predict as a whole, files included, on 32 images and two threads. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class WorkBenchmark {
  private static final int IMAGES = 32;

  private Scratch scratch;
  private List<ImageSource> images;
  private Kintsugi kintsugi;
  private Model model;

  /** Draws the images and fits once. */
  @Setup
  public void draw() throws IOException {
    scratch = Scratch.create();
    SyntheticConcrete.write(scratch.path(), IMAGES, 0, 1);
    kintsugi = Kintsugi.builder().threads(2).weights(Inputs.weights()).open();
    images = kintsugi.images(scratch.path().resolve(SyntheticConcrete.NORMAL));
    model = fitted();
  }

  @TearDown
  public void clean() throws IOException {
    kintsugi.close();
    scratch.close();
  }

  @Benchmark
  public Object fit() {
    return fitted();
  }

  private Model fitted() {
    return kintsugi.fit(Methods.recipe("padim"), 1, images);
  }

  @Benchmark
  public void predict(Blackhole hole) {
    try (Stream<Prediction> predictions = kintsugi.predict(model, images)) {
      predictions.forEach(hole::consume);
    }
  }
}
