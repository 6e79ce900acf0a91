package kintsugi.detector;

/** Who is told how far a long piece of work has come. */
public interface Progress {
  /** Nobody. */
  Progress SILENT = (task, total) -> done -> {};

  /**
   * Announces a task of {@code total} pictures, or other steps.
   *
   * @param task what it is called
   * @param total how many there are
   * @return the task under way
   */
  Bar start(String task, int total);

  /** One task under way. */
  interface Bar extends AutoCloseable {
    /**
     * So many more pictures are done.
     *
     * @param done how many more
     */
    void advance(int done);

    /**
     * What is of interest now, for instance a radius that shrinks.
     *
     * @param note a few words
     */
    default void note(String note) {}

    @Override
    default void close() {}
  }
}
