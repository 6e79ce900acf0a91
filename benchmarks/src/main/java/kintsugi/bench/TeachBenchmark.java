package kintsugi.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
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
 * One image taught to a model at 224x224 on two threads, from its pixels to the new model: with
 * PaDiM 3136 positions of 100 channels. The model is not calibrated, so that nothing else is
 * scored.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TeachBenchmark {
  private static final int FITTED = 12;
  private static final int SIDE = 256;

  /** The recipe. */
  @Param({"padim/matlab", "patchcore/amazon"})
  public String recipe;

  /** Images that were taught before. */
  @Param({"0", "10"})
  public int before;

  private Kintsugi kintsugi;
  private Model model;
  private ImageSource image;

  /** A fit on random images with random weights. */
  @Setup
  public void fit() {
    kintsugi = Kintsugi.builder().threads(2).weights(ResNet.randomWeights(1)).open();
    List<ImageSource> images = new ArrayList<>();
    for (int i = 0; i <= FITTED + before; i++) {
      images.add(image(i));
    }
    model = kintsugi.fit(Methods.recipe(recipe), 1, images.subList(0, FITTED));
    for (ImageSource each : images.subList(FITTED, FITTED + before)) {
      model = kintsugi.teach(model, each).after();
    }
    image = images.getLast();
  }

  private static ImageSource image(int seed) {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    new Random(seed).nextBytes(rgb);
    return ImageSource.of(new Pixels(SIDE, SIDE, rgb));
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    kintsugi.close();
  }

  /** {@return the model that knows one image more} */
  @Benchmark
  public Model teach() {
    return kintsugi.teach(model, image).after();
  }
}
