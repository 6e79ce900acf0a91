package kintsugi.tornado;

import java.lang.ref.Cleaner;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import kintsugi.engine.EngineException;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;

/** One of TornadoVM's devices. */
final class VmDevice implements Device {
  /**
   * In place of TornadoVM's own, which let OpenCL assume that there is no NaN and reorder sums: no
   * warnings, nothing else.
   */
  private static final String OPENCL_FLAGS = "-w";

  private static final Cleaner CLEANER = Cleaner.create();

  /**
   * The usable fraction of the memory; the driver and other programs need the rest. A device that
   * is filled further may fail late, in the middle of a kernel.
   */
  private static final double USABLE = 0.9;

  /** The time for the collector to find programs that are no longer used. */
  private static final int PATIENCE_MS = 200;

  private static final AtomicLong NAMES = new AtomicLong();

  private final TornadoDevice device;
  private final long memory;
  private final AtomicLong used = new AtomicLong();

  VmDevice(TornadoDevice device) {
    this.device = device;
    this.memory = device.getMaxGlobalMemory();
  }

  boolean isGpu() {
    return device.getDeviceType() == TornadoDeviceType.GPU;
  }

  @Override
  public String description() {
    return String.format(
        Locale.ROOT,
        "%s (%s, %s, %.1f GiB)",
        device.getPhysicalDevice().getDeviceName().strip(),
        device.getTornadoVMBackend().name(),
        device.getDeviceType(),
        memory / 0x1p30);
  }

  @Override
  public long free() {
    return (long) (USABLE * memory) - used.get();
  }

  @Override
  public Program program(String name, Tasks tasks) {
    try {
      TaskGraph graph = new TaskGraph(name + NAMES.incrementAndGet());
      long bytes = tasks.addTo(graph);
      Plan plan = new Plan(graph, bytes);
      reserve(bytes);
      Program program = new VmProgram(plan);
      CLEANER.register(program, plan::close);
      return program;
    } catch (RuntimeException | Error e) {
      throw failure(e);
    }
  }

  /**
   * Reserves memory. Unused programs are found by the collector, so before memory runs out it is
   * asked to run, as the JDK does for its direct buffers.
   */
  private void reserve(long bytes) {
    if (bytes > free()) {
      System.gc();
      try {
        Thread.sleep(PATIENCE_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (bytes > free()) {
      throw new EngineException(
          String.format(
              Locale.ROOT,
              "%s has too little memory: %.2f GiB are needed and %.2f GiB are free; choose the"
                  + " engine vector, which needs no device",
              description(),
              bytes / 0x1p30,
              free() / 0x1p30));
    }
    used.addAndGet(bytes);
  }

  /**
   * A plan on the device. It does not refer to its program, so that the collector can find that.
   */
  private final class Plan {
    private final TornadoExecutionPlan plan;
    private final long bytes;

    Plan(TaskGraph graph, long bytes) {
      this.plan =
          new TornadoExecutionPlan(graph.snapshot())
              .withDevice(device)
              .withCompilerFlags(TornadoVMBackendType.OPENCL, OPENCL_FLAGS);
      this.bytes = bytes;
    }

    void close() {
      used.addAndGet(-bytes);
      try {
        plan.close();
      } catch (TornadoExecutionPlanException | RuntimeException e) {
        // The memory is lost to this process, and no caller is left who could use it.
        System.getLogger(VmDevice.class.getName())
            .log(System.Logger.Level.DEBUG, "closing a plan", e);
      }
    }
  }

  private final class VmProgram implements Program {
    private final Plan plan;

    VmProgram(Plan plan) {
      this.plan = plan;
    }

    @Override
    public void run() {
      try {
        plan.plan.execute();
      } catch (RuntimeException | Error e) {
        throw failure(e);
      }
    }
  }

  /** One exception for TornadoVM's failures, which are of many kinds, some of many lines. */
  private EngineException failure(Throwable e) {
    if (e instanceof VirtualMachineError error) {
      throw error;
    }
    if (e instanceof EngineException known) {
      return known;
    }
    // TornadoVM's message where it has swallowed the reason.
    boolean swallowed = String.valueOf(e.getMessage()).contains("Recover option disabled");
    String reason = swallowed ? "TornadoVM does not say why" : line(e);
    return new EngineException(
        description() + " failed: " + reason + "; choose the engine vector, which needs no device",
        e);
  }

  /** An exception of TornadoVM's as one line without colours. */
  static String line(Throwable e) {
    String name = e.getClass().getSimpleName();
    if (e.getMessage() == null) {
      return name;
    }
    String message = e.getMessage().replaceAll("\\e\\[[\\d;]*m", "").replaceAll("\\s+", " ");
    return name + ": " + message.strip();
  }
}
