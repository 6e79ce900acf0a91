package kintsugi.engine;

import java.util.List;

/**
 * An engine that comes in a jar of its own and computes on devices of its own; found by {@link
 * java.util.ServiceLoader}.
 */
public interface EngineProvider {

  /** {@return the engine's name on the command line and in reports} */
  String name();

  /**
   * What the engine could run on.
   *
   * @return the devices; the engine's own order, which their numbers follow
   * @throws EngineException if there is none, or what the engine needs is not there
   */
  List<Device> devices();

  /**
   * Makes an engine.
   *
   * @param device one of {@link #devices}
   * @param parallel the threads for what is done beside the device
   * @param host what computes all that the device does not
   * @return the engine
   * @throws EngineException if the device cannot be used
   */
  Engine create(Device device, Parallel parallel, Engine host);

  /**
   * A device.
   *
   * @param number from 0 on
   * @param description one line: what it is called, how much memory it has
   * @param gpu whether it is a GPU; on anything else the vector engine is faster
   */
  record Device(int number, String description, boolean gpu) {}
}
