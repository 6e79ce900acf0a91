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

  /** {@code Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A} of one square, channel by channel. */
  @ParameterizedTest
  @EnumSource(Winograd.class)
  void onOneSquareTheTransformsAreACorrelation(Winograd winograd) {
    int lanes = MicroKernel.SPECIES.length();
    int channels = 2 * lanes;
    int side = winograd.inputs();
    int size = winograd.outputs();
    Random random = new Random(2);
    float[] image = random(random, side * side * channels).data();
    Tensor kernel = random(random, 3, 3);
    float[][] weights =
        winograd.weights(new Filter(onFirstChannel(kernel), Tensor.zeros(channels)));
    float[] square = new float[side * side * lanes];
    float[] products = new float[side * side * channels];
    winograd.input.transform(
        image, 0, channels, side * channels, square, 0, products, 0, channels, channels);
    for (int i = 0; i < products.length; i++) {
      products[i] *= weights[i / channels][0];
    }
    float[] residual = random(random, size * size * channels).data();
    float[] results = new float[size * size * channels];
    int row = size * channels;
    winograd.output.transform(
        products, 0, channels, square, 0, channels, residual, 0, row, results, 0, row, -0.5f);
    for (int i = 0; i < results.length; i++) {
      int y = i / row;
      int x = i % row / channels;
      double expected = residual[i];
      for (int k = 0; k < 9; k++) {
        int at = ((y + k / 3) * side + x + k % 3) * channels + i % channels;
        expected += (double) kernel.data()[k] * image[at];
      }
      assertThat((double) results[i]).isCloseTo(Math.max(expected, -0.5), within(1e-5));
    }
  }

  /** A filter whose kernel from channel 0 to channel 0 is the given one. */
  private static Tensor onFirstChannel(Tensor kernel) {
    int inputs = MicroKernel.CHANNELS;
    Tensor filter = Tensor.zeros(3, 3, inputs, MicroKernel.CHANNELS);
    for (int k = 0; k < 9; k++) {
      filter.data()[k * inputs * MicroKernel.CHANNELS] = kernel.data()[k];
    }
    return filter;
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
