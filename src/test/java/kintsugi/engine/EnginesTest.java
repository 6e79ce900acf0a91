package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.scalar.ScalarProvider;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.engine.vector.VectorProvider;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The choice among several engines, and the fallback when a device fails. */
class EnginesTest {
  private final Parallel parallel = new Parallel(1);
  private final List<String> warnings = new ArrayList<>();

  /** An engine that computes like the scalar one until its device fails. */
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
        throw new EngineException("card 7 failed: it is worn out");
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
      return images -> sound().prepare(network).run(images);
    }

    @Override
    public PreparedGaussians prepare(Gaussians gaussians) {
      PreparedGaussians plain = sound.prepare(gaussians);
      return new PreparedGaussians() {
        @Override
        public Tensor mahalanobis(Tensor patches) {
          sound();
          return plain.mahalanobis(patches);
        }

        @Override
        public int height() {
          return plain.height();
        }

        @Override
        public int width() {
          return plain.width();
        }

        @Override
        public int dimension() {
          return plain.dimension();
        }

        @Override
        public float[] mean(int position) {
          return plain.mean(position);
        }

        @Override
        public float[] factor(int position) {
          return plain.factor(position);
        }
      };
    }

    @Override
    public PreparedGaussians update(PreparedGaussians fitted, CovarianceUpdate update) {
      return sound.update(fitted, update);
    }

    @Override
    public int factor(double[] a, int n) {
      return sound.factor(a, n);
    }

    @Override
    public void addProducts(long[] s, int n, double[] x) {
      sound.addProducts(s, n, x);
    }

    @Override
    public NeighborIndex index(RowMatrix rows) {
      return new NeighborIndex() {
        @Override
        public int rows() {
          return rows.count();
        }

        @Override
        public Nearest nearest(Tensor queries, int k) {
          return sound().index(rows).nearest(queries, k);
        }

        @Override
        public void updateMinimumDistances(double[] squaredDistance, Tensor centres) {
          sound().index(rows).updateMinimumDistances(squaredDistance, centres);
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
    public int rank() {
      return 0;
    }

    @Override
    public List<Device> devices() {
      if (devices.isEmpty()) {
        throw new EngineException("there is no card");
      }
      return devices;
    }

    @Override
    public Engine create(
        Device device, Parallel parallel, Convolutions convolutions, Supplier<Engine> host) {
      taken.add(device.number());
      return engine;
    }
  }

  @AfterEach
  void close() {
    parallel.close();
  }

  /** Chooses among these providers and those of this jar. */
  private Engines.Choice choose(String name, EngineProvider... providers) {
    List<EngineProvider> own = List.of(new VectorProvider(), new ScalarProvider());
    return Engines.choose(
        name,
        parallel,
        Convolutions.DIRECT,
        warnings::add,
        Stream.concat(Arrays.stream(providers), own.stream()).toList());
  }

  /** A provider on the processor that cannot run, or an engine that counts as the best. */
  private record Ranked(String name, int rank, String failure) implements EngineProvider {
    @Override
    public List<Device> devices() {
      if (failure != null) {
        throw new EngineException(failure);
      }
      return List.of(new Device(0, "the processor", false));
    }

    @Override
    public Engine create(
        Device device, Parallel parallel, Convolutions convolutions, Supplier<Engine> host) {
      return new ScalarEngine(parallel);
    }
  }

  @Test
  void theEnginesOfThisJarAreFound() {
    assertThat(Engines.providers()).extracting(EngineProvider::name).contains("scalar", "vector");
    assertThat(Engines.NAMES).containsExactly("auto", "scalar", "vector", "tornado");
    assertThat(Engines.canVectorise()).isTrue();
    for (String name : List.of("scalar", "vector")) {
      Engines.Choice choice = Engines.choose(name, parallel, Convolutions.DIRECT, warnings::add);
      assertThat(choice.engine().name()).isEqualTo(name);
      assertThat(choice.notable()).isFalse();
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void autoTakesTheHighestRankThatCanRunAndSaysWhyNotTheFirst() {
    assertThat(choose("auto", new Ranked("best", 3, null)).engine().name()).isEqualTo("scalar");
    Engines.Choice choice = choose("auto", new Ranked("best", 3, "the engine best cannot run: no"));
    assertThat(choice.engine().name()).isEqualTo("vector");
    assertThat(choice.reason())
        .isEqualTo("the engine best cannot run: no; using the engine vector");
    assertThat(choice.notable()).isTrue();
    assertThatThrownBy(
            () -> choose("best", new Ranked("best", 3, "the engine best cannot run: no")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the engine best cannot run: no");
  }

  private Frail frail(int left) {
    return new Frail(new ScalarEngine(parallel), left);
  }

  @Test
  void autoTakesAGpuAndSaysSo() {
    Engines.Choice choice = choose("auto", Cards.of(frail(9), false, true));
    assertThat(choice.engine().name()).isEqualTo("frail");
    assertThat(choice.notable()).isTrue();
    assertThat(choice.reason()).contains("card 1", "choose the engine vector");
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
  void autoContinuesWithoutADeviceAndSaysSoOnce() {
    assertThat(choose("auto", Cards.of(frail(9))).engine().name()).isEqualTo("vector");
    assertThat(warnings).containsExactly("there is no card; continuing with the vector engine");
  }

  @Test
  void aNameIsThatEngineOnTheDeviceNamed() {
    Cards cards = Cards.of(frail(9), false, true);
    assertThat(choose("frail", cards).engine()).isSameAs(cards.engine);
    assertThat(choose("frail:0", cards).engine()).isSameAs(cards.engine);
    assertThat(cards.taken).as("the first GPU, then the one named").containsExactly(1, 0);
    assertThatThrownBy(() -> choose("frail:2", cards))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no device frail:2; choose one of frail:0 card 0, frail:1 card 1");
    assertThatThrownBy(() -> choose("frail", Cards.of(frail(9))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no card");
    assertThatThrownBy(() -> choose("tornado", cards))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("TORNADOVM_HOME");
    assertThatThrownBy(() -> choose("fast", cards))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("fast is not an engine; choose one of auto, scalar, vector, frail, tornado");
  }

  /** Wherever the device fails, the results are those of the host alone, with one warning. */
  @Test
  void workAtWhichADeviceFailsIsRepeatedByTheHost() {
    for (int left = 0; left < 8; left++) {
      warnings.clear();
      Frail frail = frail(left);
      Engine engine = choose("auto", Cards.of(frail, true)).engine();
      assertThat(results(engine)).isEqualTo(results(new VectorEngine(parallel)));
      assertThat(frail.done).isEqualTo(Math.min(left, 7));
      if (left < 7) {
        assertThat(warnings)
            .containsExactly("card 7 failed: it is worn out; continuing with the vector engine");
        assertThat(engine.name()).isEqualTo("frail, then vector");
      } else {
        assertThat(warnings).isEmpty();
        assertThat(engine.name()).isEqualTo("frail");
      }
    }
  }

  /** The host gets Gaussians that the device took over, and everyone still reads them. */
  @Test
  void preparedGaussiansSurviveTheDevice() {
    Gaussians gaussians = Gaussians.unit(3, 7, 3);
    Arrays.setAll(gaussians.factor(), p -> new float[] {1 + p, 2, 3, 4, 5, 6});
    Engine engine = choose("auto", Cards.of(frail(1), true)).engine();
    PreparedGaussians prepared = engine.prepare(gaussians);
    Tensor patches = random(new Random(1), 2, 3, 7, 3);
    float[] onDevice = prepared.mahalanobis(patches).data();
    assertThat(prepared.mahalanobis(patches).data()).isEqualTo(onDevice);
    assertThat(warnings).hasSize(1);
    assertThat(prepared.factor(20)).containsExactly(21, 2, 3, 4, 5, 6);
    assertThat(prepared.mean(20)).containsExactly(0, 0, 0);
  }

  /** Seven calls of the device. */
  private static List<List<Float>> results(Engine engine) {
    Random random = new Random(1);
    Tensor images = random(random, 1, 5, 5, 3);
    Filter filter = new Filter(random(random, 3, 3, 3, 4), random(random, 4));
    Layer layer = new Layer.Convolution("c", Network.INPUT, null, filter, 1, 1, true);
    Engine.Runner runner = engine.prepare(new Network(List.of(layer), List.of("c")));
    Map<String, Tensor> first = runner.run(images);
    Map<String, Tensor> second = runner.run(images);
    Tensor maps = random(random, 1, 4, 4);
    Tensor rows = random(random, 20, 3);
    NeighborIndex index = engine.index(RowMatrix.of(rows));
    Tensor queries = random(random, 4, 3);
    NeighborIndex.Nearest nearest = index.nearest(queries, 2);
    double[] squared = new double[20];
    Arrays.fill(squared, 9);
    index.updateMinimumDistances(squared, queries);
    return List.of(
        values(first.get("c")),
        values(second.get("c")),
        values(engine.prepare(Gaussians.unit(4, 4, 3)).mahalanobis(random(random, 2, 4, 4, 3))),
        values(nearest.squaredDistance()),
        values(squared),
        values(engine.upsample(maps, 8, 8, Upsampling.BILINEAR)),
        values(engine.blur(maps, new float[] {0.25f, 0.5f, 0.25f}, Border.REFLECT)));
  }

  private static List<Float> values(Tensor tensor) {
    List<Float> values = new ArrayList<>();
    for (float value : tensor.data()) {
      values.add(value);
    }
    return values;
  }

  private static List<Float> values(double[] values) {
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
