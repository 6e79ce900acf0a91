package kintsugi.bench;

import java.util.concurrent.TimeUnit;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowBank;
import kintsugi.engine.ScalarEngine;
import kintsugi.engine.VectorEngine;
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

/** PatchCore's arithmetic: patches of 384 numbers beside a bank of rows, on two threads. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class RowBankBenchmark {
  private static final int D = 384;

  /** Operations of one call. */
  static double flops(int rows, int queries) {
    return 2.0 * rows * queries * D;
  }

  /** Who computes; {@code scalar} is the floor. */
  @Param({"vector", "scalar"})
  public String who;

  private Parallel parallel;
  private RowBank bank;
  private RowBank pool;
  private Tensor picture;
  private Tensor centres;

  /** A bank of 2000 rows, a pool of 20 000 patches. */
  @Setup
  public void layOut() {
    parallel = new Parallel(2);
    Engine engine = who.equals("vector") ? new VectorEngine(parallel) : new ScalarEngine(parallel);
    bank = engine.bank(Inputs.random(2000, D));
    pool = engine.bank(Inputs.random(20_000, D));
    picture = Inputs.random(784, D);
    centres = Inputs.random(56, D);
  }

  @TearDown
  public void close() {
    parallel.close();
  }

  /** The nearest of 2000 rows for each patch of a picture of 28x28. */
  @Benchmark
  public Object nearest() {
    return bank.nearest(picture);
  }

  /** A coreset step for a batch: 56 new centres beside 20 000 patches. */
  @Benchmark
  public Object coresetStep() {
    return pool.products(centres);
  }
}
