package kintsugi.bench;

import java.util.concurrent.TimeUnit;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.PreparedGaussians;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.padim.Cholesky;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.DecompositionSolver;
import org.apache.commons.math3.linear.RealVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** PaDiM's arithmetic at 56x56 positions of dimension 100 on two threads, next to Commons Math. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class PadimBenchmark {
  private static final int SIDE = 56;
  private static final int D = 100;
  private static final double EPSILON = 0.01;

  private Parallel parallel;
  private PreparedGaussians vector;
  private PreparedGaussians scalar;
  private GaussianAccumulator accumulator;
  private Tensor one;
  private Tensor batch;
  private double[][] covariance;
  private double[] packed;
  private DecompositionSolver solver;
  private RealVector difference;

  /** A fit on 24 random embeddings. */
  @Setup
  public void fit() {
    parallel = new Parallel(2);
    accumulator = new GaussianAccumulator(SIDE, SIDE, D);
    accumulator.add(Inputs.random(24, SIDE, SIDE, D), parallel);
    vector = new VectorEngine(parallel).prepare(gaussians());
    scalar = new ScalarEngine(parallel).prepare(gaussians());
    one = Inputs.random(1, SIDE, SIDE, D);
    batch = Inputs.random(16, SIDE, SIDE, D);
    packed = accumulator.covariance(0, EPSILON);
    covariance = new double[D][D];
    for (int i = 0; i < D; i++) {
      for (int j = 0; j <= i; j++) {
        covariance[i][j] = packed[Gaussians.triangle(i) + j];
        covariance[j][i] = covariance[i][j];
      }
    }
    solver = new CholeskyDecomposition(new Array2DRowRealMatrix(covariance, false)).getSolver();
    difference = new Array2DRowRealMatrix(covariance).getColumnVector(0);
  }

  /** A copy of its own for each engine, which takes it over. */
  private Gaussians gaussians() {
    return accumulator.result(EPSILON, parallel).gaussians();
  }

  @TearDown
  public void close() {
    parallel.close();
  }

  /** Factors, condition numbers and some ranks of all 3136 covariances. */
  @Benchmark
  public Object factorAll() {
    return accumulator.result(EPSILON, parallel);
  }

  /** One factor, one thread. */
  @Benchmark
  public double[] choleskyOne() {
    double[] copy = packed.clone();
    Cholesky.factor(copy, D);
    return copy;
  }

  /** The same by Commons Math. */
  @Benchmark
  public Object choleskyOneCommonsMath() {
    return new CholeskyDecomposition(new Array2DRowRealMatrix(covariance)).getL();
  }

  /** 3136 distances of one image. */
  @Benchmark
  public Object scoreOne() {
    return vector.mahalanobis(one);
  }

  /** 16 images. */
  @Benchmark
  public Object scoreSixteen() {
    return vector.mahalanobis(batch);
  }

  /** One image by the specification. */
  @Benchmark
  public Object scoreOneScalar() {
    return scalar.mahalanobis(one);
  }

  /** One distance by Commons Math, factored beforehand; an image is 3136 of them. */
  @Benchmark
  public double distanceCommonsMath() {
    return Math.sqrt(difference.dotProduct(solver.solve(difference)));
  }

  /** Mean and covariance updated by 16 images. */
  @Benchmark
  public Object accumulateSixteen() {
    accumulator.add(batch, parallel);
    return accumulator;
  }
}
