package kintsugi.tornado;

import uk.ac.manchester.tornado.api.TaskGraphInterface;

/** A device for kernels: TornadoVM's, or for tests the JVM, which runs them as plain Java. */
interface Device {

  /** One line: its name, the size of its memory. */
  String description();

  /** Free bytes. */
  long free();

  /**
   * Builds a task graph.
   *
   * @param name the beginning of its name
   * @param tasks fills it
   * @return the graph, to be run any number of times; its memory is released when it becomes
   *     unreachable
   * @throws kintsugi.engine.EngineException if there is too little memory
   */
  Program program(String name, Tasks tasks);

  /** The contents of a task graph. */
  interface Tasks {
    /**
     * Adds transfers and tasks in order.
     *
     * @return the bytes of all their arrays
     */
    long addTo(TaskGraphInterface graph);
  }

  /** A task graph on its device. */
  interface Program {
    /**
     * Runs the graph and waits for its results.
     *
     * @throws kintsugi.engine.EngineException if the device fails
     */
    void run();
  }
}
