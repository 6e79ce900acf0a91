package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Which engine is taken where others bring theirs, and what becomes of work when a device fails.
 */
class EnginesTest {
  private final Parallel parallel = new Parallel(1);
  private final List<String> warnings = new ArrayList<>();

  /** Computes like the scalar engine until it has done as much as it may. */
  private static final class Frail implements Engine {
    private final Engine sound;
    private int left;
    private int done;

    Frail(Engine sound, int left) {
      this.sound = sound;
      this.left = left;
    }

    private Engine sound() {
      if (left-- <= 0) {
        throw new EngineException("card 7 failed: it is tired");
      }
      done++;
      return sound;
    }

    @Override
    public String name() {
      return "frail";
    }

    @Override
    public String description() {
      return "card 7";
    }

    @Override
    public Runner prepare(Network network) {
      return pictures -> sound().prepare(network).run(pictures);
    }

    @Override
    public Tensor mahalanobis(Gaussians gaussians, Tensor patches) {
      return sound().mahalanobis(gaussians, patches);
    }

    @Override
    public RowBank bank(Rows rows) {
      return new RowBank() {
        @Override
        public int rows() {
          return rows.count();
        }

        @Override
        public Nearest nearest(Tensor queries, int k) {
          return sound().bank(rows).nearest(queries, k);
        }

        @Override
        public void shrink(double[] squaredDistance, Tensor centres) {
          sound().bank(rows).shrink(squaredDistance, centres);
        }
      };
    }

    @Override
    public Tensor upsample(Tensor maps, int height, int width, Upsampling how) {
      return sound().upsample(maps, height, width, how);
    }

    @Override
    public Tensor blur(Tensor maps, float[] kernel, Border border) {
      return sound().blur(maps, kernel, border);
    }
  }

  /** A provider of the engine above, on devices of which some may be GPUs. */
  private record Cards(Engine engine, List<Device> devices, List<Integer> taken)
      implements EngineProvider {
    static Cards of(Engine engine, boolean... gpus) {
      List<Device> devices = new ArrayList<>();
      for (boolean gpu : gpus) {
        devices.add(new Device(devices.size(), "card " + devices.size(), gpu));
      }
      return new Cards(engine, devices, new ArrayList<>());
    }

    @Override
    public String name() {
      return "frail";
    }

    @Override
    public List<Device> devices() {
      if (devices.isEmpty()) {
        throw new EngineException("there is no card");
      }
      return devices;
    }

    @Override
    public Engine create(Device device, Parallel parallel, Engine host) {
      taken.add(device.number());
      return engine;
    }
  }

  @AfterEach
  void close() {
    parallel.close();
  }

  private Engines.Choice choose(String name, EngineProvider... providers) {
    return Engines.choose(
        name, parallel, Convolutions.DIRECT, warnings::add, Arrays.asList(providers));
  }

  private Frail frail(int left) {
    return new Frail(new ScalarEngine(parallel), left);
  }

  @Test
  void autoTakesAGpuAndSaysSo() {
    Engines.Choice choice = choose("auto", Cards.of(frail(9), false, true));
    assertThat(choice.engine().name()).isEqualTo("frail");
    assertThat(choice.notable()).isTrue();
    assertThat(choice.reason()).contains("card 1", "--engine vector");
    assertThat(warnings).isEmpty();
  }

  @Test
  void autoLeavesEveryOtherDeviceAlone() {
    Engines.Choice choice = choose("auto", Cards.of(frail(9), false));
    assertThat(choice.engine().name()).isEqualTo("vector");
    assertThat(choice.notable()).isFalse();
    assertThat(warnings).isEmpty();
  }

  @Test
  void autoGoesOnWithoutADeviceAndSaysSoOnce() {
    assertThat(choose("auto", Cards.of(frail(9))).engine().name()).isEqualTo("vector");
    assertThat(warnings).containsExactly("there is no card; going on with the vector engine");
  }

  @Test
  void aNameIsThatEngineOnTheDeviceNamed() {
    Cards cards = Cards.of(frail(9), false, true);
    assertThat(choose("frail", cards).engine()).isSameAs(cards.engine);
    assertThat(choose("frail:0", cards).engine()).isSameAs(cards.engine);
    assertThat(cards.taken).as("the first GPU, then the one named").containsExactly(1, 0);
    assertThatThrownBy(() -> choose("frail:2", cards))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("frail:2 is none of the devices there are: frail:0 card 0, frail:1 card 1");
    assertThatThrownBy(() -> choose("frail", Cards.of(frail(9))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no card");
    assertThatThrownBy(() -> choose("tornado", cards))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("TORNADOVM_HOME");
  }

  /**
   * Wherever the device fails, the results are those of the host alone, and one warning is told.
   */
  @Test
  void whatADeviceFailsAtIsDoneAgainByTheHost() {
    for (int left = 0; left < 8; left++) {
      warnings.clear();
      Frail frail = frail(left);
      Engine engine = choose("auto", Cards.of(frail, true)).engine();
      assertThat(results(engine)).isEqualTo(results(new VectorEngine(parallel)));
      assertThat(frail.done).isEqualTo(Math.min(left, 7));
      if (left < 7) {
        assertThat(warnings)
            .containsExactly("card 7 failed: it is tired; going on with the vector engine");
        assertThat(engine.name()).isEqualTo("frail, then vector");
      } else {
        assertThat(warnings).isEmpty();
        assertThat(engine.name()).isEqualTo("frail");
      }
    }
  }

  /** Seven pieces of work. */
  private static List<List<Float>> results(Engine engine) {
    Random random = new Random(1);
    Tensor pictures = random(random, 1, 5, 5, 3);
    Filter filter = new Filter(random(random, 3, 3, 3, 4), random(random, 4));
    Step step = new Step.Convolution("c", Network.INPUT, null, filter, 1, 1, true);
    Engine.Runner runner = engine.prepare(new Network(List.of(step), List.of("c")));
    Map<String, Tensor> first = runner.run(pictures);
    Map<String, Tensor> second = runner.run(pictures);
    Tensor maps = random(random, 1, 4, 4);
    Tensor rows = random(random, 20, 3);
    RowBank bank = engine.bank(Rows.of(rows));
    Tensor queries = random(random, 4, 3);
    RowBank.Nearest nearest = bank.nearest(queries, 2);
    double[] squared = new double[20];
    Arrays.fill(squared, 9);
    bank.shrink(squared, queries);
    return List.of(
        numbers(first.get("c")),
        numbers(second.get("c")),
        numbers(engine.mahalanobis(Gaussians.unit(4, 4, 3), random(random, 2, 4, 4, 3))),
        numbers(nearest.squaredDistance()),
        numbers(squared),
        numbers(engine.upsample(maps, 8, 8, Upsampling.BILINEAR)),
        numbers(engine.blur(maps, new float[] {0.25f, 0.5f, 0.25f}, Border.REFLECT)));
  }

  private static List<Float> numbers(Tensor tensor) {
    List<Float> numbers = new ArrayList<>();
    for (float value : tensor.data()) {
      numbers.add(value);
    }
    return numbers;
  }

  private static List<Float> numbers(double[] values) {
    return Arrays.stream(values).mapToObj(value -> (float) value).toList();
  }

  private static Tensor random(Random random, int... shape) {
    Tensor tensor = Tensor.zeros(shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = random.nextFloat(-1, 1);
    }
    return tensor;
  }
}
