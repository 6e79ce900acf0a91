package kintsugi.tornado;

import uk.ac.manchester.tornado.api.TaskGraphInterface;

/** Where kernels run: by TornadoVM on a device, or for tests as they stand on the JVM. */
interface Device {

  /** One line: what it is called, how much memory it has. */
  String description();

  /** Bytes that are still free. */
  long free();

  /**
   * Makes a task graph.
   *
   * @param name what its name begins with
   * @param tasks fills it
   * @return runs it, again and again; gives its memory back when nothing refers to it any more
   * @throws kintsugi.engine.EngineException if there is too little memory
   */
  Program program(String name, Tasks tasks);

  /** What a task graph is made of. */
  interface Tasks {
    /**
     * Adds transfers and tasks in order.
     *
     * @return bytes of all their arrays
     */
    long addTo(TaskGraphInterface graph);
  }

  /** A task graph on its device. */
  interface Program {
    /**
     * Runs all of it, and returns when the results are there.
     *
     * @throws kintsugi.engine.EngineException if the device cannot
     */
    void run();
  }
}
