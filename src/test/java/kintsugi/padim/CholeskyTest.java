package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

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
}
