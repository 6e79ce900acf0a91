package kintsugi.engine.vector;

import java.util.List;
import java.util.function.Supplier;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineException;
import kintsugi.engine.EngineProvider;
import kintsugi.engine.Parallel;

/**
 * The provider of the engine {@code vector}, which needs the Vector API's module. Until that is
 * known to be loaded, no class that uses the API may be linked.
 */
public final class VectorProvider implements EngineProvider {
  private static final String MODULE = "jdk.incubator.vector";

  /** For the service loader. */
  public VectorProvider() {}

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public int rank() {
    return 2;
  }

  @Override
  public List<Device> devices() {
    if (!isLoaded()) {
      throw new EngineException(
          "the engine vector cannot run: this Java was started without --add-modules " + MODULE);
    }
    return List.of(new Device(0, "the processor", false));
  }

  /** Looks for a class: the launcher may put the Vector API where it is in no module. */
  private static boolean isLoaded() {
    try {
      Class.forName(MODULE + ".FloatVector", false, VectorProvider.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Override
  public Engine create(
      Device device, Parallel parallel, Convolutions convolutions, Supplier<Engine> host) {
    return new VectorEngine(parallel, convolutions);
  }
}
