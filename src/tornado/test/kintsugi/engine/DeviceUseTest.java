package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.Golden;
import kintsugi.tensor.Tensor;
import kintsugi.tornado.JvmDevice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What goes to a device and back, what a small one does, and what is left when it fails. */
class DeviceUseTest {
  private final Parallel parallel = new Parallel(1);
  private final Random random = new Random(2);
  private final Network network = network();
  private final Tensor pictures = random(5, 6, 6, 3);

  @AfterEach
  void close() {
    parallel.close();
  }

  /** A block with a residual, whose middle nobody outside sees, and steps after the first tap. */
  private Network network() {
    Filter widen = new Filter(random(3, 3, 3, 8), random(8));
    Filter keep = new Filter(random(3, 3, 8, 8), random(8));
    return new Network(
        List.of(
            new Step.Convolution("a", Network.INPUT, null, widen, 1, 1, true),
            new Step.Convolution("b", "a", null, keep, 1, 1, true),
            new Step.Convolution("c", "b", "a", keep, 1, 1, true),
            new Step.Convolution("e", "c", null, keep, 1, 1, true),
            new Step.Convolution("f", "e", null, keep, 1, 1, true),
            new Step.Convolution("g", "f", null, keep, 1, 1, true),
            new Step.Convolution("d", "g", null, keep, 2, 1, false)),
        List.of("c", "d"));
  }

  private Map<String, Tensor> expected() {
    return new JvmDevice(1L << 30).engine(parallel).prepare(network).run(pictures);
  }

  /** The bits of what every step gives where it is the last. */
  @Test
  void aTapIsNotOverwrittenByLaterSteps() {
    Engine engine = new JvmDevice(1L << 30).engine(parallel);
    Network alone = new Network(network.steps(), List.of("c"));
    assertThat(expected().get("c").data())
        .isEqualTo(engine.prepare(alone).run(pictures).get("c").data());
  }

  private void assertComplete(Map<String, Tensor> results) {
    expected()
        .forEach((tap, tensor) -> assertThat(results.get(tap).data()).isEqualTo(tensor.data()));
  }

  @Test
  void weightsGoToTheDeviceOnceAndOnlyTapsComeBack() {
    JvmDevice device = new JvmDevice(1L << 30);
    Engine.Runner runner = device.engine(parallel).prepare(network);
    runner.run(pictures);
    List<String> first = List.copyOf(device.log());
    device.log().clear();
    runner.run(pictures);
    int keep = 9 * 8 * 8;
    String weights = "transferToDevice " + keep;
    assertThat(first).filteredOn(weights::equals).hasSize(6);
    int taps = 5 * 6 * 6 * 8;
    assertThat(device.log())
        .containsExactly(
            "transferToDevice " + pictures.size(),
            "transferToDevice 1",
            "step0",
            "step1",
            "step2",
            "step3",
            "step4",
            "step5",
            "step6",
            "transferToHost " + taps,
            "transferToHost " + taps / 4);
  }

  @Test
  void whatIsTooLargeForTheDeviceGoesInParts() {
    // Three activations of 6x6x8, a picture and the last result, in fp32, for two pictures.
    long two = 2 * 4 * (3 * 6 * 6 * 8 + 6 * 6 * 3 + 3 * 3 * 8);
    long weights = 4 * (9 * 3 * 8 + 6 * 9 * 8 * 8 + 7 * 8);
    JvmDevice device = new JvmDevice(two + weights + 1000);
    assertComplete(device.engine(parallel).prepare(network).run(pictures));
    assertThat(device.log()).filteredOn("step3"::equals).hasSize(3);
  }

  @Test
  void patchesThatAreTooManyForTheDeviceGoInParts() {
    Gaussians gaussians = gaussians();
    Tensor patches = random(5, 4, 4, 3);
    // The factors and the means, and the patches, the solutions and the results of two pictures.
    long memory = 4 * (16 * 6 + 16 * 3 + 2 * 16 * (2 * 3 + 1)) + 200;
    JvmDevice device = new JvmDevice(memory);
    assertThat(device.engine(parallel).mahalanobis(gaussians, patches).data())
        .isEqualTo(new JvmDevice(1L << 30).engine(parallel).mahalanobis(gaussians, patches).data());
    assertThat(device.log()).filteredOn("mahalanobis"::equals).hasSize(3);
  }

  @Test
  void otherGaussiansAreNotTakenForThoseBefore() {
    Engine engine = new JvmDevice(1L << 30).engine(parallel);
    Tensor patches = random(1, 4, 4, 3);
    Gaussians some = gaussians();
    float[] first = engine.mahalanobis(some, patches).data();
    assertThat(engine.mahalanobis(gaussians(), patches).data()).isNotEqualTo(first);
    assertThat(engine.mahalanobis(some, patches).data()).isEqualTo(first);
  }

  private Gaussians gaussians() {
    Gaussians gaussians = Gaussians.unit(4, 4, 3);
    for (int p = 0; p < 16; p++) {
      gaussians.set(p, random.doubles(3).toArray(), random.doubles(6, 1, 2).toArray());
    }
    return gaussians;
  }

  @Test
  void whereNotEvenOnePictureFitsTheErrorSaysSo() {
    Engine engine = new JvmDevice(1000).engine(parallel);
    assertThatThrownBy(() -> engine.prepare(network).run(pictures))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("too little memory");
    assertThatThrownBy(
            () -> engine.mahalanobis(Gaussians.unit(9, 9, 20), Tensor.zeros(1, 9, 9, 20)))
        .isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> engine.bank(Rows.inMemory(99, 99)).nearest(random(2, 99), 1))
        .isInstanceOf(EngineException.class);
  }

  /** Whichever kernel fails, in the first batch or the second. */
  @Test
  void whenAKernelFailsTheHostComputesAllOfTheBatch() {
    float[] expected = expected().get("d").data();
    for (int kernels = 0; kernels <= 14; kernels++) {
      List<String> warnings = new ArrayList<>();
      JvmDevice device = new JvmDevice(1L << 30);
      device.failAfter(kernels);
      // Of the same roundings, so that the bits must be the same.
      Engine host = new JvmDevice(1L << 30).engine(parallel);
      Engine engine = new FallbackEngine(device.engine(parallel), host, warnings::add);
      Engine.Runner runner = engine.prepare(network);
      assertThat(runner.run(pictures).get("d").data()).isEqualTo(expected);
      assertThat(runner.run(pictures).get("d").data()).isEqualTo(expected);
      assertThat(warnings).hasSize(kernels < 14 ? 1 : 0);
    }
  }

  @Test
  void anotherSizeOfPicturesAndALargerBatchAreLaidOutAnew() {
    Engine.Runner runner = new JvmDevice(1L << 30).engine(parallel).prepare(network);
    Engine.Runner other = new ScalarEngine(parallel).prepare(network);
    for (Tensor some : List.of(random(2, 6, 6, 3), random(1, 9, 7, 3), random(3, 9, 7, 3))) {
      Tensor wanted = other.run(some).get("d");
      assertThat(Golden.relativeError(runner.run(some).get("d"), wanted)).isLessThan(1e-6);
    }
  }

  @Test
  void moreQueriesAndCentresThanFitAtOnceAreComparedAll() {
    Tensor rows = random(40, 3);
    RowBank bank = new JvmDevice(1L << 30).engine(parallel).bank(Rows.of(rows));
    RowBank specification = new ScalarEngine(parallel).bank(Rows.of(rows));
    for (int count : new int[] {3, 2500, 1100}) {
      Tensor many = random(count, 3);
      assertThat(bank.nearest(many, 2).index()).isEqualTo(specification.nearest(many, 2).index());
      double[] actual = random.doubles(40, 0, 1).toArray();
      double[] expected = actual.clone();
      bank.shrink(actual, many);
      specification.shrink(expected, many);
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
