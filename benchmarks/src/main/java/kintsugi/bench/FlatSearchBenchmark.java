package kintsugi.bench;

import java.util.concurrent.TimeUnit;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
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
 * The nearest row for all patches of an image of 600x400, exactly, next to the exhaustive search of
 * FAISS on OpenBLAS; on {@link NeighborIndexBenchmark}'s patches and two threads.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class FlatSearchBenchmark {
  private static final int QUERIES = 3750;
  private static final int DIRECTIONS = 12;

  /** Who searches. */
  @Param({"vector", "openblas"})
  public String who;

  /** Rows of the memory bank. */
  @Param({"13500"})
  public int rows;

  /** Values of a patch. */
  @Param({"384"})
  public int d;

  private Parallel parallel;
  private NeighborIndex index;
  private FlatSearch flat;
  private Tensor queries;

  /** Lays out both, and compares the distances. */
  @Setup
  public void layOut() {
    parallel = new Parallel(2);
    Tensor directions = Inputs.random(DIRECTIONS, d);
    Tensor bank = NeighborIndexBenchmark.patches(1, directions, rows);
    queries = NeighborIndexBenchmark.patches(3, directions, QUERIES);
    flat = new FlatSearch(bank, parallel);
    index = new VectorEngine(parallel).index(RowMatrix.of(bank));
    Agreement.require(
        "openblas",
        floats(index.nearest(queries, 1).squaredDistance()),
        floats(flat.nearest(queries).squaredDistance()));
  }

  private static float[] floats(double[] from) {
    float[] to = new float[from.length];
    for (int i = 0; i < to.length; i++) {
      to[i] = (float) from[i];
    }
    return to;
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    parallel.close();
  }

  /** One image. */
  @Benchmark
  public Object nearest() {
    return who.equals("vector") ? index.nearest(queries, 1) : flat.nearest(queries);
  }
}
