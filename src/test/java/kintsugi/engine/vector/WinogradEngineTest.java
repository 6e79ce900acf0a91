package kintsugi.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineContractTest;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both of Winograd's transforms: the contract within a bound, and the paper's definition. */
class WinogradEngineTest {

  @Nested
  class F2 extends EngineContractTest {
    @Override
    protected Engine engine(Parallel parallel) {
      return new VectorEngine(parallel, Convolutions.WINOGRAD2);
    }

    @Override
    protected double convolutionError() {
      return 2e-6;
    }
  }

  @Nested
  class F4 extends EngineContractTest {
    @Override
    protected Engine engine(Parallel parallel) {
      return new VectorEngine(parallel, Convolutions.WINOGRAD4);
    }

    @Override
    protected double convolutionError() {
      return 1e-5;
    }
  }

  @ParameterizedTest
  @EnumSource(value = Convolutions.class, mode = EnumSource.Mode.EXCLUDE, names = "DIRECT")
  void bitsDifferFromTheDirectOnesWhichShowsThatTheTransformRan(Convolutions convolutions) {
    Random random = new Random(1);
    Tensor image = random(random, 1, 12, 12, 64);
    Filter filter = new Filter(random(random, 3, 3, 64, 64), random(random, 64));
    var layer = new Layer.Convolution("c", Network.INPUT, null, filter, 1, 1, false);
    Network network = new Network(List.of(layer), List.of("c"));
    try (Parallel parallel = new Parallel(1)) {
      float[] fast = run(new VectorEngine(parallel, convolutions), network, image);
      float[] direct = run(new VectorEngine(parallel), network, image);
      assertThat(fast).isNotEqualTo(direct);
    }
  }

  @ParameterizedTest
  @EnumSource(Winograd.class)
  void onOneLineTheTransformsAreACorrelation(Winograd winograd) {
    int side = winograd.inputs();
    int lanes = MicroKernel.SPECIES.length();
    Random random = new Random(2);
    float[] line = random(random, side * lanes).data();
    double[] g = {0.5, -1.5, 2};
    float[] filter = new float[9 * lanes * 2 * lanes];
    float[] transformed = new float[side * lanes];
    winograd.input(line, 0, lanes, transformed, 0, lanes, lanes);
    float[][] weights =
        winograd.weights(new Filter(lineFilter(filter, g, lanes), Tensor.zeros(2 * lanes)));
    float[] products = new float[side * lanes];
    for (int i = 0; i < side; i++) {
      // Row 0 of the square depends on the kernel's first row alone, with coefficient G(0,0).
      float gi = (float) (weights[i][0] / weights[0][0] * g[0]);
      for (int lane = 0; lane < lanes; lane++) {
        products[i * lanes + lane] = transformed[i * lanes + lane] * gi * firstOfG(winograd);
      }
    }
    float[] results = new float[side * lanes];
    winograd.output(products, 0, lanes, results, 0, lanes, lanes);
    for (int y = 0; y < winograd.outputs(); y++) {
      double expected = 0;
      for (int k = 0; k < 3; k++) {
        expected += g[k] * line[(y + k) * lanes];
      }
      assertThat((double) results[y * lanes]).isCloseTo(expected, within(1e-5));
    }
  }

  /** {@code G(0,0)}: the coefficient of the first product's weight. */
  private static float firstOfG(Winograd winograd) {
    return winograd == Winograd.F2 ? 1 : 0.25f;
  }

  /** A kernel whose first row is {@code g}, from channel 0 to channel 0. */
  private static Tensor lineFilter(float[] filter, double[] g, int lanes) {
    int inner = lanes * 2 * lanes;
    for (int k = 0; k < 3; k++) {
      filter[k * inner] = (float) g[k];
    }
    return Tensor.of(filter, 3, 3, lanes, 2 * lanes);
  }

  private static float[] run(Engine engine, Network network, Tensor image) {
    return engine.prepare(network).run(image).get("c").data();
  }

  private static Tensor random(Random random, int... shape) {
    Tensor tensor = Tensor.zeros(shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = random.nextFloat(-1, 1);
    }
    return tensor;
  }
}
