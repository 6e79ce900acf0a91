package kintsugi.detector;

/** The display of how far long work has come. */
public interface Progress {
  /** No display. */
  Progress SILENT = (task, total) -> done -> {};

  /**
   * Starts the display of a task.
   *
   * @param task the name of the work
   * @param total how many images, or other parts, it has
   * @return the task under way
   */
  Bar start(String task, int total);

  /** The display of one task. */
  interface Bar extends AutoCloseable {
    /**
     * Counts parts that are done. It is called by the thread that did them, which may be one of the
     * engine's, by one at a time, and while the library works: it has to return soon, without an
     * exception and without waiting for a thread that itself calls the library.
     *
     * @param done how many more
     */
    void advance(int done);

    /**
     * Shows a value of interest, for instance a radius that shrinks.
     *
     * @param note a few words
     */
    default void note(String note) {}

    @Override
    default void close() {}
  }
}
