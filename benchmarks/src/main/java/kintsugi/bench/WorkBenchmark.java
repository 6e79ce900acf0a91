package kintsugi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Fit;
import kintsugi.detector.PadimRecipe;
import kintsugi.detector.Session;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Parallel;
import kintsugi.engine.VectorEngine;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** Fit and predict as a whole, files included, on 32 pictures and two threads. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class WorkBenchmark {
  private static final int PICTURES = 32;

  private Path folder;
  private List<Path> files;
  private Parallel parallel;
  private Session session;
  private AnomalyDetector detector;

  /** Draws the pictures and fits once. */
  @Setup
  public void draw() throws IOException {
    folder = Files.createTempDirectory("kintsugi-bench");
    SyntheticConcrete.write(folder, PICTURES, 0, 1);
    files = PictureFolder.list(folder.resolve(SyntheticConcrete.NORMAL));
    parallel = new Parallel(2);
    VectorEngine engine = new VectorEngine(parallel, Convolutions.WINOGRAD4);
    session = Session.strict(engine, parallel, Inputs.weights());
    detector = fitted();
  }

  @TearDown
  public void clean() throws IOException {
    parallel.close();
    try (var all = Files.walk(folder)) {
      for (Path file : all.toList().reversed()) {
        Files.delete(file);
      }
    }
  }

  @Benchmark
  public Object fit() {
    return fitted();
  }

  private AnomalyDetector fitted() {
    Fit fit = Fit.start(PadimRecipe.MATLAB, 1);
    fit.add(session, files);
    return fit.finish(session);
  }

  @Benchmark
  public void predict(Blackhole hole) {
    detector.score(session, files, "predict", hole::consume);
  }
}
