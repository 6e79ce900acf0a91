package kintsugi.serve;

import java.util.Map;

/**
 * The limits of the JDK's HTTP server, which reads them from system properties once, before its
 * first use. A property that is set already stays.
 */
final class Limits {
  /** The seconds in which a request must have come, headers and body. */
  static final int REQUEST_SECONDS = 60;

  /** The seconds in which a response must have been taken. */
  static final int RESPONSE_SECONDS = 300;

  private static final Map<String, Object> PROPERTIES =
      Map.of(
          "sun.net.httpserver.maxReqTime",
          REQUEST_SECONDS,
          "sun.net.httpserver.maxRspTime",
          RESPONSE_SECONDS,
          "sun.net.httpserver.maxReqHeaders",
          100,
          "sun.net.httpserver.maxReqHeaderSize",
          32 * 1024,
          "sun.net.httpserver.maxIdleConnections",
          200,
          "sun.net.httpserver.idleInterval",
          60,
          "jdk.httpserver.maxConnections",
          512,
          // A response is one write; without this its last packet would wait for the client's word.
          "sun.net.httpserver.nodelay",
          true);

  private Limits() {}

  /** Sets them. */
  static void set() {
    PROPERTIES.forEach(
        (name, value) -> {
          if (System.getProperty(name) == null) {
            System.setProperty(name, value.toString());
          }
        });
  }
}
