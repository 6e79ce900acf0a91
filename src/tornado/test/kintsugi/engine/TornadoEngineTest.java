package kintsugi.engine;

import kintsugi.tornado.JvmDevice;
import kintsugi.tornado.TornadoDevices;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/** The kernels under the engines' contract: as plain Java, and compiled for a device. */
class TornadoEngineTest {
  /** Plain Java rounds a product and then its sum, the specification only once. */
  private static final double TWO_ROUNDINGS = 1e-6;

  /**
   * A quotient may be off by 2.5 units in the last place (OpenCL C, relative error of divisions).
   */
  private static final double DIVISIONS = 1e-6;

  @Nested
  class OnTheJvm extends EngineContractTest {
    @Override
    protected Engine engine(Parallel parallel) {
      return new JvmDevice(1L << 40).engine(parallel);
    }

    @Override
    protected double sumError() {
      return TWO_ROUNDINGS;
    }
  }

  @Nested
  class OnADevice extends EngineContractTest {
    @BeforeAll
    static void findDevice() {
      TornadoDevices.assumeOne();
    }

    @Override
    protected Engine engine(Parallel parallel) {
      return TornadoDevices.engine(parallel);
    }

    @Override
    protected double sumError() {
      return DIVISIONS;
    }

    /** An fma is rounded once on every device, so convolutions have the specification's bits. */
    @Override
    protected double convolutionError() {
      return 0;
    }
  }
}
