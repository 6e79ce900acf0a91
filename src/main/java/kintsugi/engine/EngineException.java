package kintsugi.engine;

/**
 * A device of an engine could not do what was asked of it: it is not there, its memory is too
 * small, a kernel failed. The numbers asked for are sound; another engine can compute them.
 */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * What failed.
   *
   * @param message one line: the device, what failed, and the way out
   */
  public EngineException(String message) {
    super(message);
  }

  /**
   * What failed, and what was thrown because of it.
   *
   * @param message one line: the device, what failed, and the way out
   * @param cause what was thrown
   */
  public EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
