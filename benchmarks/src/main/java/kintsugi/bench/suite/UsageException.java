package kintsugi.bench.suite;

/** A wrong command line: one line, and status 2. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the line. */
  public UsageException(String message) {
    super(message);
  }
}
