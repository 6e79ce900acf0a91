package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import kintsugi.InputException;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.stat.correlation.Covariance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GaussianAccumulatorTest {
  private static final int HEIGHT = 2;
  private static final int WIDTH = 3;
  private static final int D = 4;

  private final Parallel parallel = new Parallel(2);

  @AfterEach
  void close() {
    parallel.close();
  }

  @Test
  void agreesWithTheTwoPassFormulaFarFromZero() {
    Tensor patches = patches(25, 1e4f);
    GaussianAccumulator accumulator = new GaussianAccumulator(HEIGHT, WIDTH, D);
    accumulator.add(patches, parallel);
    for (int p = 0; p < HEIGHT * WIDTH; p++) {
      double[][] rows = new double[25][D];
      for (int n = 0; n < 25; n++) {
        for (int i = 0; i < D; i++) {
          rows[n][i] = patches.data()[(n * HEIGHT * WIDTH + p) * D + i];
        }
      }
      var expected = new Covariance(rows).getCovarianceMatrix();
      double[] actual = accumulator.covariance(p, 0.5);
      for (int i = 0; i < D; i++) {
        for (int j = 0; j <= i; j++) {
          double regularised = expected.getEntry(i, j) + (i == j ? 0.5 : 0);
          assertThat(actual[i * (i + 1) / 2 + j]).isCloseTo(regularised, within(1e-9));
        }
      }
    }
  }

  @Test
  void theSizeOfABatchChangesNoBit() {
    Tensor patches = patches(7, 0);
    GaussianAccumulator whole = new GaussianAccumulator(HEIGHT, WIDTH, D);
    whole.add(patches, parallel);
    GaussianAccumulator single = new GaussianAccumulator(HEIGHT, WIDTH, D);
    int size = HEIGHT * WIDTH * D;
    for (int n = 0; n < 7; n++) {
      float[] one = java.util.Arrays.copyOfRange(patches.data(), n * size, (n + 1) * size);
      single.add(Tensor.of(one, 1, HEIGHT, WIDTH, D), parallel);
    }
    assertThat(single.count()).isEqualTo(7);
    for (int p = 0; p < HEIGHT * WIDTH; p++) {
      assertThat(single.mean(p)).isEqualTo(whole.mean(p));
      assertThat(single.covariance(p, 0)).isEqualTo(whole.covariance(p, 0));
    }
  }

  @Test
  void aSingularCovarianceIsNamedByItsPosition() {
    GaussianAccumulator accumulator = new GaussianAccumulator(HEIGHT, WIDTH, D);
    Tensor patches = patches(3, 0);
    patches.data()[(WIDTH + 2) * D] = Float.NaN;
    accumulator.add(patches, parallel);
    assertThatThrownBy(() -> accumulator.gaussians(0.01, parallel))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("patch row 1, column 2");
  }

  @Test
  void onePictureHasNoCovariance() {
    GaussianAccumulator accumulator = new GaussianAccumulator(HEIGHT, WIDTH, D);
    accumulator.add(patches(1, 0), parallel);
    assertThatThrownBy(() -> accumulator.covariance(0, 0.01))
        .isInstanceOf(IllegalStateException.class);
  }

  private static Tensor patches(int count, float centre) {
    Random random = new Random(count);
    Tensor patches = Tensor.zeros(count, HEIGHT, WIDTH, D);
    for (int i = 0; i < patches.size(); i++) {
      patches.data()[i] = centre + random.nextFloat(-1, 1);
    }
    return patches;
  }
}
