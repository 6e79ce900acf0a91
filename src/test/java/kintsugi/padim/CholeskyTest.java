package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CholeskyTest {

  @Test
  void factorsByHand() {
    // [4 2; 2 10] = [2 0; 1 3]·[2 1; 0 3]
    double[] a = {4, 2, 10};
    assertThat(Cholesky.factor(a, 2)).isEqualTo(2);
    assertThat(a).containsExactly(2, 1, 3);
  }

  @Test
  void namesTheRowThatIsNotPositive() {
    assertThat(Cholesky.factor(new double[] {1, 2, 4, 0, 0, 1}, 3)).isEqualTo(1);
    assertThat(Cholesky.factor(new double[] {1, 0, Double.NaN}, 2)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6, 19, 100, 448})
  void theEnginesFactorWithTheSameBits(int n) {
    double[] a = positiveDefinite(n);
    double[] expected = a.clone();
    assertThat(Cholesky.factor(expected, n)).isEqualTo(n);
    try (Parallel parallel = new Parallel(1)) {
      for (Engine engine : List.of(new ScalarEngine(parallel), new VectorEngine(parallel))) {
        double[] actual = a.clone();
        assertThat(engine.factor(actual, n)).isEqualTo(n);
        assertThat(actual).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 8, 23})
  void solvesAndEstimatesByHand(int n) {
    double[] a = positiveDefinite(n);
    double[] l = a.clone();
    Cholesky.factor(l, n);
    double[] b = new Random(n).doubles(n, -1, 1).toArray();
    double[] x = b.clone();
    Cholesky.solve(l, n, x);
    double norm = 0;
    for (int i = 0; i < n; i++) {
      double product = 0;
      double sum = 0;
      for (int j = 0; j < n; j++) {
        double value = a[Gaussians.triangle(Math.max(i, j)) + Math.min(i, j)];
        product += value * x[j];
        sum += Math.abs(value);
      }
      assertThat(product).isCloseTo(b[i], within(1e-9));
      norm = Math.max(norm, sum);
    }
    assertThat(Cholesky.norm1(a, n)).isCloseTo(norm, within(1e-12 * norm));
  }

  /** A lower triangle as a fit has it: of fewer images than elements, and regularised. */
  private static double[] positiveDefinite(int n) {
    Random random = new Random(n);
    double[] a = new double[Gaussians.triangle(n)];
    for (int image = 0; image <= n / 2; image++) {
      double[] x = random.doubles(n, -1, 1).toArray();
      for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
          a[Gaussians.triangle(i) + j] += x[i] * x[j];
        }
      }
    }
    for (int i = 0; i < n; i++) {
      a[Gaussians.triangle(i) + i] += 0.01;
    }
    return a;
  }
}
