package kintsugi.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TensorTest {
  @Test
  void lastDimensionRunsFastest() {
    Tensor tensor = Tensor.of(new float[] {0, 1, 2, 3, 4, 5}, 2, 3);
    assertThat(tensor.dim(0)).isEqualTo(2);
    assertThat(tensor.dim(-1)).isEqualTo(3);
    assertThat(tensor.data()[tensor.dim(-1)]).isEqualTo(3f);
  }

  @Test
  void sharesItsArray() {
    Tensor tensor = Tensor.zeros(2, 3);
    tensor.reshape(6).data()[4] = 7;
    assertThat(tensor.data()[4]).isEqualTo(7f);
  }

  @Test
  void doesNotShareItsShape() {
    Tensor tensor = Tensor.zeros(2, 3);
    tensor.shape()[0] = 9;
    assertThat(tensor.dim(0)).isEqualTo(2);
  }

  @Test
  void aBatchOfNothingHasNoValues() {
    assertThat(Tensor.zeros(0, 5).size()).isZero();
    assertThat(Tensor.zeros(0, 5).shape()).containsExactly(0, 5);
  }

  @Test
  void refusesAShapeThatDoesNotFit() {
    assertThatThrownBy(() -> Tensor.of(new float[5], 2, 3)).hasMessageContaining("[2, 3]");
    assertThatThrownBy(() -> Tensor.zeros(-1, 3)).hasMessageContaining("[-1, 3]");
    assertThatThrownBy(() -> Tensor.zeros(1 << 16, 1 << 16)).hasMessageContaining("no array holds");
  }
}
