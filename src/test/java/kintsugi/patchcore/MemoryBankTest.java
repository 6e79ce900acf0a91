package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import kintsugi.detector.Patches;
import kintsugi.engine.Engine;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.scoremap.ImageScore;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryBankTest {
  private final Parallel parallel = new Parallel(2);

  @AfterEach
  void close() {
    parallel.close();
  }

  private MemoryBank bank(float... line) {
    return MemoryBank.of(Tensor.of(line, line.length, 1), new VectorEngine(parallel));
  }

  @Test
  void distancesAreMeansOverTheNearest() {
    MemoryBank bank = bank(0, 3, 10);
    assertThat(distances(bank, 1, false)).containsExactly(1, 2);
    assertThat(distances(bank, 2, false)).containsExactly(1.5f, 5.5f);
    assertThat(distances(bank, 2, true)).containsExactly(2.5f, 42.5f);
    assertThat(distances(bank, 9, false)).containsExactly(4, 23 / 3f);
  }

  private static float[] distances(MemoryBank bank, int k, boolean squared) {
    Tensor patches = Tensor.of(new float[] {1, 12}, 1, 1, 2, 1);
    return bank.distances(patches, scoring(k, squared, OptionalInt.empty())).data();
  }

  private static PatchCoreRecipe.Scoring scoring(int k, boolean squared, OptionalInt reweighting) {
    return new PatchCoreRecipe.Scoring(k, squared, reweighting, ImageScore.MAX);
  }

  @Test
  void anImagesScoreIsItsOwnMaximumTimesItsOwnWeight() {
    MemoryBank bank = bank(0, 3, 4);
    Tensor patches = Tensor.of(new float[] {1, 5, 9, 3}, 2, 1, 2, 1);
    PatchCoreRecipe.Scoring plain = scoring(1, false, OptionalInt.empty());
    Tensor distances = bank.distances(patches, plain);
    assertThat(distances.data()).containsExactly(1, 1, 5, 0);
    Patches both = Patches.of(patches, distances);
    assertThat(bank.imageScores(both, plain)).containsExactly(1, 5);
    assertThat(bank.imageScores(both, scoring(1, false, OptionalInt.of(2))))
        .containsExactly(bank.weight(new float[] {1}, 2), 5 * bank.weight(new float[] {9}, 2));
  }

  @Test
  void theWeightIsOneMinusASoftmaxAndCannotOverflow() {
    // The nearest of 5 is 4; its own two nearest are 4 and 3: distances 1 and 2 from the patch.
    assertThat(bank(0, 3, 4).weight(new float[] {5}, 2))
        .isCloseTo(1 - Math.E / (Math.E + Math.E * Math.E), within(1e-12));
    assertThat(bank(0, 1).weight(new float[] {1e6f}, 9))
        .isCloseTo(1 - 1 / (1 + Math.E), within(1e-9));
    assertThat(bank(7).weight(new float[] {1}, 9)).isZero();
  }

  @Test
  void projectionsKeepDistancesOnTheAverage() {
    Random random = new Random(1);
    Tensor data = Tensor.zeros(40, 400);
    for (int i = 0; i < data.size(); i++) {
      data.data()[i] = random.nextFloat();
    }
    RandomProjection sparse = RandomProjection.parse("sparse:0.9");
    // scikit-learn's johnson_lindenstrauss_min_dim(135000, eps=0.9) is 291.
    assertThat(sparse.directions(135_000, 384)).isEqualTo(291);
    int directions = sparse.directions(40, 400);
    RowMatrix to = RowMatrix.inMemory(40, directions);
    sparse.apply(RowMatrix.of(data), 3, to, parallel);
    double ratio = squares(to) / squares(RowMatrix.of(data));
    assertThat(ratio).isBetween(0.8, 1.25);
    RowMatrix again = RowMatrix.inMemory(40, directions);
    sparse.apply(RowMatrix.of(data), 3, again, parallel);
    assertThat(squares(again)).isEqualTo(squares(to));
    assertThat(RandomProjection.parse("dense:128").directions(40, 400)).isEqualTo(128);
    assertThat(RandomProjection.parse("dense:128").directions(40, 64)).isEqualTo(64);
    for (String text : new String[] {"none", "sparse:0.9", "dense:128"}) {
      assertThat(RandomProjection.parse(text).toString()).isEqualTo(text);
    }
    assertThatThrownBy(() -> RandomProjection.parse("sparse:2")).hasMessageContaining("dense:128");
  }

  private static double squares(RowMatrix rows) {
    double sum = 0;
    float[] a = new float[rows.length()];
    float[] b = new float[rows.length()];
    for (int i = 1; i < rows.count(); i++) {
      rows.read(i - 1, 1, a, 0);
      rows.read(i, 1, b, 0);
      sum += NeighborIndex.squaredDistance(a, 0, b, 0, a.length);
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 40})
  void aBankWithMorePatchesHasTheBitsOfOneBankOfAll(int k) {
    Random random = new Random(k);
    Tensor own = Tensor.zeros(40, 9);
    Tensor more = Tensor.zeros(7, 9);
    Tensor queries = Tensor.zeros(50, 9);
    for (Tensor each : List.of(own, more, queries)) {
      for (int i = 0; i < each.size(); i++) {
        each.data()[i] = random.nextFloat();
      }
    }
    // A row that stands in both parts: the first is nearer. And a query that equals it.
    System.arraycopy(own.data(), 27, more.data(), 18, 9);
    System.arraycopy(own.data(), 27, queries.data(), 0, 9);
    try (Parallel parallel = new Parallel(2)) {
      Engine engine = new VectorEngine(parallel);
      MemoryBank bank = MemoryBank.of(own, engine).with(more, engine);
      MemoryBank all = MemoryBank.of(bank.patches(), engine);
      assertThat(bank.patches().dim(0)).isEqualTo(47);
      NeighborIndex.Nearest found = bank.index().nearest(queries, k);
      NeighborIndex.Nearest expected = all.index().nearest(queries, k);
      assertThat(found.index()).isEqualTo(expected.index());
      assertThat(found.squaredDistance()).isEqualTo(expected.squaredDistance());
      double[] minimum = random.doubles(47, 0, 2).toArray();
      double[] expectedMinimum = minimum.clone();
      bank.index().updateMinimumDistances(minimum, queries);
      all.index().updateMinimumDistances(expectedMinimum, queries);
      assertThat(minimum).isEqualTo(expectedMinimum);
    }
  }
}
