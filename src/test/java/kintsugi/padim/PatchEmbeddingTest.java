package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import kintsugi.detector.LayerScale;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class PatchEmbeddingTest {
  private static final Map<String, Tensor> FEATURES =
      Map.of(
          "fine", Tensor.of(new float[] {0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51}, 1, 2, 3, 2),
          "coarse", Tensor.of(new float[] {7, 8}, 1, 1, 2, 1));

  @Test
  void selectsInOrderAndTakesTheNearestOfCoarserLayers() {
    var embedding = new PatchEmbedding(List.of("fine", "coarse"), new int[] {2, 1, 1});
    try (Parallel parallel = new Parallel(2)) {
      Tensor patches = embedding.embed(FEATURES, parallel);
      assertThat(patches.shape()).containsExactly(1, 2, 3, 3);
      // Columns 0, 1, 2 of three lie over columns 0, 0, 1 of two.
      assertThat(patches.data())
          .containsExactly(7, 1, 1, 7, 11, 11, 8, 21, 21, 7, 31, 31, 7, 41, 41, 8, 51, 51);
    }
  }

  /** The fine layer's means count zeros beyond its edge; the coarse layer's length is 7.5. */
  @Test
  void selectsOfScaledNeighbourhoods() {
    var layers = new PadimRecipe.Layers(3, LayerScale.NONE);
    var embedding = new PatchEmbedding(List.of("fine"), new int[] {0}, layers);
    try (Parallel parallel = new Parallel(2)) {
      float edge = (10 + 30 + 40) / 9f;
      float middle = (10 + 20 + 30 + 40 + 50) / 9f;
      float far = (10 + 20 + 40 + 50) / 9f;
      assertThat(embedding.embed(FEATURES, parallel).data())
          .containsExactly(edge, middle, far, edge, middle, far);
      layers = new PadimRecipe.Layers(1, LayerScale.IMAGE);
      embedding = new PatchEmbedding(List.of("coarse"), new int[] {0}, layers);
      assertThat(embedding.embed(FEATURES, parallel).data()).containsExactly(7 / 7.5f, 8 / 7.5f);
    }
  }

  @Test
  void aChannelBeyondTheLastIsRefused() {
    var embedding = new PatchEmbedding(List.of("fine", "coarse"), new int[] {3});
    try (Parallel parallel = new Parallel(1)) {
      assertThatThrownBy(() -> embedding.embed(FEATURES, parallel))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("beyond all 3");
    }
  }
}
