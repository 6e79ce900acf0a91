package kintsugi.engine;

class ScalarEngineTest extends EngineContractTest {
  @Override
  Engine engine(Parallel parallel) {
    return new ScalarEngine(parallel);
  }
}
