package kintsugi.engine;

class VectorEngineTest extends EngineContractTest {
  @Override
  Engine engine(Parallel parallel) {
    return new VectorEngine(parallel);
  }
}
