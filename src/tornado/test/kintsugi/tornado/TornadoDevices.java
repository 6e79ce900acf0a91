package kintsugi.tornado;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineProvider;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;

/** The first device of the TornadoVM with which the tests were started. */
public final class TornadoDevices {
  private static final EngineProvider PROVIDER = new TornadoProvider();

  private TornadoDevices() {}

  /** Skips a test where the tests were started without TornadoVM. */
  public static void assumeOne() {
    assumeTrue(
        System.getProperty("tornado.load.api.implementation") != null,
        "no TornadoVM: TORNADOVM_HOME is not set");
  }

  /** An engine on the device. */
  public static Engine engine(Parallel parallel) {
    EngineProvider.Device device = PROVIDER.devices().getFirst();
    return PROVIDER.create(device, parallel, Convolutions.DIRECT, () -> new ScalarEngine(parallel));
  }
}
