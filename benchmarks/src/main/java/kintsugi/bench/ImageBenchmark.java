package kintsugi.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.engine.Border;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageDecoder;
import kintsugi.image.Pixels;
import kintsugi.padim.PadimRecipe;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The steps before and after the backbone for one image, on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ImageBenchmark {
  private Scratch scratch;
  private Path jpeg;
  private Pixels pixels;
  private Parallel parallel;
  private Engine engine;
  private Tensor distances;
  private Tensor map;

  /** A JPEG of 227x227. */
  @Setup
  public void draw() throws IOException {
    scratch = Scratch.create();
    Path folder = scratch.path();
    SyntheticConcrete.write(folder, 1, 0, 1);
    Path png = folder.resolve(SyntheticConcrete.NORMAL).resolve("000.png");
    pixels = ImageDecoder.read(png);
    jpeg = folder.resolve("000.jpg");
    ImageIO.write(pixels.toImage(), "jpeg", jpeg.toFile());
    parallel = new Parallel(1);
    engine = new VectorEngine(parallel);
    distances = Inputs.random(1, 56, 56);
    map = Inputs.random(1, 224, 224);
  }

  @TearDown
  public void clean() throws IOException {
    parallel.close();
    scratch.close();
  }

  @Benchmark
  public Object decodeJpeg() {
    return ImageDecoder.read(jpeg);
  }

  @Benchmark
  public Object resizeAndNormalise() {
    return PadimRecipe.MATLAB.preprocessing().apply(pixels);
  }

  @Benchmark
  public Object upsample() {
    return engine.upsample(distances, 224, 224, Upsampling.BILINEAR);
  }

  @Benchmark
  public Object blur() {
    return engine.blur(map, ScoreMaps.gaussian(4), Border.REPLICATE);
  }
}
