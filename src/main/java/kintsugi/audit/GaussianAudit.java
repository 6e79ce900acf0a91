package kintsugi.audit;

import java.util.Arrays;
import java.util.Random;
import kintsugi.engine.FixedPoint;
import kintsugi.engine.Gaussians;
import kintsugi.engine.PreparedGaussians;
import kintsugi.padim.Cholesky;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.apache.commons.math3.stat.correlation.Covariance;

/**
 * The audit of PaDiM's mean, covariance, Cholesky factor and Mahalanobis distance, against Commons
 * Math.
 */
final class GaussianAudit {
  private static final double EPSILON = 0.01;

  private GaussianAudit() {}

  static void run(Bench bench) {
    covariance(bench, 40, 37, 0, "around 0");
    covariance(bench, 40, 12, 300, "around 300, where a sum of squares loses 5 digits");
    covariance(bench, 5, 12, 0, "fewer images than elements");
    for (int n : new int[] {1, 7, 100}) {
      cholesky(bench, n);
      mahalanobis(bench, n);
    }
  }

  private static double[][] samples(Random random, int images, int d, double centre) {
    double[][] samples = new double[images][d];
    for (double[] sample : samples) {
      double common = random.nextGaussian();
      for (int i = 0; i < d; i++) {
        sample[i] = (float) (centre + common + random.nextGaussian() / (1 + i));
      }
    }
    return samples;
  }

  private static void covariance(Bench bench, int images, int d, double centre, String values) {
    double[][] samples = samples(new Random(images), images, d, centre);
    RealMatrix wanted = new Covariance(samples, true).getCovarianceMatrix();
    double maximum = 0;
    double spread = 0;
    double[] mean = new double[d];
    for (double[] sample : samples) {
      for (int i = 0; i < d; i++) {
        mean[i] += sample[i] / images;
        maximum = Math.max(maximum, Math.abs(sample[i]));
      }
    }
    for (int i = 0; i < d; i++) {
      spread = Math.max(spread, Math.sqrt(wanted.getEntry(i, i)));
    }
    double gamma = Expected.gamma(16 * images, Expected.DOUBLE);
    double unit = FixedPoint.value(1);
    double bound = unit * (1 + spread) + Expected.gamma(8, Expected.DOUBLE) * maximum * maximum;
    double[] triangle = new double[Gaussians.triangle(d)];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        triangle[Gaussians.triangle(i) + j] = wanted.getEntry(i, j) + (i == j ? EPSILON : 0);
      }
    }
    String subject = images + " images of " + d + " elements, " + values;
    String library = "Commons Math Covariance + εI";
    String reason = "(1 + σ)·2⁻³² + γ(8)·max|x|² in fp64";
    for (Bench.Candidate candidate : bench.candidates()) {
      // Two grids that see the images in two batches, and two halves that are merged.
      GaussianAccumulator whole = new GaussianAccumulator(1, 2, d);
      GaussianAccumulator half = new GaussianAccumulator(1, 2, d);
      GaussianAccumulator other = new GaussianAccumulator(1, 2, d);
      int cut = images / 2 + 1;
      whole.add(batch(samples, 0, cut), candidate.engine(), bench.parallel());
      whole.add(batch(samples, cut, images), candidate.engine(), bench.parallel());
      half.add(batch(samples, 0, cut), candidate.engine(), bench.parallel());
      other.add(batch(samples, cut, images), candidate.engine(), bench.parallel());
      half.merge(other, bench.parallel());
      bench.compare(
          candidate.name(),
          "covariance, " + subject,
          library,
          reason,
          whole.covariance(1, EPSILON),
          Expected.within(triangle, bound));
      bench.compare(
          candidate.name(),
          "covariance of merged halves, " + subject,
          library,
          reason,
          half.covariance(1, EPSILON),
          Expected.within(triangle, bound));
      bench.compare(
          candidate.name(),
          "mean, " + subject,
          "sum over N",
          "2⁻³² + γ(16N)·max|x| in fp64",
          whole.mean(1),
          Expected.within(mean, unit + gamma * maximum));
    }
  }

  /** Two positions: nothing at the first, the samples at the second. */
  private static Tensor batch(double[][] samples, int from, int to) {
    int d = samples[0].length;
    Tensor batch = Tensor.zeros(to - from, 1, 2, d);
    for (int n = from; n < to; n++) {
      for (int i = 0; i < d; i++) {
        batch.data()[((n - from) * 2 + 1) * d + i] = (float) samples[n][i];
      }
    }
    return batch;
  }

  /** A covariance as a fit has it: of fewer images than elements, and regularised. */
  private static RealMatrix positiveDefinite(Random random, int n) {
    double[][] samples = samples(random, Math.max(3, n / 2), n, 0);
    RealMatrix matrix = MatrixUtils.createRealMatrix(n, n);
    for (double[] s : samples) {
      RealVector v = new ArrayRealVector(s);
      matrix = matrix.add(v.outerProduct(v).scalarMultiply(1.0 / samples.length));
    }
    return matrix.add(MatrixUtils.createRealIdentityMatrix(n).scalarMultiply(EPSILON));
  }

  private static void cholesky(Bench bench, int n) {
    RealMatrix matrix = positiveDefinite(new Random(n), n);
    double[] packed = new double[Gaussians.triangle(n)];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        packed[Gaussians.triangle(i) + j] = matrix.getEntry(i, j);
      }
    }
    double[] factor = packed.clone();
    int rank = Cholesky.factor(factor, n);
    RealMatrix l = matrix(factor, n);
    RealMatrix product = l.multiply(l.transpose());
    RealMatrix absolute = absolute(l).multiply(absolute(l).transpose());
    double[] actual = new double[packed.length];
    double[] bound = new double[packed.length];
    double gamma = Expected.gamma(2 * n + 2, Expected.DOUBLE);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        actual[Gaussians.triangle(i) + j] = product.getEntry(i, j);
        bound[Gaussians.triangle(i) + j] = gamma * absolute.getEntry(i, j);
      }
    }
    String subject = n + "x" + n;
    bench.compare(
        "–",
        "Cholesky " + subject + ": L·Lᵀ",
        "the matrix itself",
        "γ(2n+2)·|L||Lᵀ| (Higham, theorem 10.3)",
        actual,
        new Expected(packed, bound));
    bench.same("–", "Cholesky " + subject + ": pivots", new double[] {rank}, new double[] {n});
    RealMatrix library = new CholeskyDecomposition(matrix).getL();
    double[] theirs = new double[packed.length];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        theirs[Gaussians.triangle(i) + j] = library.getEntry(i, j);
      }
    }
    // The factor itself is as sensitive as the matrix is ill-conditioned.
    double norm = matrix.getNorm() / EPSILON;
    bench.compare(
        "–",
        "Cholesky " + subject + ": L",
        "Commons Math CholeskyDecomposition",
        "γ(4n)·‖A‖/ε·max|L| in fp64",
        factor,
        Expected.withinFractionOfMaximum(theirs, Expected.gamma(4 * n, Expected.DOUBLE) * norm));
    for (Bench.Candidate candidate : bench.candidates()) {
      double[] own = packed.clone();
      int pivots = candidate.engine().factor(own, n);
      bench.compare(
          candidate.name(),
          "Cholesky " + subject + " by the engine",
          "the hand-written factorization",
          "equal bits",
          Bench.join(own, new double[] {pivots}),
          Expected.exactly(Bench.join(factor, new double[] {n})));
    }
  }

  private static RealMatrix matrix(double[] packed, int n) {
    RealMatrix matrix = MatrixUtils.createRealMatrix(n, n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        matrix.setEntry(i, j, packed[Gaussians.triangle(i) + j]);
      }
    }
    return matrix;
  }

  private static RealMatrix absolute(RealMatrix matrix) {
    RealMatrix absolute = matrix.copy();
    for (int i = 0; i < matrix.getRowDimension(); i++) {
      for (int j = 0; j < matrix.getColumnDimension(); j++) {
        absolute.setEntry(i, j, Math.abs(matrix.getEntry(i, j)));
      }
    }
    return absolute;
  }

  /**
   * Distances at more positions than an engine packs into one group, each with a Gaussian of its
   * own. The fp32 factor is taken as given, so that only the kernel is judged.
   */
  private static void mahalanobis(Bench bench, int d) {
    int width = 19;
    Random random = new Random(d);
    float[] means = new float[width * d];
    float[][] factors = new float[width][];
    Tensor patches = Bench.random(random, 2, 1, width, d);
    double[] value = new double[2 * width];
    double[] bound = new double[2 * width];
    for (int p = 0; p < width; p++) {
      factors[p] = rounded(new CholeskyDecomposition(positiveDefinite(random, d)).getL());
      for (int i = 0; i < d; i++) {
        means[p * d + i] = (float) random.nextGaussian();
      }
      RealMatrix rounded = matrix(Bench.doubles(factors[p]), d);
      RealMatrix inverse = MatrixUtils.inverse(rounded);
      CholeskyDecomposition library =
          new CholeskyDecomposition(rounded.multiply(rounded.transpose()), 1e-9, 1e-12);
      for (int n = 0; n < 2; n++) {
        RealVector delta = new ArrayRealVector(d);
        for (int i = 0; i < d; i++) {
          double x = patches.data()[(n * width + p) * d + i];
          delta.setEntry(i, x - means[p * d + i]);
        }
        double squared = delta.dotProduct(library.getSolver().solve(delta));
        value[n * width + p] = Math.sqrt(squared);
        bound[n * width + p] = substitutionBound(rounded, inverse, delta, squared);
      }
    }
    for (Bench.Candidate candidate : bench.candidates()) {
      // The engine takes the Gaussians over, so each has its own.
      Gaussians own = new Gaussians(1, width, d, means.clone(), copies(factors));
      PreparedGaussians gaussians = candidate.engine().prepare(own);
      Tensor distances = gaussians.mahalanobis(patches);
      String subject = " of " + d + " elements at " + width + " positions";
      bench.compare(
          candidate.name(),
          "Mahalanobis distance" + subject,
          "Commons Math √(δᵀΣ⁻¹δ)",
          "‖γ(D+1)·|L⁻¹||L||y| + u·|L⁻¹||δ|‖ (Higham, theorem 8.5)",
          Bench.doubles(distances.data()),
          new Expected(value, bound));
      readBack(bench, candidate, gaussians, subject, means, factors);
    }
  }

  /** Mean and factor as an engine returns them from its own layout. */
  private static void readBack(
      Bench bench,
      Bench.Candidate candidate,
      PreparedGaussians gaussians,
      String subject,
      float[] means,
      float[][] factors) {
    int d = gaussians.dimension();
    int length = d + Gaussians.triangle(d);
    float[] actual = new float[factors.length * length];
    float[] wanted = new float[actual.length];
    for (int p = 0; p < factors.length; p++) {
      System.arraycopy(gaussians.mean(p), 0, actual, p * length, d);
      System.arraycopy(gaussians.factor(p), 0, actual, p * length + d, length - d);
      System.arraycopy(means, p * d, wanted, p * length, d);
      System.arraycopy(factors[p], 0, wanted, p * length + d, length - d);
    }
    bench.compare(
        candidate.name(),
        "mean and factor read back," + subject,
        "the Gaussians taken over",
        "equal bits",
        Bench.doubles(actual),
        Expected.exactly(Bench.doubles(wanted)));
  }

  private static float[] rounded(RealMatrix l) {
    int n = l.getRowDimension();
    float[] packed = new float[Gaussians.triangle(n)];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        packed[Gaussians.triangle(i) + j] = (float) l.getEntry(i, j);
      }
    }
    return packed;
  }

  private static float[][] copies(float[][] rows) {
    return Arrays.stream(rows).map(float[]::clone).toArray(float[][]::new);
  }

  private static double substitutionBound(
      RealMatrix l, RealMatrix inverse, RealVector delta, double squared) {
    int d = delta.getDimension();
    RealVector y = inverse.operate(delta).map(Math::abs);
    RealMatrix absolute = absolute(inverse);
    RealVector forward =
        absolute.operate(absolute(l).operate(y)).mapMultiply(Expected.gamma(d + 1, Expected.FLOAT));
    RealVector rounding = absolute.operate(delta.map(Math::abs)).mapMultiply(Expected.FLOAT);
    double sum = Expected.gamma(d + 2, Expected.FLOAT) * Math.sqrt(squared);
    return forward.add(rounding).getNorm() + sum + 1e-9 * Math.sqrt(squared);
  }
}
