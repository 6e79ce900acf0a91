package kintsugi.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.cli.OptionNames;
import kintsugi.detector.Progress;
import kintsugi.detector.WeightsFetch;
import kintsugi.engine.Convolutions;
import kintsugi.image.Decoding;
import kintsugi.report.Printable;
import kintsugi.weights.Fetch;
import kintsugi.weights.WeightsLocator;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of every command on a cluster. */
final class ClusterOptions {
  /** Class paths of Java's jars, a list as the launcher passes it. */
  private static final String JARS = "kintsugi.spark.jars";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @ArgGroup(exclusive = false, validate = false, heading = "%nRun:%n", order = 40)
  private final Group group = new Group();

  private static final class Group {
    @Option(
        names = "--weights",
        paramLabel = "FILE",
        description =
            "ResNet-18 weights, which Spark brings to the workers. Else KINTSUGI_WEIGHTS, weights/,"
                + " ../shared/weights/ and the cache are searched, and torchvision's file is"
                + " fetched.")
    private Path weights;

    @Option(
        names = "--offline",
        description =
            "Do not fetch weights where none are found; KINTSUGI_OFFLINE=1 does the same.")
    private boolean offline;

    @Option(
        names = "--engine",
        paramLabel = "NAME",
        description = "auto, scalar or vector (default: ${DEFAULT-VALUE}).")
    private String engine = "auto";

    @Option(
        names = "--convolutions",
        paramLabel = "HOW",
        description =
            "3x3 convolutions of the vector engine: direct (the scalar engine's bits), winograd2 or"
                + " winograd4 (faster, other bits; default: ${DEFAULT-VALUE}).")
    private Convolutions convolutions = Convolutions.WINOGRAD4;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "Threads of a worker process (default: its cores). Results do not change.")
    private int threads;

    @Option(
        names = "--max-pixels",
        paramLabel = "N",
        description = "Pixels of the largest image that is read (default: ${DEFAULT-VALUE}).")
    private long maxPixels = Decoding.DEFAULT_MAX_PIXELS;

    @Option(
        names = "--skip-unreadable",
        description = "Leave out images that cannot be read, and list them.")
    private boolean skipUnreadable;

    @Option(names = "--quiet", description = "No progress.")
    private boolean quiet;
  }

  /** A session of Spark by the program's own settings, and those that it was submitted with. */
  SparkSession open() {
    return open(Map.of());
  }

  /** The same with further settings, unless it was submitted with others. */
  SparkSession open(Map<String, String> more) {
    SparkConf conf = new SparkConf();
    more.forEach(conf::setIfMissing);
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", "kintsugi " + spec.name());
    boolean terminal = System.console() != null && System.console().isTerminal();
    conf.setIfMissing("spark.ui.showConsoleProgress", "" + (terminal && !group.quiet));
    String jars = System.getProperty(JARS, "");
    if (!jars.isEmpty() && !conf.get("spark.master").matches("local(\\[.*)?")) {
      conf.setIfMissing("spark.jars", jars);
    }
    SparkSession spark = SparkSession.builder().config(conf).getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    // What they say of a job that ends early is traces, where its failure is one line.
    List.of("network", "rpc", "sql.execution.datasources")
        .forEach(name -> Configurator.setLevel("org.apache.spark." + name, Level.OFF));
    return spark;
  }

  /** The library on the driver, for what needs no images. */
  Kintsugi openHere() {
    return Kintsugi.builder()
        .engine(group.engine)
        .convolutions(group.convolutions)
        .weights(weights())
        .notices(this::notice)
        .open();
  }

  /**
   * Brings weights and a model to the workers.
   *
   * @param model null for a fit
   */
  Settings settings(SparkContext context, Path model) {
    return new Settings(
        UUID.randomUUID().toString(),
        group.engine,
        group.convolutions,
        threads(),
        maxPixels(),
        group.skipUnreadable,
        Brought.of(context, weights()),
        model == null ? null : Brought.of(context, model));
  }

  /** The file of weights that the options lead to. */
  Path weights() {
    Path project = Path.of(System.getProperty("kintsugi.home", ""));
    return WeightsLocator.find(group.weights, project)
        .orElseGet(
            () -> {
              if (group.offline) {
                throw WeightsLocator.missing(project, null);
              }
              return WeightsFetch.orMissing(
                  project, Fetch.Source.USUAL, Progress.SILENT, this::say);
            });
  }

  private int threads() {
    if (group.threads < 0) {
      throw new ParameterException(
          spec.commandLine(), "--threads: 1 or more, not " + group.threads);
    }
    return group.threads;
  }

  private long maxPixels() {
    if (group.maxPixels < 1 || group.maxPixels > Decoding.MAX_PIXELS) {
      throw new ParameterException(
          spec.commandLine(),
          "--max-pixels: from 1 to " + Decoding.MAX_PIXELS + ", not " + group.maxPixels);
    }
    return group.maxPixels;
  }

  private void notice(String line) {
    say(OptionNames.inMessage(spec.commandLine(), line));
  }

  void say(String line) {
    spec.commandLine().getErr().println("kintsugi: " + Printable.line(line));
  }

  /** Names the images left out, and returns the status of a command that is done. */
  int done(Failures failures) {
    failures.skipped().forEach(image -> say("left out " + image));
    return 0;
  }

  /** Throws unless a file is there. */
  static void requireFile(Path file) {
    if (!Files.exists(file)) {
      throw new InputException(file + ": there is no such file; check the name");
    }
  }
}
