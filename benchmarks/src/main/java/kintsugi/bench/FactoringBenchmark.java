package kintsugi.bench;

import java.util.concurrent.TimeUnit;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.padim.Cholesky;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
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
 * The covariances of PaDiM: updated by images, and factored. A factor costs {@code D³/3}
 * operations.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class FactoringBenchmark {
  private static final double EPSILON = 0.01;
  private static final int SIDE = 56;

  /** Rows of positions at dimension 448: a seventh of all, which would take 4 GB. */
  private static final int FEW = 8;

  /** The embedding dimension: of the published recipes, and of all channels. */
  @Param({"100", "448"})
  public int d;

  private Parallel parallel;
  private Engine engine;
  private GaussianAccumulator accumulator;
  private Tensor batch;
  private double[] packed;
  private RealMatrix matrix;

  /** A fit on 24 random embeddings. */
  @Setup
  public void fit() {
    parallel = new Parallel(2);
    engine = new VectorEngine(parallel);
    int height = d == 448 ? FEW : SIDE;
    accumulator = new GaussianAccumulator(height, SIDE, d);
    accumulator.add(Inputs.random(24, height, SIDE, d), engine, parallel);
    batch = Inputs.random(16, height, SIDE, d);
    packed = accumulator.covariance(0, EPSILON);
    matrix = full(packed, d);
    compare();
  }

  /** What disagrees is not timed. */
  private void compare() {
    RealMatrix factor = new CholeskyDecomposition(matrix).getL();
    double[] expected = new double[packed.length];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        expected[Gaussians.triangle(i) + j] = factor.getEntry(i, j);
      }
    }
    Agreement.require("engine", expected, one());
    Agreement.require("scalar", expected, oneScalar());
  }

  static RealMatrix full(double[] packed, int d) {
    RealMatrix full = MatrixUtils.createRealMatrix(d, d);
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        full.setEntry(i, j, packed[Gaussians.triangle(Math.max(i, j)) + Math.min(i, j)]);
      }
    }
    return full;
  }

  @TearDown
  public void close() {
    parallel.close();
  }

  /** One factor by the engine, one thread. */
  @Benchmark
  public double[] one() {
    double[] copy = packed.clone();
    engine.factor(copy, d);
    return copy;
  }

  /** The same by the specification: the floor, not a peer. */
  @Benchmark
  public double[] oneScalar() {
    double[] copy = packed.clone();
    Cholesky.factor(copy, d);
    return copy;
  }

  /** The same by Commons Math. */
  @Benchmark
  public Object oneCommonsMath() {
    return new CholeskyDecomposition(matrix);
  }

  /** Factors, condition numbers and some ranks of all positions, two threads. */
  @Benchmark
  public Object all() {
    return accumulator.result(EPSILON, engine, parallel);
  }

  /** Mean and covariance of all positions updated by 16 images, two threads. */
  @Benchmark
  public Object accumulateSixteen() {
    accumulator.add(batch, engine, parallel);
    return accumulator;
  }
}
