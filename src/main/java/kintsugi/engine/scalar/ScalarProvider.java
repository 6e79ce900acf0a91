package kintsugi.engine.scalar;

import java.util.List;
import java.util.function.Supplier;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineProvider;
import kintsugi.engine.Parallel;

/** The provider of the engine {@code scalar}, which runs everywhere. */
public final class ScalarProvider implements EngineProvider {

  /** For the service loader. */
  public ScalarProvider() {}

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public int rank() {
    return 1;
  }

  @Override
  public List<Device> devices() {
    return List.of(new Device(0, "the processor", false));
  }

  @Override
  public Engine create(
      Device device, Parallel parallel, Convolutions convolutions, Supplier<Engine> host) {
    return new ScalarEngine(parallel);
  }
}
