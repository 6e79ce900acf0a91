package kintsugi.tornado;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import kintsugi.engine.Engine;
import kintsugi.engine.EngineException;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import uk.ac.manchester.tornado.api.TaskGraphInterface;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** The JVM in place of a device: a task graph's kernels are called in order, as plain Java. */
public final class JvmDevice implements Device {
  private final long memory;
  private final List<String> log = new ArrayList<>();

  private int left = Integer.MAX_VALUE;

  public JvmDevice(long memory) {
    this.memory = memory;
  }

  /** An engine on this device. */
  public Engine engine(Parallel parallel) {
    return new TornadoEngine(this, parallel, new ScalarEngine(parallel));
  }

  /** Lets that many more kernels run; the next one fails. */
  public void failAfter(int kernels) {
    left = kernels;
  }

  /** The transfers and tasks so far, in order. */
  public List<String> log() {
    return log;
  }

  @Override
  public String description() {
    return "the JVM";
  }

  @Override
  public long free() {
    return memory;
  }

  @Override
  public Program program(String name, Tasks tasks) {
    List<Runnable> calls = new ArrayList<>();
    Set<Object> constants = Collections.newSetFromMap(new IdentityHashMap<>());
    Object recorder =
        Proxy.newProxyInstance(
            JvmDevice.class.getClassLoader(),
            new Class<?>[] {TaskGraphInterface.class},
            (graph, method, arguments) -> {
              if (method.getName().equals("task")) {
                calls.add(() -> task(arguments));
              } else {
                Object[] arrays = (Object[]) arguments[1];
                boolean once = arguments[0].equals(DataTransferMode.FIRST_EXECUTION);
                calls.add(() -> transfer(method.getName(), once ? constants : null, arrays));
              }
              return graph;
            });
    if (tasks.addTo((TaskGraphInterface) recorder) > memory) {
      throw new EngineException("the JVM has too little memory");
    }
    return () -> calls.forEach(Runnable::run);
  }

  private void transfer(String direction, Set<Object> known, Object[] arrays) {
    for (Object array : arrays) {
      if (known == null || known.add(array)) {
        log.add(direction + " " + ((TornadoNativeArray) array).getSize());
      }
    }
  }

  private void task(Object[] arguments) {
    if (left-- <= 0) {
      throw new EngineException("the JVM failed: the test demands it");
    }
    log.add((String) arguments[0]);
    Object code = arguments[1];
    Method apply =
        Arrays.stream(code.getClass().getInterfaces()[0].getMethods())
            .filter(method -> method.getName().equals("apply"))
            .findFirst()
            .orElseThrow();
    try {
      apply.invoke(code, Arrays.copyOfRange(arguments, 2, arguments.length));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
