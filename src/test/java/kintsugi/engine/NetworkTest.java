package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkTest {
  private static final Step POOL = new Step.MaxPool("a", Network.INPUT, 3, 2, 1);
  private static final Step AVERAGE = new Step.GlobalAverage("b", "a");

  @Test
  void stepsThatNoTapNeedsAreDropped() {
    assertThat(new Network(List.of(POOL, AVERAGE), List.of("a")).steps()).containsExactly(POOL);
    assertThat(new Network(List.of(POOL, AVERAGE), List.of("b")).steps()).hasSize(2);
  }

  @Test
  void aTapThatNothingWritesIsRefused() {
    assertThatThrownBy(() -> new Network(List.of(POOL), List.of("c")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[c]");
  }

  @Test
  void shapesFollowTheSteps() {
    Network network = new Network(List.of(POOL, AVERAGE), List.of("b"));
    assertThat(network.shapes(9, 6, 4).get("a")).containsExactly(5, 3, 4);
    assertThat(network.shapes(9, 6, 4).get("b")).containsExactly(1, 1, 4);
  }
}
