package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.OutputLock;
import kintsugi.dataset.Duplicates;
import kintsugi.dataset.FileList;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Role;
import kintsugi.dataset.Sample;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.learn.Learn;
import kintsugi.learn.Learnt;
import kintsugi.learn.Survey;
import kintsugi.report.LearnReport;
import kintsugi.report.Printable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "learn",
    mixinStandardHelpOptions = true,
    description = {
      "Looks at images of good parts, tries what suits them, and leaves a calibrated model.",
      "Candidates are judged by cross-validation: on the bad images, and where there are few, on"
          + " defects drawn into good ones too.",
      "",
      "Examples:",
      "  ./kintsugi learn good/ --model part.safetensors --out learnt",
      "  ./kintsugi learn good/ --bad bad/ --time 30m --model part.safetensors --out learnt",
      ""
    })
final class LearnCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Reading run;

  @Parameters(
      index = "0",
      paramLabel = "GOOD",
      description =
          "Good images: a folder, or a list, whose bad ones are used where there is no --bad.")
  private Path good;

  @Option(
      names = "--bad",
      arity = "1..*",
      paramLabel = "DIR|LIST",
      order = 10,
      description = "Bad images, one or more folders; a few help much.")
  private List<Path> bad = List.of();

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private Output output;

  static final class Output {
    @Option(
        names = "--model",
        required = true,
        paramLabel = "FILE",
        description = "Where the model goes.")
    private Path model;

    @Option(
        names = "--out",
        required = true,
        paramLabel = "DIR",
        description = "Where learn.html and learn.json go.")
    private Path out;
  }

  @Option(
      names = "--time",
      paramLabel = "TIME",
      order = 20,
      description =
          "For everything, such as 90s, 10m or 1h (default: ${DEFAULT-VALUE}). The first candidate is"
              + " tried, and the chosen one fitted, even if that takes longer.")
  private String time = "10m";

  @Option(
      names = "--ms-per-image",
      paramLabel = "X",
      order = 21,
      description =
          "The most milliseconds that the model may take per image here (default:"
              + " ${DEFAULT-VALUE}).")
  private double msPerImage = 200;

  @Option(
      names = "--seed",
      paramLabel = "N",
      order = 22,
      description = "Fixes every draw (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  private final long start = System.nanoTime();

  @Override
  public Integer call() {
    Duration limit = duration();
    if (!(msPerImage > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--ms-per-image: above 0, not " + msPerImage);
    }
    return run.interruption(true)
        .during(spec.commandLine(), interruption -> learn(limit, interruption));
  }

  private int learn(Duration limit, Interruption interruption) {
    OutputLock lock = OutputLock.of(output.model);
    try (lock;
        OutputFolder folder = LearnReport.open(output.out)) {
      Model.requirePlace(output.model);
      ModelSummary.requirePlace(output.model);
      return learn(folder, limit, interruption);
    }
  }

  private int learn(OutputFolder folder, Duration limit, Interruption interruption) {
    try (Kintsugi kintsugi = run.open()) {
      List<Sample> goods = ImageFolder.samples(good, Role.TRAIN, kintsugi.session()::notice);
      List<Sample> bads = bads(kintsugi);
      List<Sample> all = new ArrayList<>(goods);
      all.addAll(bads);
      Duplicates.notices(all).forEach(kintsugi.session()::notice);
      Duration left = limit.minusNanos(System.nanoTime() - start);
      Learn.Options options = new Learn.Options(left, msPerImage, seed, interruption::isRequested);
      Learnt learnt = new Learn(kintsugi, options, new Terminal()).run(goods, bads);
      kintsugi.save(learnt.model(), output.model);
      ModelSummary.write(output.model, learnt.model(), kintsugi);
      LearnReport.write(
          folder,
          learnt,
          new LearnReport.Heading(
              "" + output.model, Main.typed(spec), again(learnt), notes(learnt)));
      print(learnt);
      return run.done(kintsugi);
    }
  }

  private List<Sample> bads(Kintsugi kintsugi) {
    if (bad.isEmpty()) {
      return FileList.isList(good) ? labelledBad() : List.of();
    }
    return bad.stream()
        .flatMap(
            folder ->
                ImageFolder.samples(folder, Role.CALIBRATE_ANOMALOUS, kintsugi.session()::notice)
                    .stream())
        .toList();
  }

  /** The bad images of the list of good ones: only its labels can say which these are. */
  private List<Sample> labelledBad() {
    Set<Path> labelled =
        ImageFolder.samples(good, Role.ANY, line -> {}).stream()
            .filter(Sample::anomalous)
            .map(Sample::file)
            .collect(Collectors.toSet());
    if (labelled.isEmpty()) {
      return List.of();
    }
    try {
      return ImageFolder.samples(good, Role.CALIBRATE_ANOMALOUS, line -> {}).stream()
          .filter(sample -> labelled.contains(sample.file()))
          .toList();
    } catch (InputException e) {
      // All of them are in a subset that is kept for the test.
      return List.of();
    }
  }

  private List<String> notes(Learnt learnt) {
    return learnt.warnings().stream().map(this::option).toList();
  }

  /** A line in which choices are options. */
  private String option(String line) {
    return OptionNames.inMessage(spec.commandLine(), line);
  }

  /**
   * The command line that repeats the fit, into a file of its own: the model here is calibrated.
   */
  private String again(Learnt learnt) {
    Recipe recipe = learnt.model().recipe();
    String name = recipe.name().replace("*", "");
    List<String> words = new ArrayList<>(List.of("fit", recipe.method(), "--recipe", name));
    Map<String, Object> usual = Choices.of(Methods.recipe(name));
    Choices.of(recipe)
        .forEach(
            (choice, value) -> {
              if (!choice.equals("name") && !value.equals(usual.get(choice))) {
                words.addAll(option(choice, value));
              }
            });
    words.addAll(List.of("--seed", "" + seed, "--train", "" + good, "--model", "" + beside()));
    words.addAll(repeated());
    return Main.typed(words);
  }

  /** The options of this command line that change what a fit reads or computes. */
  private List<String> repeated() {
    List<String> words = new ArrayList<>();
    for (String name :
        List.of("--weights", "--engine", "--convolutions", "--max-pixels", "--skip-unreadable")) {
      OptionSpec option = spec.commandLine().getParseResult().matchedOption(name);
      if (option != null) {
        words.add(name);
        words.addAll(option.arity().max() > 0 ? option.originalStringValues() : List.of());
      }
    }
    return words;
  }

  private Path beside() {
    return output.model.resolveSibling("again-" + output.model.getFileName());
  }

  private static List<String> option(String choice, Object value) {
    String name = choice.replace('_', '-');
    if (value instanceof Boolean yes) {
      return List.of(yes ? "--" + name : "--no-" + name);
    }
    String text =
        value instanceof List<?> list
            ? list.stream().map(Object::toString).collect(Collectors.joining(","))
            : value.toString();
    return List.of("--" + name, text);
  }

  private Duration duration() {
    if (!time.matches("0*[1-9]\\d{0,5}[smh]")) {
      throw new ParameterException(
          spec.commandLine(), "--time: a number above 0 with s, m or h, such as 10m, not " + time);
    }
    return Duration.parse("PT" + time.toUpperCase(Locale.ROOT));
  }

  /** What is shown while it goes. */
  private final class Terminal implements Learn.Listener {
    private final PrintWriter out = spec.commandLine().getOut();
    private boolean headed;

    @Override
    public void survey(Survey survey) {
      survey.lines().forEach(line -> out.println(Printable.line(option(line))));
    }

    @Override
    public void rows(List<Learnt.Row> rows) {
      Learnt.Row row =
          rows.stream().max(Comparator.comparingDouble(LearnCommand::auroc)).orElseThrow();
      if (!headed) {
        out.printf(
            Locale.ROOT,
            "%n%6s  %-15s %6s %12s %8s %7s  candidate%n",
            "AUROC",
            "95 % confidence",
            "PRO",
            "false alarms",
            "ms/image",
            "MB");
        headed = true;
      }
      if (!row.status().isEmpty()) {
        out.printf(
            Locale.ROOT, "%6s  %s: %s%n", "-", name(row), Printable.line(option(row.status())));
        return;
      }
      out.printf(
          Locale.ROOT,
          "%6.4f  %.4f to %.4f %6s %5d of %-4d %8.1f %7.1f  %s%n",
          row.auroc(),
          row.interval().low(),
          row.interval().high(),
          Double.isNaN(row.aupro()) ? "-" : String.format(Locale.ROOT, "%.3f", row.aupro()),
          row.falseAlarms(),
          row.good(),
          row.msPerImage(),
          row.modelBytes() / 1e6,
          name(row));
    }

    @Override
    public void step(String step) {
      run.say(option(step));
    }
  }

  private static double auroc(Learnt.Row row) {
    return Double.isNaN(row.auroc()) ? -1 : row.auroc();
  }

  private static String name(Learnt.Row row) {
    StringBuilder name = new StringBuilder(row.recipe().replace("*", ""));
    row.choices().forEach((choice, value) -> name.append(' ').append(value));
    return name.toString();
  }

  private void print(Learnt learnt) {
    PrintWriter out = spec.commandLine().getOut();
    out.println();
    out.println(learnt.why());
    Learnt.Estimate estimate = learnt.estimate();
    out.printf(
        Locale.ROOT,
        "on new images AUROC %.4f is expected (95 %% confidence: %.4f to %.4f; %d good images, %d"
            + " %s, by models that saw none of them)%n",
        estimate.auroc(),
        estimate.interval().low(),
        estimate.interval().high(),
        estimate.good(),
        estimate.anomalous(),
        estimate.against());
    out.println(learnt.model().requireCalibration().rates().sentence());
    notes(learnt).forEach(run::say);
    out.printf(
        Locale.ROOT,
        "%s in %.0f s%n",
        Printable.line("" + output.model),
        (System.nanoTime() - start) / 1e9);
    out.println("report: " + Printable.line("" + output.out.resolve("learn.html")));
    out.println(
        "next: ./kintsugi predict --model "
            + Printable.line("" + output.model)
            + " IMAGE... --out predictions");
  }
}
