package kintsugi.tornado;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kintsugi.engine.Engine;
import kintsugi.engine.EngineProvider;
import kintsugi.engine.Parallel;
import kintsugi.engine.ScalarEngine;

/** The first device of the TornadoVM that the tests were started with. */
public final class TornadoDevices {
  private static final EngineProvider PROVIDER = new TornadoProvider();

  private TornadoDevices() {}

  /** Skips what needs a device where the tests were started without TornadoVM. */
  public static void assumeOne() {
    assumeTrue(
        System.getProperty("tornado.load.api.implementation") != null,
        "no TornadoVM: TORNADOVM_HOME is not set");
  }

  /** An engine on the device. */
  public static Engine engine(Parallel parallel) {
    EngineProvider.Device device = PROVIDER.devices().getFirst();
    return PROVIDER.create(device, parallel, new ScalarEngine(parallel));
  }
}
