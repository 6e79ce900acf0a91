package kintsugi;

/**
 * Something the user gave cannot be used: a file, a folder, a value.
 *
 * <p>The message is one line that names the file, the value and the way out; the command line
 * prints it as it stands and ends with status 1. A defect of the program is any other exception.
 */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * What cannot be used.
   *
   * @param message one line: the file, the value and the way out
   */
  public InputException(String message) {
    super(message);
  }

  /**
   * What cannot be used, and what was thrown because of it.
   *
   * @param message one line: the file, the value and the way out
   * @param cause what was thrown
   */
  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
