package kintsugi.engine.vector;

import static org.assertj.core.api.Assertions.assertThatCode;

import kintsugi.engine.Convolutions;
import kintsugi.engine.Parallel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The warm-up, whose failures nobody would notice. */
class WarmUpTest {
  @ParameterizedTest
  @EnumSource
  void itsShapesFitTheKernels(Convolutions convolutions) {
    try (Parallel one = new Parallel(1)) {
      VectorEngine engine = new VectorEngine(one, convolutions);
      assertThatCode(() -> WarmUp.run(engine, 1)).doesNotThrowAnyException();
    }
  }
}
