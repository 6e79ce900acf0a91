package kintsugi.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineContractTest;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import org.junit.jupiter.api.Test;

class VectorEngineTest extends EngineContractTest {
  @Override
  protected Engine engine(Parallel parallel) {
    return new VectorEngine(parallel);
  }

  /** So both layouts are never held whole. */
  @Test
  void thePlainRowsOfPreparedGaussiansAreReleased() {
    Gaussians gaussians = Gaussians.unit(3, 7, 5);
    try (Parallel parallel = new Parallel(2)) {
      engine(parallel).prepare(gaussians);
    }
    assertThat(Arrays.asList(gaussians.factor())).hasSize(21).containsOnlyNulls();
  }
}
