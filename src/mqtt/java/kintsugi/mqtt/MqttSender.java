package kintsugi.mqtt;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3ClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kintsugi.serve.EventSender;

/**
 * A topic of a broker that events are published to, with a quality of service of 1: the broker has
 * acknowledged an event when {@link #send} returns. The event's identity is in its JSON. A
 * connection that was lost is made again for the next event.
 */
final class MqttSender implements EventSender {
  private static final long SECONDS = 10;
  private static final int KEEP_ALIVE_SECONDS = 30;

  private final Broker broker;
  private final String client = "kintsugi-" + UUID.randomUUID().toString().substring(0, 13);
  private volatile Mqtt3AsyncClient connected;

  /**
   * A topic of a broker.
   *
   * @param host of the broker
   * @param port of the broker
   * @param tls whether the connection is encrypted
   * @param topic that is published to
   * @param login user and password with a colon between, where the broker wants them
   */
  record Broker(String host, int port, boolean tls, String topic, Optional<String> login) {}

  MqttSender(Broker broker) {
    this.broker = broker;
  }

  @Override
  public String channel() {
    return "mqtt";
  }

  @Override
  public void send(String id, String json) throws IOException {
    try {
      if (connected == null || !connected.getState().isConnected()) {
        connect();
      }
      await(
          connected
              .publishWith()
              .topic(broker.topic)
              .qos(MqttQos.AT_LEAST_ONCE)
              .payload(json.getBytes(StandardCharsets.UTF_8))
              .send());
    } catch (IOException e) {
      // What the client still holds of the event would come later, out of its order.
      disconnect();
      throw e;
    }
  }

  private void connect() throws IOException {
    Mqtt3ClientBuilder builder =
        MqttClient.builder()
            .useMqttVersion3()
            .identifier(client)
            .serverHost(broker.host)
            .serverPort(broker.port);
    if (broker.tls) {
      builder = builder.sslWithDefaultConfig();
    }
    if (broker.login.isPresent()) {
      String[] login = broker.login.orElseThrow().split(":", 2);
      builder =
          builder
              .simpleAuth()
              .username(login[0])
              .password(login[1].getBytes(StandardCharsets.UTF_8))
              .applySimpleAuth();
    }
    connected = builder.buildAsync();
    await(connected.connectWith().cleanSession(true).keepAlive(KEEP_ALIVE_SECONDS).send());
  }

  private void await(CompletableFuture<?> done) throws IOException {
    try {
      done.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw new IOException(broker.host + ": " + cause.getMessage(), e);
    } catch (TimeoutException e) {
      throw new IOException(broker.host + ": no answer within " + SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void disconnect() {
    Mqtt3AsyncClient before = connected;
    connected = null;
    if (before != null) {
      before.disconnect().orTimeout(1, TimeUnit.SECONDS).exceptionally(e -> null).join();
    }
  }

  @Override
  public void close() {
    disconnect();
  }
}
