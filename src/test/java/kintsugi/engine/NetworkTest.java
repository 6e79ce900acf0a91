package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkTest {
  private static final Layer POOL = new Layer.MaxPool("a", Network.INPUT, 3, 2, 1);
  private static final Layer AVERAGE = new Layer.GlobalAverage("b", "a");

  @Test
  void layersThatNoTapNeedsAreDropped() {
    assertThat(new Network(List.of(POOL, AVERAGE), List.of("a")).layers()).containsExactly(POOL);
    assertThat(new Network(List.of(POOL, AVERAGE), List.of("b")).layers()).hasSize(2);
  }

  @Test
  void aTapThatNoLayerWritesIsRefused() {
    assertThatThrownBy(() -> new Network(List.of(POOL), List.of("c")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[c]");
  }

  @Test
  void shapesFollowTheLayers() {
    Network network = new Network(List.of(POOL, AVERAGE), List.of("b"));
    assertThat(network.shapes(9, 6, 4).get("a")).containsExactly(5, 3, 4);
    assertThat(network.shapes(9, 6, 4).get("b")).containsExactly(1, 1, 4);
  }
}
