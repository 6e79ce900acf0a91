package kintsugi.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.Processes;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.TestWeights;
import kintsugi.serve.EventSender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that runs, asks for a password, goes away and comes back: Eclipse Mosquitto. */
class MqttBrokerTest {
  @TempDir Path folder;
  private Process broker;
  private int port;
  private Path login;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    Path program = program("mosquitto", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin");
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path passwords = folder.resolve("passwords");
    Path tool = program("mosquitto_passwd", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin");
    List<String> add = List.of("" + tool, "-b", "-c", "" + passwords, "line", "open:sesame");
    assertThat(new ProcessBuilder(add).inheritIO().start().waitFor()).isZero();
    // The broker drops its rights where root starts it.
    List<String> lines =
        List.of(
            "listener " + port + " 127.0.0.1",
            "allow_anonymous false",
            "user " + System.getProperty("user.name"),
            "password_file " + passwords);
    Files.write(folder.resolve("mosquitto.conf"), lines);
    login = Files.writeString(folder.resolve("login"), "line:open:sesame\n");
    run(program);
  }

  private void run(Path program) throws IOException {
    broker =
        new ProcessBuilder("" + program, "-c", "" + folder.resolve("mosquitto.conf"), "-v")
            .redirectErrorStream(true)
            .start();
    List<String> said = new ArrayList<>();
    for (String line = broker.inputReader().readLine(); ; line = broker.inputReader().readLine()) {
      said.add(line);
      assertThat(line).as(said.toString()).isNotNull();
      if (line.contains(" running")) {
        Thread.ofVirtual().start(() -> broker.inputReader().lines().forEach(more -> {}));
        return;
      }
    }
  }

  private static Path program(String name, String... folders) {
    for (String place : folders) {
      if (Files.isExecutable(Path.of(place, name))) {
        return Path.of(place, name);
      }
    }
    System.err.println("MqttBrokerTest is skipped: no " + name + " (apt-get install mosquitto)");
    return Assumptions.abort("no " + name);
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (broker != null) {
      broker.destroyForcibly().waitFor();
    }
  }

  private URI address() {
    return URI.create("tcp://127.0.0.1:" + port + "/factory/line 1".replace(" ", "%20"));
  }

  private EventSender sender() {
    return new MqttProvider().open(address(), Optional.of(login));
  }

  /** Somebody who listens to everything. */
  private Mqtt3BlockingClient listener() {
    Mqtt3BlockingClient client =
        MqttClient.builder()
            .useMqttVersion3()
            .serverHost("127.0.0.1")
            .serverPort(port)
            .simpleAuth()
            .username("line")
            .password("open:sesame".getBytes(StandardCharsets.UTF_8))
            .applySimpleAuth()
            .buildBlocking();
    client.connect();
    return client;
  }

  private static List<String> received(Mqtt3BlockingClient.Mqtt3Publishes publishes, int count)
      throws InterruptedException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Mqtt3Publish publish = publishes.receive(1, TimeUnit.MINUTES).orElseThrow();
      assertThat(publish.getTopic()).hasToString("factory/line 1");
      assertThat(publish.getQos()).isEqualTo(MqttQos.AT_LEAST_ONCE);
      assertThat(publish.isRetain()).isFalse();
      texts.add(new String(publish.getPayloadAsBytes(), StandardCharsets.UTF_8));
    }
    return texts;
  }

  @Test
  void eventsArriveAndAfterTheBrokerWasAwayAgain() throws Exception {
    try (EventSender sender = sender()) {
      Mqtt3BlockingClient listener = listener();
      try (var publishes = listener.publishes(MqttGlobalPublishFilter.ALL)) {
        listener.subscribeWith().topicFilter("#").qos(MqttQos.AT_LEAST_ONCE).send();
        sender.send("1", "{\"n\":1}");
        sender.send("2", "{\"n\":\"ü\"}");
        assertThat(received(publishes, 2)).containsExactly("{\"n\":1}", "{\"n\":\"ü\"}");
      }
      stop();
      assertThatThrownBy(() -> sender.send("3", "{}"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("127.0.0.1: ");
      run(Path.of(broker.info().command().orElse("/usr/sbin/mosquitto")));
      Mqtt3BlockingClient again = listener();
      try (var publishes = again.publishes(MqttGlobalPublishFilter.ALL)) {
        again.subscribeWith().topicFilter("#").qos(MqttQos.AT_LEAST_ONCE).send();
        sender.send("3", "{\"n\":3}");
        assertThat(received(publishes, 1)).containsExactly("{\"n\":3}");
      }
      again.disconnect();
    }
  }

  @Test
  void aWrongPasswordAndAWrongAddressAreSaid() throws IOException {
    Files.writeString(login, "line:wrong\n");
    try (EventSender sender = sender()) {
      assertThatThrownBy(() -> sender.send("1", "{}"))
          .isInstanceOf(IOException.class)
          .message()
          .contains("127.0.0.1")
          .doesNotContain("wrong");
    }
    Files.writeString(login, "nobody\n");
    assertThatThrownBy(this::sender)
        .isInstanceOf(InputException.class)
        .hasMessageContaining("(mqtt-login)");
    for (String wrong :
        List.of("http://h/t", "tcp://h", "tcp://h/", "tcp://h/a/%23", "tcp://u:p@h/t", "tcp:x")) {
      assertThatThrownBy(() -> new MqttProvider().open(URI.create(wrong), Optional.empty()))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("(mqtt)");
    }
  }

  /** The command in a process of its own, which finds the jar by its modules. */
  @Test
  void theCommandPublishesEachResult() throws Exception {
    SyntheticConcrete.write(folder, 4, 4, 1);
    Path weights = TestWeights.write(folder.resolve("w.safetensors"), 1);
    Path model = folder.resolve("model.safetensors");
    Path bad = folder.resolve(SyntheticConcrete.ANOMALOUS);
    try (Kintsugi kintsugi = Kintsugi.builder().weights(weights).open()) {
      Path good = folder.resolve(SyntheticConcrete.NORMAL);
      Map<String, String> small = Map.of("resize", "72x72", "crop", "64x64");
      Model fitted =
          kintsugi.fit(Choices.with(Methods.recipe("padim"), small), 1, kintsugi.images(good));
      kintsugi.save(kintsugi.calibrate(fitted, good, bad), model);
    }
    Mqtt3BlockingClient listener = listener();
    try (var publishes = listener.publishes(MqttGlobalPublishFilter.ALL)) {
      listener.subscribeWith().topicFilter("#").qos(MqttQos.AT_LEAST_ONCE).send();
      Path out = folder.resolve("out");
      String path =
          System.getProperty("mqtt.path", "target/mqtt-classes/kintsugi.mqtt")
              + java.io.File.pathSeparator
              + Processes.everything();
      Processes.Result run =
          Processes.run(
              Map.of(),
              "java",
              "--sun-misc-unsafe-memory-access=allow",
              "--add-modules",
              "info.picocli,me.tongfei.progressbar,tools.jackson.databind,tools.jackson.dataformat.csv",
              "-p",
              path.replace("" + Path.of("target/test-classes").toAbsolutePath(), "target/none"),
              "-m",
              "kintsugi/kintsugi.cli.Main",
              "watch",
              "" + bad,
              "--once",
              "--weights",
              "" + weights,
              "--model",
              "" + model,
              "--out",
              "" + out,
              "--mqtt",
              "" + address(),
              "--mqtt-login",
              "" + login);
      assertThat(run.status()).as(run.output()).isZero();
      assertThat(run.output()).doesNotContain("mqtt: ", "netty");
      assertThat(received(publishes, 4))
          .isEqualTo(Files.readAllLines(out.resolve("results.jsonl")));
    }
    listener.disconnect();
  }
}
