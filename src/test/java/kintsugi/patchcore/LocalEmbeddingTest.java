package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import kintsugi.detector.LayerScale;
import kintsugi.engine.Parallel;
import kintsugi.patchcore.PatchCoreRecipe.Neighbourhood;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class LocalEmbeddingTest {
  private static final List<String> TAPS = List.of("fine", "coarse");

  private static LocalEmbedding embedding(List<String> taps, int side, OptionalInt dimension) {
    return new LocalEmbedding(taps, new PatchCoreRecipe.Neighbourhood(side, dimension));
  }

  private static Tensor embed(LocalEmbedding embedding, Map<String, Tensor> features) {
    try (Parallel parallel = new Parallel(2)) {
      return embedding.embed(features, parallel);
    }
  }

  @Test
  void aMeanCountsTheZerosBeyondTheEdge() {
    Tensor fine = Tensor.of(new float[] {9, 18, 27, 36}, 1, 2, 2, 1);
    Tensor mean = embed(embedding(List.of("fine"), 3, OptionalInt.empty()), Map.of("fine", fine));
    assertThat(mean.data()).containsExactly(10, 10, 10, 10);
    Tensor same = embed(embedding(List.of("fine"), 1, OptionalInt.empty()), Map.of("fine", fine));
    assertThat(same.data()).containsExactly(fine.data());
  }

  @Test
  void coarserLayersLieBetweenTheirCentresNextToTheFirst() {
    Map<String, Tensor> features = new LinkedHashMap<>();
    features.put("fine", Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 4, 1));
    features.put("coarse", Tensor.of(new float[] {10, 20}, 1, 1, 2, 1));
    Tensor patches = embed(embedding(TAPS, 1, OptionalInt.empty()), features);
    assertThat(patches.shape()).containsExactly(1, 1, 4, 2);
    assertThat(patches.data()).containsExactly(1, 10, 2, 12.5f, 3, 17.5f, 4, 20);
  }

  /** Two images: each layer is scaled by the mean length of its own vectors in its own image. */
  @Test
  void layersComeToOneScale() {
    Tensor fine = Tensor.of(new float[] {3, 4, 0, 10, 0, 1, 0, 3}, 2, 1, 2, 2);
    Map<String, Tensor> features = Map.of("fine", fine);
    var image = new Neighbourhood(1, OptionalInt.empty(), LayerScale.IMAGE);
    assertThat(embed(new LocalEmbedding(List.of("fine"), image), features).data())
        .containsExactly(3 / 7.5f, 4 / 7.5f, 0, 10 / 7.5f, 0, 0.5f, 0, 1.5f);
    var patch = new Neighbourhood(1, OptionalInt.empty(), LayerScale.PATCH);
    assertThat(embed(new LocalEmbedding(List.of("fine"), patch), features).data())
        .containsExactly(0.6f, 0.8f, 0, 1, 0, 1, 0, 1);
    Tensor nothing = Tensor.zeros(1, 1, 2, 2);
    assertThat(embed(new LocalEmbedding(List.of("fine"), image), Map.of("fine", nothing)).data())
        .containsOnly(0);
  }

  /** The authors' way: unfold, adaptive means, layers next to each other, again adaptive means. */
  @Test
  void aDimensionIsReachedByAdaptiveMeans() {
    Random random = new Random(2);
    Tensor fine = Tensor.zeros(2, 3, 4, 2);
    for (int i = 0; i < fine.size(); i++) {
      fine.data()[i] = random.nextFloat();
    }
    Tensor patches = embed(embedding(List.of("fine"), 3, OptionalInt.of(5)), Map.of("fine", fine));
    assertThat(patches.shape()).containsExactly(2, 3, 4, 5);
    // Image 1, row 1, column 3: 18 values as channel, window row, window column.
    float[] unfolded = new float[18];
    for (int k = 0; k < 18; k++) {
      int y = k % 9 / 3;
      int x = 2 + k % 3;
      unfolded[k] = x > 3 ? 0 : fine.data()[((3 + y) * 4 + x) * 2 + k / 9];
    }
    int at = ((3 + 1) * 4 + 3) * 5;
    // Parts of 18/5: 0 to 4, 3 to 8, 7 to 11, 10 to 15, 14 to 18.
    int[][] parts = {{0, 4}, {3, 8}, {7, 11}, {10, 15}, {14, 18}};
    for (int i = 0; i < 5; i++) {
      double sum = 0;
      for (int k = parts[i][0]; k < parts[i][1]; k++) {
        sum += unfolded[k];
      }
      double mean = sum / (parts[i][1] - parts[i][0]);
      assertThat((double) patches.data()[at + i]).isCloseTo(mean, within(1e-6));
    }
  }

  @Test
  void theMeanIsTheAdaptiveMeanOfWholeWindows() {
    Random random = new Random(3);
    Tensor fine = Tensor.zeros(1, 5, 4, 3);
    for (int i = 0; i < fine.size(); i++) {
      fine.data()[i] = random.nextFloat();
    }
    Map<String, Tensor> features = Map.of("fine", fine);
    List<String> taps = List.of("fine");
    assertThat(embed(embedding(taps, 3, OptionalInt.empty()), features).data())
        .containsExactly(
            embed(embedding(taps, 3, OptionalInt.of(3)), features).data(), within(1e-6f));
  }
}
