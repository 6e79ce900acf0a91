package kintsugi.serve;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.report.Json;

/**
 * A reply.
 *
 * @param status of HTTP
 * @param type of the body; null without one
 * @param body of known length; null for one that is written as it arises
 * @param stream writes a body that arises; null for one of known length
 * @param headers in addition to those of every reply
 */
record Reply(int status, String type, byte[] body, Stream stream, Map<String, String> headers) {
  static final String JSON = "application/json";
  static final String PNG = "image/png";
  static final int OK = 200;
  static final int NO_CONTENT = 204;
  private static final byte[] NOTHING = {};

  /** A body that arises while it is sent. */
  interface Stream {
    /** Writes until it ends or the other side is gone. */
    void writeTo(OutputStream out) throws IOException;
  }

  static Reply json(Object value) {
    return json(OK, value);
  }

  static Reply json(int status, Object value) {
    return text(status, JSON, Json.line(value) + "\n");
  }

  static Reply text(int status, String type, String text) {
    return of(status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  static Reply of(int status, String type, byte[] body) {
    return new Reply(status, type, body, null, Map.of());
  }

  static Reply empty(int status) {
    return new Reply(status, null, NOTHING, null, Map.of());
  }

  static Reply stream(String type, Stream stream) {
    return new Reply(OK, type, null, stream, Map.of());
  }

  /** The reply to a refused request. */
  static Reply of(Refusal refusal) {
    Reply reply = json(refusal.status(), Map.of("error", refusal.getMessage()));
    return new Reply(reply.status, reply.type, reply.body, null, refusal.headers());
  }

  /** The same with another header. */
  Reply with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, type, body, stream, more);
  }
}
