package kintsugi.detector;

/** Who is told how far a long piece of work has come. */
public interface Progress {
  /** Nobody. */
  Progress SILENT = (task, total) -> done -> {};

  /** Announces a task of {@code total} pictures, or other steps. */
  Bar start(String task, int total);

  /** One task under way. */
  interface Bar extends AutoCloseable {
    /** So many more pictures are done. */
    void advance(int done);

    /** What is of interest now, for instance a radius that shrinks. */
    default void note(String note) {}

    @Override
    default void close() {}
  }
}
