package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kintsugi.engine.Filter;
import kintsugi.engine.Layer;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.examples.ladder.Ladder;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ladder: each step next to the one before, and one of them next to the specification. */
class LadderTest {
  /** Products of one sum. */
  private static final int DEPTH = 9 * Ladder.CHANNELS;

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5, 6, 7})
  void theBitsAreThoseOfTheStepBefore(int step) {
    float[] result = Ladder.result(step);
    assertThat(result).isEqualTo(Ladder.result(step - 1));
    assertThat(result[12345]).isNotZero();
  }

  /**
   * Two orders of the same sum differ by at most {@code 2·γ(K)·Σ|a·b|}, where each product here is
   * at most a quarter; Winograd's sums are bounded more loosely by the same.
   */
  @ParameterizedTest
  @ValueSource(ints = {3, 8})
  void anotherOrderOfAdditionsStaysWithinTheBoundOfRounding(int step) {
    double unit = 0x1p-24;
    double gamma = DEPTH * unit / (1 - DEPTH * unit);
    double difference = Ladder.difference(Ladder.result(step - 1), Ladder.result(step));
    assertThat(difference).isPositive().isLessThan(2 * gamma * DEPTH / 4);
    // What was measured is far below: errors cancel.
    assertThat(difference).isLessThan(5e-5);
  }

  @Test
  void theLadderStandsOnTheSpecification() {
    int c = Ladder.CHANNELS;
    Filter filter = new Filter(Tensor.of(Ladder.weight(), 3, 3, c, c), Tensor.of(Ladder.bias(), c));
    Layer layer = new Layer.Convolution("y", Network.INPUT, null, filter, 1, 1, false);
    Tensor image = Tensor.of(Ladder.image(4), 1, Ladder.SIDE, Ladder.SIDE, c);
    try (Parallel one = new Parallel(1)) {
      Network network = new Network(List.of(layer), List.of("y"));
      float[] expected = new ScalarEngine(one).prepare(network).run(image).get("y").data();
      assertThat(Ladder.result(4)).isEqualTo(expected);
    }
  }

  @Test
  void aStepFitsOnAPage() throws IOException {
    Path folder = Path.of("src/examples/java/kintsugi/examples/ladder");
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> steps = files.filter(f -> f.getFileName().toString().startsWith("Step")).toList();
      assertThat(steps).hasSize(Ladder.STEPS);
      for (Path step : steps) {
        assertThat(Files.readAllLines(step).size()).as("" + step).isLessThanOrEqualTo(80);
      }
    }
  }
}
