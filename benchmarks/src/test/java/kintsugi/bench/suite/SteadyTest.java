package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SteadyTest {
  @ParameterizedTest
  @CsvSource({
    // a cold start that is over
    "90 50 10 10.1 10, 10 10.2 9.9 10, true",
    // one iteration disturbed by a neighbour
    "90 50 10 10.1 10, 10 30 9.9 10 10, true",
    // a short warm-up, of which the last iteration counts
    "90 10, 10 10.1 10, true",
    "90 30 15, 10 10.1 10, false",
    // still getting faster in the warm-up, or while it was measured
    "90 50 40 30 20 15, 10 10.2 9.9 10, false",
    "90 12 12 12 12, 12 12 10 10, false",
    // slower later: code thrown away, or a processor that got hot
    "10 10 10, 10 10 11 11, false",
    // nothing to see
    "10, 10, false",
    "'', 10 10, false"
  })
  void steadyIsWhatNoLongerChanges(String warmup, String samples, boolean steady) {
    assertThat(Steady.holds(numbers(warmup), numbers(samples))).isEqualTo(steady);
  }

  private static double[] numbers(String text) {
    return text.isEmpty()
        ? new double[0]
        : java.util.stream.Stream.of(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }
}
