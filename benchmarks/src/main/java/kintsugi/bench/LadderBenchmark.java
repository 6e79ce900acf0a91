package kintsugi.bench;

import java.util.concurrent.TimeUnit;
import kintsugi.examples.ladder.Ladder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The eight steps of the ladder (docs/ladder.md), one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class LadderBenchmark {

  /** The step. */
  @Param({"1", "2", "3", "4", "5", "6", "7", "8"})
  public int step;

  private Ladder.Step made;
  private float[] image;

  /** Lays out weights and image. */
  @Setup
  public void layOut() {
    made = Ladder.step(step);
    image = Ladder.image(step);
  }

  /** One image. */
  @Benchmark
  public Object convolve() {
    return made.convolve(image);
  }
}
