package kintsugi.engine;

/**
 * A failure of an engine or its device: the device is missing, its memory is too small, a kernel
 * failed. The operands are sound, so another engine can compute the result.
 */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A failure with a message.
   *
   * @param message one line: the device, what failed, and the way out
   */
  public EngineException(String message) {
    super(message);
  }

  /**
   * A failure with a message and its cause.
   *
   * @param message one line: the device, what failed, and the way out
   * @param cause the underlying exception
   */
  public EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
