package kintsugi.cli;

import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.report.Printable;
import kintsugi.serve.Answer;
import kintsugi.serve.EventSender;
import kintsugi.serve.Version;
import kintsugi.serve.WatchFolder;
import kintsugi.serve.WatchFolder.Scorer;
import kintsugi.serve.WatchOptions;
import kintsugi.serve.Webhook;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = {
      "Watches a folder: scores each image that arrives once, in order, across restarts; JSON"
          + " lines, CSV, heat maps, and messages to the line. Ends with Ctrl-C.",
      "",
      "Example:",
      "  ./kintsugi watch IN --model part.safetensors --out OUT --move",
      ""
    })
final class WatchCommand implements Callable<Integer> {
  private static final double MAX_SECONDS = 86_400;

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private RunOptions.Plain run;

  @Parameters(paramLabel = "IN", description = "The folder that images arrive in.")
  private Path in;

  @Option(names = "--recursive", order = 12, description = "Watch the folders in the folder too.")
  private boolean recursive;

  @Option(names = "--once", order = 13, description = "Score the images that are there, and end.")
  private boolean once;

  @Option(
      names = "--settle",
      order = 14,
      paramLabel = "SECONDS",
      description =
          "A file is read when it has stayed as it is for this long (default: ${DEFAULT-VALUE}).")
  private double settle = 0.25;

  @Option(
      names = "--patience",
      order = 15,
      paramLabel = "SECONDS",
      description =
          "A file that cannot be read counts as unreadable when it has stayed as it is for this long"
              + " (default: ${DEFAULT-VALUE}).")
  private double patience = 5;

  @Option(
      names = "--rescan",
      order = 16,
      paramLabel = "SECONDS",
      description =
          "Read the folder this often, since network file systems do not tell of changes (default:"
              + " ${DEFAULT-VALUE}).")
  private double rescan = 5;

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private Output output = new Output();

  static final class Output {
    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
    private Path out;

    @Option(
        names = "--maps",
        paramLabel = "WHICH",
        description = "Heat maps: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private WatchOptions.Maps maps = WatchOptions.Maps.ANOMALOUS;

    @Option(
        names = "--move",
        description = "Move images into good/, bad/ and unreadable/ in the output folder.")
    private boolean move;

    @Option(
        names = "--webhook",
        paramLabel = "URL",
        description = "Post each result as JSON to a web address of https, or of http.")
    private String webhook;

    @Option(
        names = "--webhook-token",
        paramLabel = "FILE",
        description = "Send the first line of a file as a bearer token.")
    private Path webhookToken;

    @Option(
        names = "--mqtt",
        paramLabel = "URL",
        description =
            "Publish each result to a broker, e.g. tcp://host:1883/topic, or ssl://host:8883/topic.")
    private String mqtt;

    @Option(
        names = "--mqtt-login",
        paramLabel = "FILE",
        description = "Log in with user:password, the first line of a file.")
    private Path mqttLogin;
  }

  @Override
  public Integer call() {
    WatchOptions options =
        new WatchOptions(
            in,
            output.out,
            recursive,
            output.maps,
            output.move,
            seconds("--settle", settle),
            seconds("--patience", patience),
            seconds("--rescan", rescan));
    Main.check(spec, options::requireApart);
    options.requireFolder();
    model.requireFile();
    List<EventSender> senders = senders();
    try (Kintsugi kintsugi = run.open()) {
      Scorer scorer = scorer(kintsugi);
      return run(new WatchFolder(kintsugi, scorer, options, senders, new Printed()));
    }
  }

  private int run(WatchFolder watch) {
    Interruption interruption = new Interruption(watch::stop);
    try {
      if (once) {
        watch.runOnce();
      } else {
        watch.run();
      }
      return interruption.done(0);
    } catch (RuntimeException | Error e) {
      return interruption.done(Failure.print(e, spec.commandLine(), spec.commandLine().getErr()));
    }
  }

  private Scorer scorer(Kintsugi kintsugi) {
    Version version = Version.load(kintsugi, model.file, Optional.empty());
    Model fitted = model.sized(version.model());
    Main.requireCalibration(model.file, fitted);
    String name = model.file.getFileName().toString();
    version.warn(kintsugi, name);
    return Scorer.of(kintsugi, name, version.sha256(), fitted);
  }

  private Duration seconds(String option, double value) {
    if (!(value >= 0 && value <= MAX_SECONDS)) {
      throw new ParameterException(
          spec.commandLine(),
          option + ": from 0 to " + (long) MAX_SECONDS + " seconds, not " + value);
    }
    return Duration.ofNanos((long) (value * 1e9));
  }

  private List<EventSender> senders() {
    List<EventSender> senders = new ArrayList<>();
    require("--webhook", output.webhook, "--webhook-token", output.webhookToken);
    require("--mqtt", output.mqtt, "--mqtt-login", output.mqttLogin);
    if (output.webhook != null) {
      Optional<Path> token = Optional.ofNullable(output.webhookToken);
      senders.add(Main.chosen(spec, () -> Webhook.of(output.webhook, token)));
    }
    if (output.mqtt != null) {
      senders.add(mqtt());
    }
    return senders;
  }

  private void require(String option, String value, String other, Path otherValue) {
    if (otherValue != null && value == null) {
      throw new ParameterException(spec.commandLine(), other + " needs " + option);
    }
  }

  private EventSender mqtt() {
    EventSender.Provider provider =
        ServiceLoader.load(EventSender.Provider.class)
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        "the jar for a broker (mqtt) is not built; build it once with mvn -Pmqtt"
                            + " -Dmaven.test.skip package"));
    Optional<Path> login = Optional.ofNullable(output.mqttLogin);
    return Main.chosen(spec, () -> provider.open(broker(output.mqtt), login));
  }

  private static URI broker(String address) {
    try {
      return URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          InputException.quoted(address)
              + ": is not the address of a broker; write"
              + " tcp://HOST:PORT/TOPIC (mqtt)",
          e);
    }
  }

  /** What a person sees. */
  private final class Printed implements WatchFolder.Listener {
    @Override
    public void begun() {
      String end = once ? "" : "; end with Ctrl-C";
      run.say("watching " + in + "; results in " + output.out + end);
    }

    @Override
    public void answered(Answer answer, Prediction prediction, Optional<Path> map) {
      PrintWriter print = spec.commandLine().getOut();
      print.printf(
          Locale.ROOT,
          "%-9s %8.4f  %s%s%n",
          answer.verdict(),
          answer.score(),
          Printable.line(answer.name()),
          prediction.isAnomalous() ? "  (" + answer.sentence() + ")" : "");
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
}
