package kintsugi.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import kintsugi.engine.Engine;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
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
 * PatchCore's arithmetic on two threads: patches of 384 values next to a bank of rows. The patches
 * are random walks in a few directions and noise in all, since it is by their few directions that
 * real ones are told apart.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class NeighborIndexBenchmark {
  private static final int D = 384;
  private static final int DIRECTIONS = 12;
  private static final int POOL = 20_000;

  /** The engine; {@code scalar} is the floor. */
  @Param({"vector", "scalar"})
  public String who;

  private Parallel parallel;
  private NeighborIndex bank;
  private NeighborIndex pool;
  private Tensor image;
  private Tensor centres;

  /** A bank of 2000 rows, a pool of 20 000 patches. */
  @Setup
  public void layOut() {
    parallel = new Parallel(2);
    Engine engine = Inputs.engine(who, parallel);
    Tensor directions = Inputs.random(DIRECTIONS, D);
    bank = engine.index(RowMatrix.of(patches(1, directions, 2000)));
    pool = engine.index(RowMatrix.of(patches(2, directions, POOL)));
    image = patches(3, directions, 784);
    centres = patches(4, directions, 56);
  }

  static Tensor patches(long seed, Tensor directions, int count) {
    int d = directions.dim(1);
    Tensor patches = Inputs.seeded(seed, count, d);
    Tensor weights = Inputs.seeded(-seed, count, DIRECTIONS);
    for (int i = 0; i < patches.size(); i++) {
      patches.data()[i] *= 0.2f;
      for (int a = 0; a < DIRECTIONS; a++) {
        patches.data()[i] +=
            weights.data()[i / d * DIRECTIONS + a] * directions.data()[a * d + i % d];
      }
    }
    return patches;
  }

  @TearDown
  public void close() {
    parallel.close();
  }

  /** The nearest of 2000 rows for each patch of an image of 28x28. */
  @Benchmark
  public Object nearest() {
    return bank.nearest(image, 1);
  }

  /** A coreset step: 20 000 patches next to 56 new centres. */
  @Benchmark
  public double[] coresetStep() {
    double[] squared = new double[POOL];
    Arrays.fill(squared, 100);
    pool.updateMinimumDistances(squared, centres);
    return squared;
  }
}
