package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.Golden;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.tensor.Tensor;
import kintsugi.tornado.JvmDevice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Transfers to a device and back, divided batches on a small one, and the fallback. */
class DeviceUseTest {
  private final Parallel parallel = new Parallel(1);
  private final Random random = new Random(2);
  private final Network network = network();
  private final Tensor images = random(5, 6, 6, 3);

  @AfterEach
  void close() {
    parallel.close();
  }

  /**
   * A block with a residual, whose inner activation is not a tap, and layers after the first tap.
   */
  private Network network() {
    Filter widen = new Filter(random(3, 3, 3, 8), random(8));
    Filter keep = new Filter(random(3, 3, 8, 8), random(8));
    return new Network(
        List.of(
            new Layer.Convolution("a", Network.INPUT, null, widen, 1, 1, true),
            new Layer.Convolution("b", "a", null, keep, 1, 1, true),
            new Layer.Convolution("c", "b", "a", keep, 1, 1, true),
            new Layer.Convolution("e", "c", null, keep, 1, 1, true),
            new Layer.Convolution("f", "e", null, keep, 1, 1, true),
            new Layer.Convolution("g", "f", null, keep, 1, 1, true),
            new Layer.Convolution("d", "g", null, keep, 2, 1, false)),
        List.of("c", "d"));
  }

  private Map<String, Tensor> expected() {
    return new JvmDevice(1L << 30).engine(parallel).prepare(network).run(images);
  }

  @Test
  void aTapIsNotOverwrittenByLaterLayers() {
    Engine engine = new JvmDevice(1L << 30).engine(parallel);
    Network alone = new Network(network.layers(), List.of("c"));
    assertThat(expected().get("c").data())
        .isEqualTo(engine.prepare(alone).run(images).get("c").data());
  }

  private void assertComplete(Map<String, Tensor> results) {
    expected()
        .forEach((tap, tensor) -> assertThat(results.get(tap).data()).isEqualTo(tensor.data()));
  }

  @Test
  void weightsGoToTheDeviceOnceAndOnlyTapsComeBack() {
    JvmDevice device = new JvmDevice(1L << 30);
    Engine.Runner runner = device.engine(parallel).prepare(network);
    runner.run(images);
    List<String> first = List.copyOf(device.log());
    device.log().clear();
    runner.run(images);
    int keep = 9 * 8 * 8;
    String weights = "transferToDevice " + keep;
    assertThat(first).filteredOn(weights::equals).hasSize(6);
    int taps = 5 * 6 * 6 * 8;
    assertThat(device.log())
        .containsExactly(
            "transferToDevice " + images.size(),
            "transferToDevice 1",
            "layer0",
            "layer1",
            "layer2",
            "layer3",
            "layer4",
            "layer5",
            "layer6",
            "transferToHost " + taps,
            "transferToHost " + taps / 4);
  }

  @Test
  void aBatchTooLargeForTheDeviceIsDivided() {
    // Three activations of 6x6x8, an image and the last result, in fp32, for two images.
    long two = 2 * 4 * (3 * 6 * 6 * 8 + 6 * 6 * 3 + 3 * 3 * 8);
    long weights = 4 * (9 * 3 * 8 + 6 * 9 * 8 * 8 + 7 * 8);
    JvmDevice device = new JvmDevice(two + weights + 1000);
    assertComplete(device.engine(parallel).prepare(network).run(images));
    assertThat(device.log()).filteredOn("layer3"::equals).hasSize(3);
  }

  @Test
  void tooManyPatchesForTheDeviceAreDivided() {
    Gaussians gaussians = gaussians();
    Tensor patches = random(5, 4, 4, 3);
    PreparedGaussians large = new JvmDevice(1L << 30).engine(parallel).prepare(gaussians);
    // Factors and means, and of two images the patches, solutions and results.
    long memory = 4 * (16 * 6 + 16 * 3 + 2 * 16 * (2 * 3 + 1)) + 200;
    JvmDevice device = new JvmDevice(memory);
    assertThat(device.engine(parallel).prepare(gaussians).mahalanobis(patches).data())
        .isEqualTo(large.mahalanobis(patches).data());
    assertThat(device.log()).filteredOn("mahalanobis"::equals).hasSize(3);
  }

  @Test
  void severalPreparedGaussiansAreKeptApart() {
    Engine engine = new JvmDevice(1L << 30).engine(parallel);
    Tensor patches = random(1, 4, 4, 3);
    PreparedGaussians some = engine.prepare(gaussians());
    float[] first = some.mahalanobis(patches).data();
    assertThat(engine.prepare(gaussians()).mahalanobis(patches).data()).isNotEqualTo(first);
    assertThat(some.mahalanobis(patches).data()).isEqualTo(first);
  }

  @Test
  void whenTheDeviceFailsTheHostComputesWithTheGaussiansItTookOver() {
    JvmDevice device = new JvmDevice(1L << 30);
    List<String> warnings = new ArrayList<>();
    Engine host = new ScalarEngine(parallel);
    Engine engine = new FallbackEngine(device.engine(parallel), host, warnings::add);
    Gaussians gaussians = gaussians();
    Tensor patches = random(2, 4, 4, 3);
    float[] expected = host.prepare(gaussians).mahalanobis(patches).data();
    PreparedGaussians prepared = engine.prepare(gaussians);
    device.failAfter(0);
    assertThat(prepared.mahalanobis(patches).data()).isEqualTo(expected);
    assertThat(warnings).hasSize(1);
  }

  private Gaussians gaussians() {
    float[][] factor = new float[16][6];
    for (float[] row : factor) {
      for (int i = 0; i < row.length; i++) {
        row[i] = random.nextFloat(1, 2);
      }
    }
    return new Gaussians(4, 4, 3, random(4, 4, 3).data(), factor);
  }

  @Test
  void whereNotEvenOneImageFitsTheErrorSaysSo() {
    Engine engine = new JvmDevice(1000).engine(parallel);
    assertThatThrownBy(() -> engine.prepare(network).run(images))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("too little memory");
    assertThatThrownBy(
            () -> engine.prepare(Gaussians.unit(9, 9, 20)).mahalanobis(Tensor.zeros(1, 9, 9, 20)))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> engine.index(RowMatrix.inMemory(99, 99)).nearest(random(2, 99), 1))
        .isInstanceOf(EngineException.class);
  }

  /** For a failure of each kernel, in the first batch or the second. */
  @Test
  void whenAKernelFailsTheHostComputesAllOfTheBatch() {
    float[] expected = expected().get("d").data();
    for (int kernels = 0; kernels <= 14; kernels++) {
      List<String> warnings = new ArrayList<>();
      JvmDevice device = new JvmDevice(1L << 30);
      device.failAfter(kernels);
      // With the same roundings, so that the bits must be equal.
      Engine host = new JvmDevice(1L << 30).engine(parallel);
      Engine engine = new FallbackEngine(device.engine(parallel), host, warnings::add);
      Engine.Runner runner = engine.prepare(network);
      assertThat(runner.run(images).get("d").data()).isEqualTo(expected);
      assertThat(runner.run(images).get("d").data()).isEqualTo(expected);
      assertThat(warnings).hasSize(kernels < 14 ? 1 : 0);
    }
  }

  @Test
  void otherImageSizesAndLargerBatchesRebuildTheGraph() {
    Engine.Runner runner = new JvmDevice(1L << 30).engine(parallel).prepare(network);
    Engine.Runner other = new ScalarEngine(parallel).prepare(network);
    for (Tensor some : List.of(random(2, 6, 6, 3), random(1, 9, 7, 3), random(3, 9, 7, 3))) {
      Tensor wanted = other.run(some).get("d");
      assertThat(Golden.relativeError(runner.run(some).get("d"), wanted)).isLessThan(1e-6);
    }
  }

  @Test
  void queriesAndCentresBeyondOneRunAreAllCompared() {
    Tensor rows = random(40, 3);
    NeighborIndex index = new JvmDevice(1L << 30).engine(parallel).index(RowMatrix.of(rows));
    NeighborIndex specification = new ScalarEngine(parallel).index(RowMatrix.of(rows));
    for (int count : new int[] {3, 2500, 1100}) {
      Tensor many = random(count, 3);
      assertThat(index.nearest(many, 2).index()).isEqualTo(specification.nearest(many, 2).index());
      double[] actual = random.doubles(40, 0, 1).toArray();
      double[] expected = actual.clone();
      index.updateMinimumDistances(actual, many);
      specification.updateMinimumDistances(expected, many);
      assertThat(actual).isEqualTo(expected);
    }
  }

  private Tensor random(int... shape) {
    Tensor tensor = Tensor.zeros(shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = random.nextFloat(-1, 1);
    }
    return tensor;
  }
}
