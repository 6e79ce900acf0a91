package kintsugi.engine.scalar;

import kintsugi.engine.Engine;
import kintsugi.engine.EngineContractTest;
import kintsugi.engine.Parallel;

class ScalarEngineTest extends EngineContractTest {
  @Override
  protected Engine engine(Parallel parallel) {
    return new ScalarEngine(parallel);
  }
}
