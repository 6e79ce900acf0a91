package kintsugi.serve;

import java.util.Map;
import kintsugi.InputException;

/** A refused request: the status of the reply, and one line that names the reason. */
final class Refusal extends RuntimeException {
  static final int BAD_REQUEST = 400;
  static final int UNAUTHORIZED = 401;
  static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;
  static final int NOT_ALLOWED = 405;
  static final int CONFLICT = 409;
  static final int TOO_LARGE = 413;
  static final int UNPROCESSABLE = 422;
  static final int TOO_MANY = 429;
  static final int FAILED = 500;
  static final int UNAVAILABLE = 503;

  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient Map<String, String> headers;

  Refusal(int status, String line) {
    this(status, line, Map.of());
  }

  private Refusal(int status, String line, Map<String, String> headers) {
    super(line);
    this.status = status;
    this.headers = headers;
  }

  /** A refusal with a header of its own. */
  static Refusal with(int status, String line, String header, String value) {
    return new Refusal(status, line, Map.of(header, value));
  }

  /** A refusal of what may be accepted a little later. */
  static Refusal later(int status, String line, long seconds) {
    return with(status, line, "Retry-After", Long.toString(Math.max(1, seconds)));
  }

  /** {@return the same refusal for a reader who has no command line} */
  Refusal withoutChoices() {
    return new Refusal(status, InputException.withoutChoices(getMessage()), headers);
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }
}
