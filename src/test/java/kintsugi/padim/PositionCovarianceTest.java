package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import kintsugi.detector.Stage;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The spectrum of a covariance whose eigenvalues are its diagonal. */
class PositionCovarianceTest {
  @Test
  void eigenvaluesDescendAndThoseWithinOnePercentOfEpsilonAreCounted() {
    float[] diagonal = {0.0102f, 5, 0.01005f, 0.01f};
    Tensor sigma = Tensor.zeros(4, 4);
    for (int i = 0; i < 4; i++) {
      sigma.data()[5 * i] = diagonal[i];
    }
    List<Stage> stages = PositionCovariance.spectrum(sigma, 0.01, "activation²");
    Stage spectrum = stages.get(0);
    assertThat(spectrum.value().data()).containsExactly(5, 0.0102f, 0.01005f, 0.01f);
    assertThat(spectrum.notes().getFirst()).startsWith("2 of 4 eigenvalues are ε = 0.01000 to");
    assertThat(spectrum.unit()).isEqualTo("activation²");
    Stage condition = stages.get(1);
    assertThat(condition.value().data()).containsExactly((float) (5 / (double) 0.01f));
    assertThat(condition.formula()).isEqualTo("κ = λ(1)/λ(4) = 5.000 / 0.01000");
  }
}
