package kintsugi.tornado;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineException;
import kintsugi.engine.EngineProvider;
import kintsugi.engine.Parallel;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** The provider of the engine {@code tornado}, with TornadoVM's devices. */
public final class TornadoProvider implements EngineProvider {
  private static final String WAY_OUT =
      "; install its driver with OpenCL, and check that clinfo lists it";

  /** Found once for all engines, since a device counts the memory that all of them reserve. */
  private static List<VmDevice> found;

  private static EngineException missing;

  /** For the service loader. */
  public TornadoProvider() {}

  @Override
  public String name() {
    return "tornado";
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public List<Device> devices() {
    List<Device> devices = new ArrayList<>();
    for (VmDevice device : found()) {
      devices.add(new Device(devices.size(), device.description(), device.isGpu()));
    }
    return devices;
  }

  @Override
  public Engine create(
      Device device, Parallel parallel, Convolutions convolutions, Supplier<Engine> host) {
    return new TornadoEngine(found().get(device.number()), parallel, host.get());
  }

  private static synchronized List<VmDevice> found() {
    if (missing != null) {
      throw missing;
    }
    if (found == null) {
      try {
        found = find();
      } catch (RuntimeException | LinkageError e) {
        missing = new EngineException("TornadoVM finds no device: " + reason(e) + WAY_OUT, e);
        throw missing;
      }
    }
    return found;
  }

  private static List<VmDevice> find() {
    // A kernel that cannot be compiled is to be an error, which TornadoVM would hide by running the
    // loops on the JVM.
    System.setProperty("tornado.recover.bailout", "False");
    // Memory is counted here, against the size of the device's; TornadoVM's own limit is 4 GB.
    System.setProperty("tornado.device.memory", "1024GB");
    // A network's task graph in TornadoVM's bytecodes needs more than the default of 4096 bytes.
    System.setProperty("tornado.tvm.maxbytecodesize", "65536");
    List<VmDevice> devices = new ArrayList<>();
    for (TornadoBackend backend : TornadoExecutionPlan.getTornadoDeviceMap().getAllBackends()) {
      for (TornadoDevice device : backend.getAllDevices()) {
        devices.add(new VmDevice(device));
      }
    }
    if (devices.isEmpty()) {
      throw new IllegalStateException("its list is empty");
    }
    return devices;
  }

  /** The root cause: the exceptions around it only name classes. */
  private static String reason(Throwable e) {
    Throwable first = e;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    return VmDevice.line(first);
  }
}
