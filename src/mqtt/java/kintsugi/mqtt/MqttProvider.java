package kintsugi.mqtt;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.serve.EventSender;
import kintsugi.serve.Secret;

/** The way to a broker, as a URL names it: {@code tcp://host:1883/topic}, or {@code ssl://…}. */
public final class MqttProvider implements EventSender.Provider {
  private static final int PORT = 1883;
  private static final int TLS_PORT = 8883;
  private static final int MAX_TOPIC_BYTES = 65_535;

  /** For the service loader. */
  public MqttProvider() {}

  @Override
  public EventSender open(URI address, Optional<Path> login) {
    String scheme = String.valueOf(address.getScheme());
    boolean plain = scheme.equals("tcp") || scheme.equals("mqtt");
    boolean tls = scheme.equals("ssl") || scheme.equals("mqtts");
    if (!plain && !tls || address.getHost() == null || address.getUserInfo() != null) {
      throw new IllegalArgumentException(
          InputException.quoted(scheme + "://" + address.getHost())
              + ": is not the address of a broker; write tcp://HOST:PORT/TOPIC or"
              + " ssl://HOST:PORT/TOPIC (mqtt), and user:password into a file (mqtt-login)");
    }
    int port = address.getPort() < 0 ? tls ? TLS_PORT : PORT : address.getPort();
    String topic = topic(address);
    Optional<String> secret =
        login.map(file -> Secret.firstLine(file, "write user:password there (mqtt-login)"));
    if (secret.isPresent() && !secret.orElseThrow().contains(":")) {
      throw new InputException(
          login.orElseThrow() + ": its first line is not user:password (mqtt-login); write it so");
    }
    return new MqttSender(new MqttSender.Broker(address.getHost(), port, tls, topic, secret));
  }

  /** The topic, in which a wildcard is for those who subscribe. */
  private static String topic(URI address) {
    String topic = String.valueOf(address.getPath()).replaceFirst("^/", "");
    if (topic.isEmpty()
        || topic.matches("(?s).*[+#\0].*")
        || address.getFragment() != null
        || topic.getBytes(StandardCharsets.UTF_8).length > MAX_TOPIC_BYTES) {
      throw new IllegalArgumentException(
          InputException.quoted(address.toString())
              + ": the topic is empty, too long, or holds + or #; write tcp://HOST:PORT/TOPIC"
              + " (mqtt)");
    }
    return topic;
  }
}
