package kintsugi.engine;

import java.util.List;
import java.util.function.Supplier;

/**
 * An engine that can be chosen by name, with its devices. Providers are found by {@link
 * java.util.ServiceLoader}; finding one must not load the engine itself.
 */
public interface EngineProvider {

  /** {@return the engine's name, by which it is chosen and reported} */
  String name();

  /**
   * The order in which an automatic choice prefers the engines that run on the processor, higher
   * first.
   *
   * @return the rank; 0 for an engine on other devices, which an automatic choice takes only for a
   *     GPU
   */
  int rank();

  /**
   * Lists the devices that the engine can run on.
   *
   * @return at least one device, numbered from 0 in the order of the list
   * @throws EngineException if the engine cannot run here; the message says why, and the way out
   */
  List<Device> devices();

  /**
   * Creates an engine.
   *
   * @param device one of {@link #devices}
   * @param parallel the threads of the host
   * @param convolutions the algorithm for 3x3 convolutions, where the engine has several
   * @param host an engine on the processor for the work that the device does not do
   * @return the engine
   * @throws EngineException if the device cannot be used
   */
  Engine create(Device device, Parallel parallel, Convolutions convolutions, Supplier<Engine> host);

  /**
   * A device.
   *
   * @param number from 0 on
   * @param description one line: its name, the size of its memory or vectors
   * @param gpu whether it is a GPU; on anything else the engines for the processor are faster
   */
  record Device(int number, String description, boolean gpu) {}
}
