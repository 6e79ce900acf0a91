package kintsugi.tornado;

import java.util.ArrayList;
import java.util.List;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineException;
import kintsugi.engine.EngineProvider;
import kintsugi.engine.Parallel;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** TornadoVM's devices, and the engine on them. */
public final class TornadoProvider implements EngineProvider {
  private static final String WAY_OUT =
      "; install the driver that brings OpenCL for it, and see that clinfo lists it";

  /** Found once, whoever asks: a device counts what all engines on it take of its memory. */
  private static List<VmDevice> found;

  private static EngineException missing;

  /** For the service loader. */
  public TornadoProvider() {}

  @Override
  public String name() {
    return "tornado";
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
  public Engine create(Device device, Parallel parallel, Engine host) {
    return new TornadoEngine(found().get(device.number()), parallel, host);
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
    // A kernel that cannot be compiled is an error that is told, not one that TornadoVM hides by
    // running the loops on the JVM.
    System.setProperty("tornado.recover.bailout", "False");
    // Memory is counted here, against what the device has; TornadoVM's own limit is 4 GB.
    System.setProperty("tornado.device.memory", "1024GB");
    // Room for a network's task graph in TornadoVM's own instructions: its 4096 bytes are too few.
    System.setProperty("tornado.tvm.maxbytecodesize", "65536");
    List<VmDevice> devices = new ArrayList<>();
    for (TornadoBackend backend : TornadoExecutionPlan.getTornadoDeviceMap().getAllBackends()) {
      for (TornadoDevice device : backend.getAllDevices()) {
        devices.add(new VmDevice(device));
      }
    }
    if (devices.isEmpty()) {
      throw new IllegalStateException("it lists none");
    }
    return devices;
  }

  /** The first of the things that led to each other: the others tell of classes. */
  private static String reason(Throwable e) {
    Throwable first = e;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    return VmDevice.line(first);
  }
}
