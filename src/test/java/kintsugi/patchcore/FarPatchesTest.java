package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Choices;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FarPatchesTest {
  private static final int D = 40;
  private static final int ROWS = 300;
  private static final int KNOWN = 50;

  private final Parallel parallel = new Parallel(2);

  @AfterEach
  void close() {
    parallel.close();
  }

  private static Tensor random(int rows, int seed, double scale) {
    Random random = new Random(seed);
    float[] values = new float[rows * D];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return Tensor.of(values, rows, D);
  }

  private static Tensor rows(Tensor all, int from, int to) {
    return Tensor.of(Arrays.copyOfRange(all.data(), from * D, to * D), to - from, D);
  }

  /** A part of an image leaves only its far patches, and all parts the choice from all patches. */
  @ParameterizedTest
  @CsvSource({"none, 6", "dense:20, 2.4"})
  void thePartsOfAnImageLeadToTheChoiceFromAllItsPatches(String projection, double radius) {
    Recipe chosenBy = Choices.with(PatchCoreRecipe.KINTSUGI, Map.of("projection", projection));
    PatchCoreRecipe recipe = (PatchCoreRecipe) chosenBy;
    Session session = Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
    MemoryBank bank = MemoryBank.of(random(KNOWN, 1, 0.7), session.engine());
    MemoryBankSummary summary = new MemoryBankSummary(1, KNOWN, KNOWN, radius, D / 2);
    FarPatches farPatches = new FarPatches(session, recipe, 1, bank, summary);
    // The first part is the bank's own, the last one is nearer to it than that in the middle.
    Tensor all = Tensor.zeros(ROWS, D);
    System.arraycopy(bank.patches().data(), 0, all.data(), 0, KNOWN * D);
    // Each of the middle twice, the second of which is within the radius of the first.
    System.arraycopy(random(50, 2, 1.4).data(), 0, all.data(), KNOWN * D, 50 * D);
    System.arraycopy(all.data(), KNOWN * D, all.data(), 100 * D, 50 * D);
    System.arraycopy(random(150, 3, 0.9).data(), 0, all.data(), 150 * D, 150 * D);
    assertThat(farPatches.beyond(rows(all, 0, KNOWN))).isEmpty();
    Tensor middle = beyond(farPatches, rows(all, KNOWN, 150));
    Tensor last = beyond(farPatches, rows(all, 150, ROWS));
    int far = middle.dim(0) + last.dim(0);
    assertThat(middle.dim(0)).isPositive();
    assertThat(last.dim(0)).isBetween(1, 149);
    float[] joined = Arrays.copyOf(middle.data(), far * D);
    System.arraycopy(last.data(), 0, joined, middle.size(), last.size());
    assertThat(beyond(farPatches, all).data()).isEqualTo(joined);
    Tensor beyond = Tensor.of(joined, far, D);
    Tensor chosen = RowMatrix.of(beyond).gather(farPatches.chosen(beyond));
    assertThat(chosen.dim(0)).isBetween(2, far - 1);
    // By the textbook from all rows, those near the bank included.
    Tensor known = projected(recipe, summary, bank.patches());
    Tensor space = projected(recipe, summary, all);
    double[] start = IntStream.range(0, ROWS).mapToDouble(i -> nearest(space, i, known)).toArray();
    int[] expected = KCenterGreedy.textbook(RowMatrix.of(space), start, ROWS, radius).order();
    assertThat(chosen.data()).isEqualTo(RowMatrix.of(all).gather(expected).data());
  }

  private static Tensor beyond(FarPatches farPatches, Tensor patches) {
    return RowMatrix.of(patches).gather(farPatches.beyond(patches));
  }

  private Tensor projected(PatchCoreRecipe recipe, MemoryBankSummary summary, Tensor rows) {
    RandomProjection projection = recipe.coreset().projection();
    if (projection.kind() == RandomProjection.Kind.NONE) {
      return rows;
    }
    Tensor space = Tensor.zeros(rows.dim(0), summary.directions());
    projection.apply(RowMatrix.of(rows), 1, RowMatrix.of(space), parallel);
    return space;
  }

  private static double nearest(Tensor rows, int row, Tensor bank) {
    int d = bank.dim(1);
    double nearest = Double.MAX_VALUE;
    for (int j = 0; j < bank.dim(0); j++) {
      double sum = 0;
      for (int k = 0; k < d; k++) {
        double difference = (double) rows.data()[row * d + k] - bank.data()[j * d + k];
        sum += difference * difference;
      }
      nearest = Math.min(nearest, sum);
    }
    return nearest;
  }
}
