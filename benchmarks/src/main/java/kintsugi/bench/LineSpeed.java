package kintsugi.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.bench.suite.Arguments;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.weights.Weights;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * A server's throughput over loopback next to {@code Kintsugi.predict} called directly on the same
 * images by as many threads, in rounds that alternate, each with its order turned; and its latency
 * when images arrive at half of that rate. Both have the JVM's default heap.
 */
public final class LineSpeed {
  private static final int CLIENTS = 8;
  private static final int ROUNDS = 10;
  private static final int WARM_UP_ROUNDS = 3;

  /** PaDiM's usual draw. */
  private static final int CHANNELS = 100;

  private LineSpeed() {}

  /** The work of a client for the n-th image. */
  private interface Work {
    void run(int n) throws IOException;
  }

  /**
   * Measures.
   *
   * @param arguments the seconds of a round
   * @throws Exception if the server cannot be started
   */
  public static void main(String[] arguments) throws Exception {
    System.setProperty("http.maxConnections", "" + CLIENTS);
    Arguments.exit(
        () -> {
          int seconds =
              new Arguments("--line", arguments, 1).number(0, "the seconds of a round", 10);
          try (Scratch folder = Scratch.create()) {
            measure(new ServedModels(folder.path(), CHANNELS), seconds);
          }
          return 0;
        });
  }

  private static void measure(ServedModels known, int seconds) throws Exception {
    List<byte[]> images = Stream.concat(known.good.stream(), known.bad.stream()).toList();
    try (ServerProcess server = new ServerProcess(known, known.models.getFirst(), "");
        Kintsugi kintsugi = Kintsugi.builder().weights(Weights.read(known.weights)).open()) {
      Model model = kintsugi.load(known.models.getFirst());
      Work direct = n -> kintsugi.predict(model, ImageSource.of(images.get(n % images.size())));
      URI predict = server.address.resolve("/api/models/part/predict");
      Work served = n -> post(predict, images.get(n % images.size()));
      throughput(direct, WARM_UP_ROUNDS * seconds);
      throughput(served, WARM_UP_ROUNDS * seconds);
      double[] directly = new double[ROUNDS];
      double[] byServer = new double[ROUNDS];
      double[] ratios = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        boolean turned = round % 2 == 1;
        double first = throughput(turned ? served : direct, seconds);
        double second = throughput(turned ? direct : served, seconds);
        directly[round] = turned ? second : first;
        byServer[round] = turned ? first : second;
        ratios[round] = byServer[round] / directly[round];
        System.out.printf(
            Locale.ROOT,
            "%.1f images/s directly, %.1f by the server, %.2f%n",
            directly[round],
            byServer[round],
            ratios[round]);
      }
      Median median = new Median();
      double rate = median.evaluate(byServer);
      System.out.printf(
          Locale.ROOT,
          "%d clients, medians: %.1f images/s directly, %.1f by the server, %.2f of it%n",
          CLIENTS,
          median.evaluate(directly),
          rate,
          median.evaluate(ratios));
      latency(served, rate / 2, 2 * seconds);
    }
  }

  /**
   * Sends an image and reads the answer, by the client of the JDK that takes the least of the two
   * processors, which the server needs.
   */
  private static void post(URI to, byte[] image) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) to.toURL().openConnection();
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(image.length);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(image);
    }
    try (InputStream in = connection.getInputStream()) {
      in.readAllBytes();
    }
    if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("status " + connection.getResponseCode());
    }
  }

  /** Images per second when each client sends its next image as soon as it has an answer. */
  private static double throughput(Work work, int seconds) throws InterruptedException {
    LongAdder count = new LongAdder();
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        int first = i;
        threads.submit(
            () -> {
              for (int n = first; System.nanoTime() < end; n += CLIENTS) {
                work.run(n);
                count.increment();
              }
              return null;
            });
      }
    }
    return count.sum() / ((System.nanoTime() - start) / 1e9);
  }

  /** Sends images at an even rate, however long the answers take, and prints the quantiles. */
  private static void latency(Work work, double rate, int seconds) throws InterruptedException {
    ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
    int count = (int) (rate * seconds);
    long start = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int n = 0; n < count; n++) {
        int image = n;
        long due = start + (long) (n / rate * 1e9);
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
        threads.submit(
            () -> {
              work.run(image);
              nanos.add(System.nanoTime() - due);
              return null;
            });
      }
    }
    double[] millis = nanos.stream().mapToDouble(each -> each / 1e6).toArray();
    double p50 = StatUtils.percentile(millis, 50);
    double p99 = StatUtils.percentile(millis, 99);
    System.out.printf(
        Locale.ROOT,
        "half load, %.1f images/s: median %.1f ms, p99 %.1f ms, %.2f times; %d of %d answered%n",
        rate,
        p50,
        p99,
        p99 / p50,
        nanos.size(),
        count);
  }
}
