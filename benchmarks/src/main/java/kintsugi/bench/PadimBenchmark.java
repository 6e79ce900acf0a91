package kintsugi.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.PreparedGaussians;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.ArrayRealVector;
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

/** PaDiM's distances at 56x56 positions of dimension 100 on two threads, next to Commons Math. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class PadimBenchmark {
  private static final int SIDE = 56;
  private static final int D = 100;
  private static final double EPSILON = 0.01;

  private Parallel parallel;
  private Engine engine;
  private PreparedGaussians vector;
  private PreparedGaussians scalar;
  private GaussianAccumulator accumulator;
  private Tensor one;
  private Tensor batch;
  private float[] mean;
  private List<DecompositionSolver> solvers;

  /** A fit on 24 random embeddings. */
  @Setup
  public void fit() {
    parallel = new Parallel(2);
    engine = new VectorEngine(parallel);
    accumulator = new GaussianAccumulator(SIDE, SIDE, D);
    accumulator.add(Inputs.random(24, SIDE, SIDE, D), engine, parallel);
    vector = engine.prepare(gaussians());
    scalar = new ScalarEngine(parallel).prepare(gaussians());
    one = Inputs.random(1, SIDE, SIDE, D);
    batch = Inputs.random(16, SIDE, SIDE, D);
    mean = gaussians().mean();
    solvers =
        IntStream.range(0, SIDE * SIDE)
            .mapToObj(i -> FactoringBenchmark.full(accumulator.covariance(i, EPSILON), D))
            .map(covariance -> new CholeskyDecomposition(covariance).getSolver())
            .toList();
    compare();
  }

  /** What disagrees is not timed. */
  private void compare() {
    float[] expected = Agreement.floats(scoreOneCommonsMath());
    Agreement.require("vector", expected, vector.mahalanobis(one).data());
    Agreement.require("scalar", expected, scalar.mahalanobis(one).data());
  }

  /** A copy of its own for each engine, which takes it over. */
  private Gaussians gaussians() {
    return accumulator.result(EPSILON, engine, parallel).gaussians();
  }

  @TearDown
  public void close() {
    parallel.close();
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

  /** One image by the specification: the floor, not a peer. */
  @Benchmark
  public Object scoreOneScalar() {
    return scalar.mahalanobis(one);
  }

  /**
   * The same image by Commons Math, which has factored every position's covariance beforehand, on
   * the same two threads. Its solver goes through both triangles, in fp64; the engine needs one, in
   * fp32.
   */
  @Benchmark
  public double[] scoreOneCommonsMath() {
    double[] distances = new double[SIDE * SIDE];
    parallel.forEach(
        distances.length,
        position -> {
          RealVector difference = new ArrayRealVector(D);
          for (int i = 0; i < D; i++) {
            int at = position * D + i;
            difference.setEntry(i, one.data()[at] - mean[at]);
          }
          RealVector solved = solvers.get(position).solve(difference);
          distances[position] = Math.sqrt(difference.dotProduct(solved));
        });
    return distances;
  }
}
