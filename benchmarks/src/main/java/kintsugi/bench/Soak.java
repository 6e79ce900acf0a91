package kintsugi.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import kintsugi.bench.ServerProcess.Taken;
import kintsugi.bench.SoakRequests.Kind;
import kintsugi.bench.suite.Arguments;
import org.apache.commons.math3.stat.StatUtils;

/**
 * A server under mixed load for a given time: good, bad, broken, oversize and slow requests, models
 * that are swapped meanwhile, and the faults of {@link SoakFaults}. Each answer must be its image's
 * own, with the known score of the model that gave it; heap, open files and threads must not grow.
 * At the end the server is asked to end while requests are on their way.
 *
 * <p>Prints a line per minute, and a summary; ends with 0 if all was right and, in a run of five
 * minutes or more, each kind of request and of fault was made.
 */
public final class Soak {
  private static final int CLIENTS = 8;
  private static final int BURST = 48;
  private static final int LOOKS = 6;
  private static final double HEAP_GROWTH = 1.1;
  private static final long HEAP_SLACK = 16 << 20;
  private static final int FILES_SLACK = 24;
  private static final int THREADS_SLACK = 8;
  private static final int SHOWN = 10;
  private static final int UNAVAILABLE = 503;

  /** A run of this many seconds has to have made each kind: one that was not shows nothing. */
  private static final int EACH_KIND_SECONDS = 300;

  private final ServedModels known;
  private final ServerProcess server;
  private final HttpClient client;
  private final SoakRequests requests;
  private final SoakFaults faults;
  private final Map<Kind, LongAdder> done = new EnumMap<>(Kind.class);
  private final Map<SoakFaults.Kind, LongAdder> made = new EnumMap<>(SoakFaults.Kind.class);
  private final LongAdder full = new LongAdder();
  private final LongAdder swaps = new LongAdder();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final Queue<Long> latencies = new ConcurrentLinkedQueue<>();

  /** Held for reading by every request, and for writing while the server is looked at. */
  private final ReadWriteLock quiet = new ReentrantReadWriteLock(true);

  private volatile boolean ending;

  private Soak(ServedModels known, ServerProcess server, HttpClient client) throws IOException {
    this.known = known;
    this.server = server;
    this.client = client;
    this.requests = new SoakRequests(known, server.address, client);
    this.faults = new SoakFaults(known, server.address, client);
    for (Kind kind : Kind.values()) {
      done.put(kind, new LongAdder());
    }
    for (SoakFaults.Kind kind : SoakFaults.Kind.values()) {
      made.put(kind, new LongAdder());
    }
  }

  /**
   * Runs.
   *
   * @param arguments the seconds
   * @throws Exception if the server cannot be started
   */
  public static void main(String[] arguments) throws Exception {
    Arguments.exit(
        () -> {
          int seconds = new Arguments("--soak", arguments, 1).number(0, "the seconds", 60);
          try (Scratch folder = Scratch.create()) {
            return run(folder.path(), seconds) ? 0 : 1;
          }
        });
  }

  private static boolean run(Path folder, int seconds) throws Exception {
    ServedModels known = new ServedModels(folder, 50);
    Path served = folder.resolve("part.safetensors");
    Files.copy(known.models.getFirst(), served);
    try (ServerProcess server =
            new ServerProcess(known, served, "-Xmx1g", "--max-body-mb", "2", "--queue", "32");
        HttpClient client = HttpClient.newHttpClient()) {
      boolean right = new Soak(known, server, client).soak(seconds);
      if (!right) {
        System.out.println(Files.readString(folder.resolve("log")));
      }
      return right;
    }
  }

  private boolean soak(int seconds) throws Exception {
    long start = System.nanoTime();
    int status;
    List<Taken> taken = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> work = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random random = new Random(i);
        work.add(threads.submit(() -> load(random)));
      }
      int swap = Math.clamp(seconds / 10, 5, 60);
      work.add(threads.submit(() -> swap(Duration.ofSeconds(swap))));
      work.add(threads.submit(() -> listen()));
      work.add(threads.submit(() -> faults(new Random(CLIENTS))));
      for (int look = 1; look <= Math.max(LOOKS, seconds / 60); look++) {
        long due = start + TimeUnit.SECONDS.toNanos(seconds) * look / Math.max(LOOKS, seconds / 60);
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
        burst(threads);
        taken.add(look());
        print((System.nanoTime() - start) / 1e9, taken.getLast());
      }
      ending = true;
      server.terminate();
      for (Future<?> each : work) {
        each.get();
      }
      status = server.status();
    }
    return judge(taken, status, seconds);
  }

  private Taken look() throws IOException, InterruptedException {
    quiet.writeLock().lock();
    try {
      return server.taken(client);
    } finally {
      quiet.writeLock().unlock();
    }
  }

  /** Takes note of a wrong answer; the first are printed at once, with their time. */
  private void wrong(String line) {
    wrong.add(line);
    if (wrong.size() <= SHOWN) {
      System.out.println(Instant.now() + " wrong: " + line);
    }
  }

  /** Takes note of what went wrong with a request, unless the end of the server explains it. */
  private void failed(Object what, Exception e) {
    if (!ending || !explainedByEnd(e)) {
      wrong(what + ": " + e);
    }
  }

  /** Whether a server that ends does this: refuses by 503, or no longer answers. */
  static boolean explainedByEnd(Exception e) {
    return e instanceof IOException
        || e instanceof UncheckedIOException
        || e instanceof SoakRequests.Wrong answer && answer.status == UNAVAILABLE;
  }

  private void load(Random random) {
    while (!ending) {
      one(Kind.draw(random), random);
    }
  }

  private void one(Kind kind, Random random) {
    quiet.readLock().lock();
    long begun = System.nanoTime();
    try {
      if (requests.send(kind, random)) {
        done.get(kind).increment();
      } else {
        full.increment();
        Thread.sleep(100);
      }
      if (kind == Kind.GOOD || kind == Kind.BAD) {
        latencies.add(System.nanoTime() - begun);
      }
    } catch (IOException | RuntimeException e) {
      failed(kind, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      quiet.readLock().unlock();
    }
  }

  /** More requests at once than the queue has places. */
  private void burst(ExecutorService threads) throws Exception {
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < BURST; i++) {
      Random random = new Random(i);
      all.add(threads.submit(() -> one(Kind.GOOD, random)));
    }
    for (Future<?> each : all) {
      each.get();
    }
  }

  /** Replaces the model, goes back, and reads its file again, in turns. */
  private void swap(Duration pause) {
    for (int turn = 0; !ending; turn++) {
      try {
        switch (turn % 4) {
          case 0 -> put(known.models.get(1));
          case 1 -> post("rollback");
          case 2 -> put(known.models.get(1));
          default -> put(known.models.get(0));
        }
        post("reload");
        swaps.increment();
        for (long end = System.nanoTime() + pause.toNanos(); !ending && System.nanoTime() < end; ) {
          Thread.sleep(100);
        }
      } catch (IOException | SoakRequests.Wrong e) {
        failed("swap", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Makes one fault after the other; the last of them is a fit that nothing disturbs. */
  private void faults(Random random) {
    SoakFaults.Kind[] kinds = SoakFaults.Kind.values();
    for (int turn = 0; !ending; turn++) {
      fault(kinds[turn % kinds.length], random);
    }
    fault(SoakFaults.Kind.FIT, random);
  }

  private void fault(SoakFaults.Kind kind, Random random) {
    try {
      faults.make(kind, random);
      made.get(kind).increment();
    } catch (IOException | RuntimeException e) {
      if (kind.asksServer()) {
        failed(kind, e);
      } else {
        wrong(kind + ": " + e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void put(Path model) throws IOException, InterruptedException {
    changed("", HttpRequest.newBuilder().PUT(BodyPublishers.ofFile(model)));
  }

  private void post(String how) throws IOException, InterruptedException {
    changed("/" + how, HttpRequest.newBuilder().POST(BodyPublishers.noBody()));
  }

  private void changed(String path, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(
            request.uri(server.address.resolve("/api/models/part" + path)).build(),
            BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new SoakRequests.Wrong(
          path + " " + response.statusCode() + " " + response.body(), response.statusCode());
    }
  }

  /** A page that listens to events, and comes back whenever it is ended. */
  private void listen() {
    while (!ending) {
      HttpRequest request = HttpRequest.newBuilder(server.address.resolve("/api/events")).build();
      try (Stream<String> lines = client.send(request, BodyHandlers.ofLines()).body()) {
        lines.limit(2000).forEach(line -> {});
      } catch (IOException | RuntimeException e) {
        failed("events", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void print(double seconds, Taken taken) {
    double[] millis =
        Stream.generate(latencies::poll)
            .takeWhile(Objects::nonNull)
            .mapToDouble(nanos -> nanos / 1e6)
            .toArray();
    System.out.printf(
        Locale.ROOT,
        "%6.0f s  %d answered, %d times full, %d swaps, %d wrong; p50 %.0f ms, p99 %.0f ms; %s%n",
        seconds,
        done.values().stream().mapToLong(LongAdder::sum).sum(),
        full.sum(),
        swaps.sum(),
        wrong.size(),
        StatUtils.percentile(millis, 50),
        StatUtils.percentile(millis, 99),
        taken);
  }

  /** The second look is held against the median of the last ones; the first is still warming up. */
  private boolean judge(List<Taken> taken, int status, int seconds) {
    Taken early = taken.get(1);
    List<Taken> late = taken.subList(taken.size() - 3, taken.size());
    long heap = late.stream().mapToLong(Taken::heap).sorted().skip(1).findFirst().orElseThrow();
    int files = late.stream().mapToInt(Taken::files).sorted().skip(1).findFirst().orElseThrow();
    int threads = late.stream().mapToInt(Taken::threads).sorted().skip(1).findFirst().orElseThrow();
    if (heap > HEAP_GROWTH * early.heap() + HEAP_SLACK) {
      wrong("the heap grew from " + early.heap() + " to " + heap + " bytes");
    }
    if (files > early.files() + FILES_SLACK || threads > early.threads() + THREADS_SLACK) {
      wrong("files or threads grew: " + early + " to " + late.getLast());
    }
    if (status != 0) {
      wrong("the server ended with status " + status);
    }
    missing(made, seconds).ifPresent(this::wrong);
    missing(done, seconds).ifPresent(this::wrong);
    System.out.println("faults " + made);
    System.out.println(done + ", full " + full + ", swaps " + swaps + ", status " + status);
    System.out.println(wrong.isEmpty() ? "all right" : wrong.size() + " wrong");
    return wrong.isEmpty();
  }

  /** A finding of the kinds that a long run never made. */
  static Optional<String> missing(Map<? extends Enum<?>, LongAdder> counts, int seconds) {
    List<String> never =
        counts.entrySet().stream()
            .filter(each -> each.getValue().sum() == 0)
            .map(each -> each.getKey().name())
            .toList();
    return seconds < EACH_KIND_SECONDS || never.isEmpty()
        ? Optional.empty()
        : Optional.of("not made in " + seconds + " s: " + String.join(", ", never));
  }
}
