package kintsugi.bench.suite;

/** A wrong command line: one line, and status 2. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
