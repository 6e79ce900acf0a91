package kintsugi.detector;

/** Who is told how far a long piece of work has come. */
public interface Progress {
  /** Nobody. */
  Progress SILENT = (task, total) -> done -> {};

  /** Announces a task of {@code total} pictures. */
  Bar start(String task, int total);

  /** One task under way. */
  interface Bar extends AutoCloseable {
    /** So many more pictures are done. */
    void advance(int done);

    @Override
    default void close() {}
  }
}
