package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
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

  @Test
  void ranksByHand() {
    assertThat(Cholesky.rank(new double[] {1, 2, 4}, 2, 0)).isEqualTo(1);
    assertThat(Cholesky.rank(new double[] {0, 0, 0}, 2, 0)).isZero();
    // Of (1, 2, 3) and (0, 1, 1), the largest pivot last; then with 1 more on the diagonal.
    assertThat(Cholesky.rank(new double[] {1, 2, 5, 3, 7, 10}, 3, 0)).isEqualTo(2);
    assertThat(Cholesky.rank(new double[] {2, 2, 6, 3, 7, 11}, 3, 0)).isEqualTo(3);
    // A pivot within twice the error of an element may be 0.
    assertThat(Cholesky.rank(new double[] {1, 0, 0.25}, 2, 0.125)).isEqualTo(1);
    assertThat(Cholesky.rank(new double[] {1, 0, 0.25}, 2, 0.124)).isEqualTo(2);
  }

  @Test
  void theNormOfAnInverseByHand() {
    // Of [2 1; 1 3] that is [3 −1; −1 2] / 5.
    double[] l = {2, 1, 3};
    Cholesky.factor(l, 2);
    assertThat(Cholesky.inverseNorm1(l, 2)).isCloseTo(0.8, within(1e-12));
    // Of the minima of row and column, 1 to 3, that is [2 −1 0; −1 2 −1; 0 −1 1].
    double[] minima = {1, 1, 2, 1, 2, 3};
    Cholesky.factor(minima, 3);
    assertThat(Cholesky.inverseNorm1(minima, 3)).isCloseTo(4, within(1e-12));
    double[] diagonal = {4, 0, 0.5, 0, 0, 2};
    Cholesky.factor(diagonal, 3);
    assertThat(Cholesky.inverseNorm1(diagonal, 3)).isCloseTo(2, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 8, 23})
  void theNormOfAnInverseIsEstimatedFromBelow(int n) {
    double[] l = positiveDefinite(n);
    Cholesky.factor(l, n);
    double norm = 0;
    for (int column = 0; column < n; column++) {
      double[] inverse = new double[n];
      inverse[column] = 1;
      Cholesky.solve(l, n, inverse);
      norm = Math.max(norm, Arrays.stream(inverse).map(Math::abs).sum());
    }
    assertThat(Cholesky.inverseNorm1(l, n)).isBetween(norm / 3, norm * (1 + 1e-12));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 8, 23})
  void solvesByHand(int n) {
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
