package kintsugi.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Session;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engines;
import kintsugi.engine.Parallel;
import kintsugi.weights.Weights;
import kintsugi.weights.WeightsLocator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command that computes can be told. */
final class RunOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "ResNet-18 weights. Else KINTSUGI_WEIGHTS, weights/, ../shared/weights/ and the cache"
              + " are looked into.")
  Path weights;

  @Option(
      names = "--engine",
      defaultValue = "auto",
      paramLabel = "NAME",
      description =
          "auto, scalar, vector, or tornado for a GPU through TornadoVM, tornado:N for the device of"
              + " that number (default: ${DEFAULT-VALUE}).")
  String engine;

  @Option(
      names = "--convolutions",
      defaultValue = "winograd4",
      paramLabel = "HOW",
      description =
          "How the vector engine does 3x3 convolutions: direct (the scalar engine's bits),"
              + " winograd2 or winograd4 (faster, other bits; default: ${DEFAULT-VALUE}).")
  Convolutions convolutions;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads (default: as many as there are processors). Results do not change.")
  Integer threads;

  @Option(
      names = "--skip-unreadable",
      description = "Go on without pictures that cannot be read, and list them.")
  boolean skipUnreadable;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "PatchCore: patches beyond this go to a file while fitting, e.g. 2g (default: half of the"
              + " heap). Results do not change.")
  private String memory;

  @Option(
      names = "--keep-partial",
      description =
          "PatchCore: on Ctrl-C a coreset under way ends with what it has, and the work goes on with"
              + " that.")
  private boolean keepPartial;

  @Option(names = "--quiet", description = "No progress.")
  private boolean quiet;

  @Option(
      names = "--verbose",
      description = "Say which engine and weights are used, and how long each step took.")
  private boolean verbose;

  /** What a command does with its session; returns the exit status. */
  interface Work extends ToIntFunction<Session> {}

  /**
   * Runs work with the weights found.
   *
   * @throws kintsugi.InputException if no weights are found
   */
  int run(Work work) {
    return run(project -> weights().orElseThrow(() -> WeightsLocator.missing(project)), work);
  }

  /** Runs work with the weights found, or with random ones where there are none. */
  int runWithAnyWeights(long seed, Work work) {
    return run(project -> weights().orElseGet(() -> ResNet.randomWeights(seed)), work);
  }

  private Optional<Weights> weights() {
    return WeightsLocator.find(weights, Main.project()).map(Weights::read);
  }

  private int run(Function<Path, Weights> source, Work work) {
    AtomicBoolean interrupted = new AtomicBoolean();
    try (Parallel parallel = new Parallel(threads())) {
      Engines.Choice choice = choose(parallel);
      if (choice.notable()) {
        say(choice.reason());
      }
      Weights found = source.apply(Main.project());
      if (verbose) {
        say("engine " + choice.engine().name() + ", " + parallel.threads() + " threads");
        say("weights " + found.source() + ", " + found.fingerprint());
      }
      Session session =
          new Session(
              choice.engine(),
              parallel,
              found,
              ConsoleProgress.of(spec.commandLine().getErr(), quiet, verbose),
              skipUnreadable,
              memory(),
              interrupted::get);
      int status = interruptible(interrupted, () -> work.applyAsInt(session));
      session.skipped().forEach(file -> say("left out " + file));
      return status;
    }
  }

  private void say(String line) {
    spec.commandLine().getErr().println("kintsugi: " + line);
  }

  /** The engine that the options lead to. */
  Engines.Choice choose(Parallel parallel) {
    try {
      return Engines.choose(engine, parallel, convolutions, this::say);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--engine: " + e.getMessage());
    }
  }

  /** How many threads the options lead to. */
  int threads() {
    if (threads == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    if (threads < 1) {
      throw new ParameterException(spec.commandLine(), "--threads: at least 1, not " + threads);
    }
    return threads;
  }

  /** Lets Ctrl-C wait for work that has been told of it, if it was asked for. */
  private int interruptible(AtomicBoolean interrupted, IntSupplier work) {
    if (!keepPartial) {
      return work.getAsInt();
    }
    CountDownLatch done = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              interrupted.set(true);
              say("ending with what there is ...");
              try {
                done.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return work.getAsInt();
    } finally {
      done.countDown();
      if (!interrupted.get()) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  private long memory() {
    if (memory == null) {
      return Runtime.getRuntime().maxMemory() / 2;
    }
    if (!memory.matches("\\d{1,9}[kmgKMG]?")) {
      throw new ParameterException(
          spec.commandLine(), "--memory: a number with k, m or g, not " + memory);
    }
    String digits = memory.replaceAll("\\D", "");
    int shift = 10 * " kmg".indexOf(memory.substring(digits.length()).toLowerCase(Locale.ROOT));
    return Long.parseLong(digits) << (digits.equals(memory) ? 0 : shift);
  }
}
