package kintsugi.patchcore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import kintsugi.Golden;
import kintsugi.engine.Engine;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KCenterGreedyTest {
  private final Parallel parallel = new Parallel(2);

  @AfterEach
  void close() {
    parallel.close();
  }

  private KCenterGreedy.Coreset choose(
      Engine engine, RowMatrix rows, int first, int most, double radius) {
    double[] start = KCenterGreedy.startAt(first, rows.count());
    return new KCenterGreedy(rows, engine.index(rows), start).choose(most, radius);
  }

  @Test
  void byHandOnALine() {
    RowMatrix rows = RowMatrix.of(Tensor.of(new float[] {0, 1, 2, 9, 10, 5.5f}, 6, 1));
    var coreset = choose(new VectorEngine(parallel), rows, 0, 4, 0);
    // 10 is farthest from 0, then 5.5 from both, then 2 (two from 0).
    assertThat(coreset.order()).containsExactly(0, 4, 5, 2);
    assertThat(coreset.coveringRadius()).isEqualTo(1);
    // A radius of 2 is small enough where 2 is the maximum.
    assertThat(choose(new VectorEngine(parallel), rows, 0, 4, 2).order()).containsExactly(0, 4, 5);
    assertThat(KCenterGreedy.textbook(rows, KCenterGreedy.startAt(0, 6), 4, 2).order())
        .containsExactly(0, 4, 5);
  }

  @Test
  void meanDistancesByHand() {
    RowMatrix rows = RowMatrix.of(Tensor.of(new float[] {0, 0, 3, 4}, 2, 2));
    Tensor some = Tensor.of(new float[] {0, 1, 0, 5}, 2, 2);
    // From (0, 0) they are 1 and 5 away, from (3, 4) √18 and √10.
    double mean = (Math.sqrt(18) + Math.sqrt(10)) / 2;
    assertThat(KCenterGreedy.meanDistances(rows, some))
        .containsExactly(new double[] {9, mean * mean}, within(1e-12));
  }

  @Test
  void theRoundThatChoosesTheLastRowSaysSo() {
    RowMatrix rows = RowMatrix.of(Tensor.of(new float[] {0, 1, 2, 9}, 4, 1));
    var index = new VectorEngine(parallel).index(rows);
    var search = new KCenterGreedy(rows, index, KCenterGreedy.startAt(0, 4));
    assertThat(search.chooseMore(2, 0)).isFalse();
    assertThat(search.coreset().order()).containsExactly(0, 3);
  }

  @ParameterizedTest
  @CsvSource({"3000, 30, 700, 1", "500, 3, 500, 2", "2000, 100, 400, 3", "1, 4, 1, 4"})
  void choosesWhatTheTextbookChooses(int count, int d, int most, int seed) {
    Random random = new Random(seed);
    Tensor data = Tensor.zeros(count, d);
    for (int i = 0; i < data.size(); i++) {
      // Clusters, and coarse steps so that distances are equal now and then.
      data.data()[i] = i / d % 7 + random.nextInt(8) / 8f;
    }
    RowMatrix rows = RowMatrix.of(data);
    var expected = KCenterGreedy.textbook(rows, KCenterGreedy.startAt(count / 3, count), most, 0);
    for (Engine engine : new Engine[] {new VectorEngine(parallel), new ScalarEngine(parallel)}) {
      var coreset = choose(engine, rows, count / 3, most, 0);
      assertThat(coreset.order()).isEqualTo(expected.order());
      assertThat(coreset.coveringRadius()).isEqualTo(expected.coveringRadius());
    }
  }

  @Test
  void stopsAtARadiusWhereAllRowsAreChosenAndAfterAnyRound() {
    Tensor data = Tensor.zeros(200, 1);
    for (int i = 0; i < 200; i++) {
      data.data()[i] = i / 2;
    }
    RowMatrix rows = RowMatrix.of(data);
    Engine engine = new VectorEngine(parallel);
    var byRadius = choose(engine, rows, 0, 200, 10);
    assertThat(byRadius.coveringRadius()).isLessThanOrEqualTo(10);
    assertThat(byRadius.order())
        .isEqualTo(KCenterGreedy.textbook(rows, KCenterGreedy.startAt(0, 200), 200, 10).order());
    var whole = choose(engine, rows, 0, 200, 0);
    assertThat(whole.order()).hasSize(100);
    assertThat(whole.coveringRadius()).isZero();
    var search = new KCenterGreedy(rows, engine.index(rows), KCenterGreedy.startAt(0, 200));
    while (search.count() <= 5) {
      assertThat(search.chooseMore(200, 0)).isTrue();
    }
    var cut = search.coreset();
    assertThat(cut.order()).hasSize(search.count()).hasSizeLessThan(100);
    assertThat(cut.order()).isEqualTo(Arrays.copyOf(whole.order(), search.count()));
  }

  @Test
  void thePicksOfTheReferenceInTheirOrder() {
    Safetensors golden = Golden.tensors("patchcore-anomalib");
    RowMatrix rows = RowMatrix.of(golden.tensors().get("embedding").tensor());
    int[] expected = golden.tensors().get("coreset_index").ints();
    var coreset = choose(new VectorEngine(parallel), rows, 0, expected.length, 0);
    assertThat(coreset.order()).isEqualTo(expected);
    double radius = golden.tensors().get("coreset_radius").get(0);
    assertThat(coreset.coveringRadius()).isBetween(radius * (1 - 1e-9), radius * (1 + 1e-9));
  }

  @Test
  void thePicksOfTheAuthorsExactSampler() {
    Safetensors golden = Golden.tensors("patchcore-amazon");
    float[] embedding = golden.tensors().get("embedding_of_first_train_image").floats();
    Tensor all = Tensor.of(Arrays.copyOf(embedding, 300 * 1024), 300, 1024);
    RowMatrix rows = RowMatrix.of(all);
    // That sampler starts from the norm of a row's distances to all rows.
    double[] start = new double[300];
    for (int i = 0; i < 300; i++) {
      for (int j = 0; j < 300; j++) {
        start[i] += NeighborIndex.squaredDistance(all.data(), i * 1024, all.data(), j * 1024, 1024);
      }
    }
    var engine = new VectorEngine(parallel);
    var coreset = new KCenterGreedy(rows, engine.index(rows), start).choose(30, 0);
    assertThat(coreset.order())
        .isEqualTo(golden.tensors().get("greedy_picks_of_first_300_rows").ints());
  }
}
