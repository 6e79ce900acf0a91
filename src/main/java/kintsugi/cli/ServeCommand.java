package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.detector.Scope;
import kintsugi.serve.Answer;
import kintsugi.serve.Line;
import kintsugi.serve.Names;
import kintsugi.serve.OwnRegions;
import kintsugi.serve.Server;
import kintsugi.serve.WatchFolder;
import kintsugi.serve.WatchOptions;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Serves models over HTTP, with a page for people, until it is ended (Ctrl-C, SIGTERM).",
      "",
      "Example:",
      "  ./kintsugi serve --model part=part.safetensors",
      "  curl --data-binary @new.jpg http://127.0.0.1:8484/api/models/part/predict",
      ""
    })
final class ServeCommand implements Callable<Integer> {
  private static final int MEGA = 1 << 20;
  private static final int END_SECONDS = 20;
  private static final Duration WATCH_AGAIN = Duration.ofSeconds(15);

  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Option(
      names = "--model",
      required = true,
      order = 10,
      paramLabel = "NAME=FILE",
      description =
          "A model and the name it is called by; may be repeated. FILE alone names itself.")
  private List<String> models;

  @ArgGroup(exclusive = false, validate = false, heading = "%nNetwork:%n", order = 20)
  private final Network network = new Network();

  static final class Network {
    @Option(
        names = "--port",
        paramLabel = "N",
        description = "Port; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private int port = 8484;

    @Option(
        names = "--host",
        paramLabel = "ADDRESS",
        description = "Address to listen on (default: ${DEFAULT-VALUE}, this machine alone).")
    private String host = "127.0.0.1";

    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description =
            "The token that requests must show as Authorization: Bearer; needed on other addresses"
                + " than this machine's own.")
    private Path tokenFile;

    @Option(
        names = "--tls-cert",
        paramLabel = "PEM",
        description = "The certificate, with its chain, for https.")
    private Path certificate;

    @Option(names = "--tls-key", paramLabel = "PEM", description = "Its key, in PKCS #8.")
    private Path key;

    @Option(
        names = "--allow-host",
        paramLabel = "NAME",
        description = "A name by which the server is reached; may be repeated.")
    private List<String> hosts = List.of();

    @Option(
        names = "--allow-origin",
        paramLabel = "ORIGIN",
        description =
            "Another site whose pages may use the server, such as https://example.org; may be"
                + " repeated.")
    private List<String> origins = List.of();

    private Server.Access access() {
      return new Server.Access(
          Optional.ofNullable(tokenFile),
          Optional.ofNullable(certificate),
          Optional.ofNullable(key),
          hosts,
          origins);
    }
  }

  @ArgGroup(exclusive = false, validate = false, heading = "%nLimits:%n", order = 30)
  private final Limits limits = new Limits();

  static final class Limits {
    @Option(
        names = "--max-body-mb",
        paramLabel = "N",
        description = "Megabytes of the largest request (default: ${DEFAULT-VALUE}).")
    private int maxBody = 64;

    @Option(
        names = "--queue",
        paramLabel = "N",
        description =
            "Images that wait or are scored at once; more are refused with 429 (default:"
                + " ${DEFAULT-VALUE}).")
    private int queue = 64;
  }

  @ArgGroup(exclusive = false, validate = false, heading = "%nHistory on the disk:%n", order = 40)
  private final Kept kept = new Kept();

  static final class Kept {
    @Option(
        names = "--history",
        paramLabel = "DIR",
        description = "Keep images and answers here; without it uploads never touch the disk.")
    private Path folder;

    @Option(
        names = "--history-mb",
        paramLabel = "N",
        description = "Megabytes after which the oldest go (default: ${DEFAULT-VALUE}).")
    private int megabytes = 1000;

    @Option(
        names = "--history-days",
        paramLabel = "N",
        description = "Days after which they go (default: ${DEFAULT-VALUE}).")
    private int days = 30;
  }

  @ArgGroup(exclusive = false, validate = false, heading = "%nWatched folder:%n", order = 45)
  private final Watched watched = new Watched();

  static final class Watched {
    @Option(
        names = "--watch",
        paramLabel = "IN",
        description = "Score the images that arrive in a folder too, with the first model.")
    private Path in;

    @Option(
        names = "--out",
        paramLabel = "DIR",
        description = "Where the results of the watched folder go.")
    private Path out;
  }

  @Override
  public Integer call() throws InterruptedException {
    Map<String, Path> files = files();
    requireRange("--queue", limits.queue, 1, 100_000);
    requireRange("--max-body-mb", limits.maxBody, 1, 1024);
    requireRange("--port", network.port, 0, 65_535);
    requireRange("--history-mb", kept.megabytes, 1, 100_000_000);
    requireRange("--history-days", kept.days, 1, 100_000);
    if ((watched.in == null) != (watched.out == null)) {
      throw new ParameterException(
          spec.commandLine(), "--watch and --out need one another; name both folders");
    }
    files.values().forEach(Main::requireFile);
    Optional<WatchOptions> folders = folders();
    OwnRegions regions = new OwnRegions();
    Scope scope = new Scope(List.of(), false, Optional.empty(), regions::of);
    try (Server.Place place = place();
        Kintsugi kintsugi = run.open(run.builder().scope(scope))) {
      Line line = new Line(kintsugi, regions, settings(files, kintsugi));
      Optional<WatchFolder> watch = folders.map(options -> watch(kintsugi, line, options));
      line.warmUp();
      Server server = place.serve(line);
      Thread watching = Thread.ofPlatform().unstarted(() -> watch.ifPresent(this::watch));
      try (Interruption interruption = new Interruption(() -> end(server, watch, watching))) {
        watching.start();
        PrintWriter out = spec.commandLine().getOut();
        out.println("serving " + String.join(", ", files.keySet()) + " at " + server.url());
        server.await();
        return interruption.done(0);
      }
    }
  }

  private Line.Settings settings(Map<String, Path> files, Kintsugi kintsugi) {
    Optional<Line.Keeping> keeping =
        Optional.ofNullable(kept.folder)
            .map(
                folder ->
                    new Line.Keeping(
                        folder, (long) kept.megabytes * MEGA, Duration.ofDays(kept.days)));
    return new Line.Settings(
        files, limits.queue, keeping, (file, model) -> summarise(file, model, kintsugi));
  }

  private Optional<WatchOptions> folders() {
    if (watched.in == null) {
      return Optional.empty();
    }
    WatchOptions options = WatchOptions.of(watched.in, watched.out);
    Main.check(spec, options::requireApart);
    options.requireFolder();
    return Optional.of(options);
  }

  private WatchFolder watch(Kintsugi kintsugi, Line line, WatchOptions options) {
    WatchFolder.Scorer scorer = line.scorer(line.models().iterator().next().name());
    WatchFolder folder = new WatchFolder(kintsugi, scorer, options, List.of(), new Told());
    line.watched(folder::isRunning);
    return folder;
  }

  /** The folder's own trouble does not end the server, which is not ready meanwhile. */
  private void watch(WatchFolder folder) {
    folder.runAlways(
        WATCH_AGAIN, e -> Failure.print(e, spec.commandLine(), spec.commandLine().getErr()));
  }

  private final class Told implements WatchFolder.Listener {
    @Override
    public void answered(Answer answer, Prediction prediction, Optional<Path> map) {
      // The page and the results tell of it.
    }

    @Override
    public void failed(String error) {
      run.notice(error);
    }

    @Override
    public void notice(String line) {
      run.notice(line);
    }
  }

  private void requireRange(String option, int value, int low, int high) {
    if (value < low || value > high) {
      throw new ParameterException(
          spec.commandLine(), option + ": from " + low + " to " + high + ", not " + value);
    }
  }

  /** Takes the port before models are loaded, and weights perhaps fetched. */
  private Server.Place place() {
    Server.Options options =
        new Server.Options(
            network.host,
            network.port,
            (long) limits.maxBody * MEGA,
            network.access(),
            run::notice);
    return Main.chosen(spec, () -> Server.at(options));
  }

  /** The summary next to the model's file follows it; that it cannot is a notice. */
  private static void summarise(Path file, Model model, Kintsugi kintsugi) {
    try {
      ModelSummary.write(file, model, kintsugi);
    } catch (InputException e) {
      kintsugi.session().notice(e.getMessage());
    }
  }

  /** Ends the folder after its current image, and the server after what was accepted. */
  private void end(Server server, Optional<WatchFolder> watch, Thread watching) {
    run.say("ending ...");
    watch.ifPresent(WatchFolder::stop);
    try {
      watching.join(Duration.ofSeconds(END_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.close();
  }

  /** The files of the models by their names. */
  private Map<String, Path> files() {
    Map<String, Path> files = new LinkedHashMap<>();
    for (String model : models) {
      String[] parts = model.split("=", 2);
      boolean named = parts.length == 2 && Names.isName(parts[0]) && !Files.exists(Path.of(model));
      Path file = Path.of(named ? parts[1] : model);
      String name = named ? parts[0] : Names.stem(file);
      if (!Names.isName(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "--model: "
                + name
                + " is not a name of letters, digits, dots, hyphens and underscores; write"
                + " --model NAME="
                + file);
      }
      if (files.put(name, file) != null) {
        throw new ParameterException(
            spec.commandLine(), "--model: two are named " + name + "; write --model NAME=FILE");
      }
    }
    return files;
  }
}
