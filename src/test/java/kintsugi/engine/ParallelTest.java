package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class ParallelTest {

  @Test
  void everyRoundRunsOnceWithLoopsInLoops() {
    AtomicIntegerArray runs = new AtomicIntegerArray(700);
    try (Parallel parallel = new Parallel(3)) {
      parallel.forEach(100, i -> parallel.forEach(7, j -> runs.incrementAndGet(i * 7 + j)));
    }
    for (int i = 0; i < runs.length(); i++) {
      assertThat(runs.get(i)).isEqualTo(1);
    }
  }

  @Test
  void theFirstFailureInOrderIsThrown() {
    try (Parallel parallel = new Parallel(4)) {
      for (int attempt = 0; attempt < 50; attempt++) {
        assertThatThrownBy(
                () ->
                    parallel.forEach(
                        1000,
                        i -> {
                          if (i % 10 == 7) {
                            throw new IllegalStateException("round " + i);
                          }
                        }))
            .hasMessage("round 7");
      }
    }
  }

  @Test
  void lessThanOneThreadIsRefused() {
    assertThatThrownBy(() -> new Parallel(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
