package kintsugi.serve;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/** Counters, histograms and gauges in Prometheus' text format, version 0.0.4. */
final class Metrics {
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double[] SECONDS = {
    0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10
  };

  private final Map<String, Family> families = new TreeMap<>();
  private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
  private final Map<String, Histogram> histograms = new ConcurrentSkipListMap<>();
  private final Map<String, DoubleSupplier> gauges = new ConcurrentSkipListMap<>();

  private record Family(String type, String help) {}

  private static final class Histogram {
    final LongAdder[] buckets =
        Stream.generate(LongAdder::new).limit(SECONDS.length + 1).toArray(LongAdder[]::new);
    final DoubleAdder sum = new DoubleAdder();

    void add(double seconds) {
      int bucket = 0;
      while (bucket < SECONDS.length && seconds > SECONDS[bucket]) {
        bucket++;
      }
      buckets[bucket].increment();
      sum.add(seconds);
    }
  }

  Metrics() {
    family("kintsugi_http_requests_total", "counter", "Requests by route, method and status.");
    family("kintsugi_images_total", "counter", "Images scored, by model and verdict.");
    family("kintsugi_image_seconds", "histogram", "From an image's arrival to its answer.");
    family("kintsugi_queue_images", "gauge", "Images that wait or are being scored.");
    family("kintsugi_queue_limit", "gauge", "Images that may wait or be scored.");
    family("kintsugi_event_listeners", "gauge", "Pages that listen to events.");
    family("kintsugi_heap_bytes", "gauge", "Heap in use, garbage included.");
    family("kintsugi_heap_limit_bytes", "gauge", "The largest heap.");
    family("kintsugi_open_files", "gauge", "Open files and sockets of the process.");
    family("kintsugi_drift_statistic", "gauge", "The test of drift, by model; alarm from 10000.");
    family("kintsugi_watch_running", "gauge", "1 while the watched folder is watched, else 0.");
    Runtime runtime = Runtime.getRuntime();
    gauge("kintsugi_heap_bytes", "", () -> runtime.totalMemory() - runtime.freeMemory());
    gauge("kintsugi_heap_limit_bytes", "", runtime::maxMemory);
    if (Files.isDirectory(Path.of("/proc/self/fd"))) {
      gauge("kintsugi_open_files", "", Metrics::openFiles);
    }
  }

  private void family(String name, String type, String help) {
    families.put(name, new Family(type, help));
  }

  private static double openFiles() {
    String[] files = Path.of("/proc/self/fd").toFile().list();
    return files == null ? Double.NaN : files.length;
  }

  /** {@return labels in braces} */
  static String labels(String... namesAndValues) {
    StringBuilder labels = new StringBuilder("{");
    for (int i = 0; i < namesAndValues.length; i += 2) {
      String value =
          namesAndValues[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
      labels.append(i == 0 ? "" : ",").append(namesAndValues[i]);
      labels.append("=\"").append(value).append('"');
    }
    return labels.append('}').toString();
  }

  void request(String route, String method, int status) {
    count(
        "kintsugi_http_requests_total"
            + labels("route", route, "method", method, "status", Integer.toString(status)));
  }

  void image(String model, String verdict, double seconds) {
    count("kintsugi_images_total" + labels("model", model, "verdict", verdict));
    histograms.computeIfAbsent(model, name -> new Histogram()).add(seconds);
  }

  private void count(String series) {
    counts.computeIfAbsent(series, name -> new LongAdder()).increment();
  }

  void gauge(String name, String labels, DoubleSupplier value) {
    gauges.put(name + labels, value);
  }

  /** {@return all of them as text} */
  String text() {
    StringBuilder text = new StringBuilder();
    families.forEach(
        (name, family) -> {
          text.append("# HELP ").append(name).append(' ').append(family.help).append('\n');
          text.append("# TYPE ").append(name).append(' ').append(family.type).append('\n');
          series(counts, name, text, LongAdder::sum);
          series(gauges, name, text, DoubleSupplier::getAsDouble);
          if (family.type.equals("histogram")) {
            histograms.forEach((model, histogram) -> append(text, name, model, histogram));
          }
        });
    return text.toString();
  }

  private static <T> void series(
      Map<String, T> all,
      String name,
      StringBuilder text,
      java.util.function.ToDoubleFunction<T> of) {
    all.forEach(
        (series, value) -> {
          if (series.equals(name) || series.startsWith(name + "{")) {
            text.append(series).append(' ').append(number(of.applyAsDouble(value))).append('\n');
          }
        });
  }

  private static void append(StringBuilder text, String name, String model, Histogram histogram) {
    long count = 0;
    for (int i = 0; i <= SECONDS.length; i++) {
      count += histogram.buckets[i].sum();
      String bound = i == SECONDS.length ? "+Inf" : number(SECONDS[i]);
      String labels = labels("model", model, "le", bound);
      text.append(name).append("_bucket").append(labels).append(' ').append(count).append('\n');
    }
    String labels = labels("model", model);
    text.append(name).append("_sum").append(labels).append(' ');
    text.append(number(histogram.sum.sum())).append('\n');
    text.append(name).append("_count").append(labels).append(' ').append(count).append('\n');
  }

  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.format(Locale.ROOT, "%.0f", value)
        : Double.toString(value);
  }
}
