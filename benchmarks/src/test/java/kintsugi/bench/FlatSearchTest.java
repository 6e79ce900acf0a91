package kintsugi.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** FAISS's search, as it is timed, finds what the specification finds. */
class FlatSearchTest {
  @Test
  void allBlocksAreSearched() {
    // More than a block of rows and of queries, and a rest of each.
    Tensor rows = Inputs.random(2100, 12);
    Tensor queries = Inputs.seeded(2, 4200, 12);
    try (Parallel parallel = new Parallel(2)) {
      NeighborIndex.Nearest expected =
          new ScalarEngine(parallel).index(RowMatrix.of(rows)).nearest(queries, 1);
      NeighborIndex.Nearest found = new FlatSearch(rows, queries, parallel).nearest();
      assertThat(found.index()).isEqualTo(expected.index());
      assertThat(found.squaredDistance()).hasSize(4200);
      for (int i = 0; i < 4200; i++) {
        assertThat(found.squaredDistance()[i])
            .isCloseTo(expected.squaredDistance()[i], within(1e-4));
      }
    }
  }
}
