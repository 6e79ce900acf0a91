package kintsugi.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Progress;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Parallel;
import kintsugi.image.Decoding;
import kintsugi.report.Printable;
import kintsugi.weights.Fetch;
import kintsugi.weights.Weights;
import kintsugi.weights.WeightsLocator;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options of every command that computes. Those that read many images, and those that fit, have
 * some more in the same group of the help.
 */
abstract class RunOptions {
  private static final String HEADING = "%nRun:%n";
  private static final int ORDER = 40;

  /** Where weights are fetched from; tests have a server of their own. */
  static Fetch.Source source = Fetch.Source.USUAL;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** The options that all commands have. */
  static class Base {
    @Option(
        names = "--weights",
        paramLabel = "FILE",
        description =
            "ResNet-18 weights. Else KINTSUGI_WEIGHTS, weights/, ../shared/weights/ and the cache"
                + " are searched, and torchvision's file is fetched.")
    private Path weights;

    @Option(
        names = "--offline",
        description =
            "Do not fetch weights where none are found; KINTSUGI_OFFLINE=1 does the same.")
    private boolean offline;

    @Option(
        names = "--engine",
        paramLabel = "NAME",
        description =
            "auto, scalar, vector, or tornado for a GPU through TornadoVM, tornado:N for its device"
                + " N (default: ${DEFAULT-VALUE}).")
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
        description = "Threads (default: all processors). Results do not change.")
    private Integer threads;

    @Option(
        names = "--max-pixels",
        paramLabel = "N",
        description = "Pixels of the largest image that is read (default: ${DEFAULT-VALUE}).")
    private long maxPixels = Decoding.DEFAULT_MAX_PIXELS;

    @Option(names = "--quiet", description = "No progress.")
    private boolean quiet;

    @Option(
        names = "--verbose",
        description = "Name the engine and the weights, and the time of each step.")
    private boolean verbose;
  }

  /** The options of commands that read many images. */
  static final class Read extends Base {
    @Option(
        names = "--skip-unreadable",
        description = "Leave out images that cannot be read, and list them.")
    private boolean skipUnreadable;
  }

  /** The options of commands that fit. */
  static class Fitting extends Base {
    @Option(
        names = "--memory",
        paramLabel = "SIZE",
        description =
            "PatchCore: patches beyond this go to a file, e.g. 2g, or 0 for all (default: half of the"
                + " heap). Results do not change.")
    String memory;

    @Option(
        names = "--keep-partial",
        description =
            "PatchCore: on Ctrl-C a coreset's search ends with what it has, and the work continues"
                + " with that.")
    boolean keepPartial;
  }

  /** The options of commands that read many images and fit. */
  static final class ReadAndFitting extends Fitting {
    @Option(
        names = "--skip-unreadable",
        description = "Leave out images that cannot be read, and list them.")
    private boolean skipUnreadable;
  }

  /** For commands that read one image or none. */
  static final class Plain extends RunOptions {
    @ArgGroup(exclusive = false, validate = false, heading = HEADING, order = ORDER)
    private final Base group = new Base();

    @Override
    Base base() {
      return group;
    }
  }

  /** For commands that read many images. */
  static final class Reading extends RunOptions {
    @ArgGroup(exclusive = false, validate = false, heading = HEADING, order = ORDER)
    private final Read group = new Read();

    @Override
    Base base() {
      return group;
    }

    boolean skipsUnreadable() {
      return group.skipUnreadable;
    }

    @Override
    Kintsugi.Builder builder() {
      Kintsugi.Builder builder = super.builder();
      return group.skipUnreadable ? builder.skipUnreadable() : builder;
    }
  }

  /** For commands that fit what was read before. */
  static final class Merging extends RunOptions {
    @ArgGroup(exclusive = false, validate = false, heading = HEADING, order = ORDER)
    private final Fitting group = new Fitting();

    @Override
    Base base() {
      return group;
    }

    Interruption interruption() {
      return interruption(group.keepPartial);
    }

    Kintsugi.Builder builder(Interruption interruption) {
      return fitting(builder(), group, interruption);
    }
  }

  /** For commands that read many images and fit. */
  static final class ReadingAndFitting extends RunOptions {
    @ArgGroup(exclusive = false, validate = false, heading = HEADING, order = ORDER)
    private final ReadAndFitting group = new ReadAndFitting();

    @Override
    Base base() {
      return group;
    }

    Interruption interruption() {
      return interruption(group.keepPartial);
    }

    Kintsugi.Builder builder(Interruption interruption) {
      Kintsugi.Builder builder = fitting(builder(), group, interruption);
      return group.skipUnreadable ? builder.skipUnreadable() : builder;
    }
  }

  abstract Base base();

  /** Hears a signal, where that is wanted, so that a fit ends early with what there is. */
  Interruption interruption(boolean wanted) {
    return wanted
        ? new Interruption(() -> say("ending with what there is ..."))
        : Interruption.none();
  }

  /** Applies the options of a fit. */
  Kintsugi.Builder fitting(Kintsugi.Builder builder, Fitting group, Interruption interruption) {
    builder.interruptedWhen(interruption::isRequested);
    return group.memory == null ? builder : builder.memory(bytes(group.memory));
  }

  /** The library with these options and the weights found, not open yet. */
  Kintsugi.Builder builder() {
    Kintsugi.Builder builder = withoutWeights();
    if (!base().offline) {
      builder.fetchWeights(source);
    }
    return base().weights == null ? builder : builder.weights(base().weights);
  }

  /** The same, with random weights where none are found. */
  Kintsugi.Builder builderWithAnyWeights(long seed) {
    Weights found = weights().map(Weights::read).orElseGet(() -> ResNet.randomWeights(seed));
    return withoutWeights().weights(found);
  }

  private Kintsugi.Builder withoutWeights() {
    Progress progress =
        ConsoleProgress.of(spec.commandLine().getErr(), base().quiet, base().verbose);
    return Kintsugi.builder()
        .engine(base().engine)
        .convolutions(base().convolutions)
        .threads(threads())
        .maxPixels(maxPixels())
        .progress(progress)
        .notices(this::notice);
  }

  /** Prints a notice of the library, whose choices are options here. */
  void notice(String line) {
    say(inOptions(line));
  }

  /** A sentence of the library, whose choices are options here. */
  String inOptions(String sentence) {
    return OptionNames.inMessage(spec.commandLine(), sentence);
  }

  /** Opens the library; a wrong choice of engine or threads is a wrong command line. */
  Kintsugi open(Kintsugi.Builder builder) {
    Kintsugi kintsugi = Main.chosen(spec, builder::open);
    if (base().verbose) {
      say(
          "engine "
              + kintsugi.session().engine().name()
              + ", "
              + kintsugi.session().parallel().threads()
              + " threads");
      Weights weights = kintsugi.session().weights();
      say("weights " + weights.source() + ", " + weights.fingerprint());
    }
    return kintsugi;
  }

  Kintsugi open() {
    return open(builder());
  }

  /** Names the images left out, and returns the status of a command that is done. */
  int done(Kintsugi kintsugi) {
    kintsugi.skipped().forEach(image -> say("left out " + image.name()));
    return 0;
  }

  void say(String line) {
    spec.commandLine().getErr().println("kintsugi: " + Printable.line(line));
  }

  /** Whether the weights are a file that was named here, not one that was found. */
  boolean namesWeights() {
    return base().weights != null;
  }

  /** The file of weights that these options lead to. */
  Optional<Path> weights() {
    return WeightsLocator.find(base().weights, Main.project());
  }

  String engine() {
    return base().engine;
  }

  Convolutions convolutions() {
    return base().convolutions;
  }

  /** How many threads the options lead to. */
  int threads() {
    if (base().threads == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    if (base().threads < 1 || base().threads > Parallel.MAXIMUM) {
      throw new ParameterException(
          spec.commandLine(),
          "--threads: from 1 to " + Parallel.MAXIMUM + ", not " + base().threads);
    }
    return base().threads;
  }

  /** Checks the options that a command does not use. */
  void requireRanges() {
    threads();
    maxPixels();
  }

  /** The pixels of the largest image that is read. */
  long maxPixels() {
    long pixels = base().maxPixels;
    if (pixels < 1 || pixels > Decoding.MAX_PIXELS) {
      throw new ParameterException(
          spec.commandLine(), "--max-pixels: from 1 to " + Decoding.MAX_PIXELS + ", not " + pixels);
    }
    return pixels;
  }

  private long bytes(String memory) {
    if (!memory.matches("\\d{1,9}[kmgKMG]?")) {
      throw new ParameterException(
          spec.commandLine(), "--memory: a number with k, m or g, not " + memory);
    }
    String digits = memory.replaceAll("\\D", "");
    int shift = 10 * " kmg".indexOf(memory.substring(digits.length()).toLowerCase(Locale.ROOT));
    return Long.parseLong(digits) << (digits.equals(memory) ? 0 : shift);
  }
}
