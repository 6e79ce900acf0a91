package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputLock;
import kintsugi.dataset.Role;
import kintsugi.detector.CalibrationChange;
import kintsugi.detector.Model;
import kintsugi.detector.Taught;
import kintsugi.detector.Teaching;
import kintsugi.detector.Verdict;
import kintsugi.image.ImageSource;
import kintsugi.report.Printable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "teach",
    mixinStandardHelpOptions = true,
    description = {
      "Adds good images to a fitted model, or takes them back, and shows what that does.",
      "PaDiM's scores become those of a refit with the images; PatchCore's memory bank gets their far"
          + " patches. Before the model is saved, the scores of its calibration's images before and after"
          + " are shown.",
      "",
      "Examples:",
      "  ./kintsugi teach --model part.safetensors rejected-but-fine.png --dry-run",
      "  ./kintsugi teach --model part.safetensors rejected-but-fine.png --note \"dust is fine\"",
      "  ./kintsugi teach --model part.safetensors --list",
      "  ./kintsugi teach --model part.safetensors --undo last",
      ""
    })
final class TeachCommand implements Callable<Integer> {
  /** Images of the calibration that are named: those whose scores change most. */
  private static final int NAMED = 5;

  private static final String LAST = "last";

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private RegionOptions.OfImages regions;
  @Mixin private RunOptions.Plain run;

  @ArgGroup(exclusive = false, validate = false, heading = "%nTeach:%n", order = 20)
  private Teach teach = new Teach();

  static final class Teach {
    @Option(names = "--dry-run", description = "Show what would change, and save nothing.")
    private boolean dryRun;

    @Option(names = "--list", description = "List the images that were taught to the model.")
    private boolean list;

    @Option(
        names = "--undo",
        paramLabel = "ID|last",
        description = "Take one of them back, whatever was taught after it.")
    private String undo;

    @Option(
        names = "--note",
        paramLabel = "TEXT",
        description = "Who teaches, or why, for the history.")
    private String note;
  }

  @ArgGroup(exclusive = false, validate = false, heading = "%nCalibration:%n", order = 30)
  private Elsewhere elsewhere = new Elsewhere();

  static final class Elsewhere {
    @Option(
        names = "--normal",
        paramLabel = "DIR|LIST",
        description = "Where the calibration's normal images are now, if they were moved.")
    private Path normal;

    @Option(
        names = "--anomalous",
        arity = "1..*",
        paramLabel = "DIR|LIST",
        description = "Where its anomalous images are now.")
    private List<Path> anomalous = List.of();
  }

  @Parameters(arity = "0..*", paramLabel = "IMAGE", description = "Images without a defect.")
  private List<Path> images = List.of();

  @Override
  public Integer call() {
    int wishes = (images.isEmpty() ? 0 : 1) + (teach.list ? 1 : 0) + (teach.undo == null ? 0 : 1);
    if (wishes != 1) {
      throw new ParameterException(
          spec.commandLine(),
          "name images to teach, or take one back (--undo), or list them (--list): one of the three");
    }
    if (teach.undo != null && teach.undo.isBlank()) {
      throw new ParameterException(
          spec.commandLine(), "--undo: an id that --list shows, or last, not an empty text");
    }
    if (teach.note != null && images.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--note is of images to teach; name them, or leave it out");
    }
    model.requireFile();
    if (teach.list) {
      list(Model.taught(model.file));
      return 0;
    }
    images.forEach(Main::requireFile);
    Main.requireImages(elsewhere.anomalous, elsewhere.normal);
    // From reading the model to writing it, so that nothing taught meanwhile is lost.
    OutputLock lock = OutputLock.of(model.file);
    try (lock;
        Kintsugi kintsugi = run.open(run.builder().scope(regions.scope(run.maxPixels())))) {
      ModelSummary.requirePlace(model.file);
      change(kintsugi);
      return run.done(kintsugi);
    }
  }

  private void list(List<Taught> taught) {
    PrintWriter out = spec.commandLine().getOut();
    for (Taught entry : taught) {
      out.println(
          Printable.line(
              String.format(
                  Locale.ROOT,
                  "%s  %s  %d patches  %s%s",
                  entry.id(),
                  entry.time(),
                  entry.patches(),
                  entry.name(),
                  entry.note().isEmpty() ? "" : "  (" + entry.note() + ")")));
    }
    if (taught.isEmpty()) {
      out.println(Printable.line(model.file + ": nothing was taught to this model"));
    }
  }

  private void change(Kintsugi kintsugi) {
    Model before = model.load(kintsugi);
    Teaching teaching =
        images.isEmpty()
            ? kintsugi.unteach(before, undone(before), elsewhere(kintsugi))
            : kintsugi.teach(
                before,
                images.stream().map(ImageSource::of).toList(),
                teach.note == null ? "" : teach.note,
                elsewhere(kintsugi));
    teaching.cautions().forEach(line -> kintsugi.session().notice("CAUTION: " + line));
    PrintWriter out = spec.commandLine().getOut();
    for (Taught entry : teaching.removed()) {
      out.println(Printable.line(line(teach.dryRun ? "would undo" : "undoing", entry)));
    }
    for (int i = 0; i < images.size(); i++) {
      Taught entry = teaching.added().get(i);
      out.println(Printable.line(line(teach.dryRun ? "would teach" : "teaching", entry)));
      out.println(
          "  its score: "
              + score(before, teaching.scoresBefore().get(i))
              + " -> "
              + score(teaching.after(), score(kintsugi, teaching.after(), images.get(i))));
    }
    teaching
        .change()
        .ifPresentOrElse(
            change -> {
              print(change);
              printThreshold(change, teaching.after().isCalibrationCurrent());
            },
            this::printUncalibrated);
    String saved = teach.dryRun ? "with this change: " : "";
    teaching.warnings().forEach(line -> kintsugi.session().warn(saved + line));
    if (teach.dryRun) {
      out.println(Printable.line(model.file + ": not changed (--dry-run)"));
      return;
    }
    kintsugi.save(teaching.after(), model.file);
    ModelSummary.write(model.file, teaching.after(), kintsugi);
    int taught = teaching.after().taught().size();
    out.println(Printable.line(model.file + ": saved; images taught to it: " + taught));
  }

  private String undone(Model before) {
    if (!teach.undo.equals(LAST)) {
      return teach.undo;
    }
    if (before.taught().isEmpty()) {
      throw new InputException(model.file + ": nothing was taught to this model");
    }
    return before.taught().getLast().id();
  }

  private Teaching.Elsewhere elsewhere(Kintsugi kintsugi) {
    List<ImageSource> normal =
        elsewhere.normal == null
            ? List.of()
            : kintsugi.images(elsewhere.normal, Role.CALIBRATE_NORMAL);
    List<ImageSource> anomalous =
        elsewhere.anomalous.stream()
            .flatMap(folder -> kintsugi.images(folder, Role.CALIBRATE_ANOMALOUS).stream())
            .toList();
    return new Teaching.Elsewhere(normal, anomalous);
  }

  private static String line(String done, Taught entry) {
    return done + " " + entry.id() + "  " + entry.patches() + " patches  " + entry.name();
  }

  private static double score(Kintsugi kintsugi, Model model, Path image) {
    return kintsugi.predict(model, ImageSource.of(image)).finding().score();
  }

  private static String score(Model model, double score) {
    return String.format(
        Locale.ROOT,
        "%.4f %s",
        score,
        model.calibration().map(c -> c.verdict(score)).orElse(Verdict.NOT_CALIBRATED));
  }

  private void printUncalibrated() {
    spec.commandLine()
        .getOut()
        .println(
            "the model is not calibrated, so there are no scores to compare; calibrate it with good"
                + " images that it was not fitted to: "
                + CalibrateCommand.withImages(model.file));
  }

  private void print(CalibrationChange change) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "images of the calibration: %d scored, %d of them get another verdict; the largest change of"
            + " a score is %.4f%n",
        change.images().size(),
        change.changedVerdicts(),
        change.largestChange());
    change.images().stream()
        .sorted(
            Comparator.comparing(CalibrationChange.Image::changesVerdict)
                .thenComparingDouble(image -> Math.abs(image.after() - image.before()))
                .reversed())
        .limit(NAMED)
        .forEach(image -> out.println(Printable.line(line(image))));
  }

  /** The threshold of the model after; its calibration is current once all since was undone. */
  private void printThreshold(CalibrationChange change, boolean current) {
    String line =
        String.format(
            Locale.ROOT,
            "threshold: %.4f -> %.4f",
            change.thresholdBefore(),
            change.thresholdAfter());
    if (!current && change.crossValidated()) {
      line +=
          "; it is from a cross-validation, which scored each image by a model that had not seen it."
              + " This model has seen them all, so that its own scores of them are too low to find a"
              + " threshold by; find one with good images that it has not seen: "
              + CalibrateCommand.withImages(model.file);
    } else if (!current) {
      line +=
          "; it stays, since "
              + change.missing()
              + " of the calibration's images are gone or changed; say where they are now (--normal,"
              + " --anomalous)";
    }
    spec.commandLine().getOut().println(Printable.line(line));
  }

  private static String line(CalibrationChange.Image image) {
    return String.format(
        Locale.ROOT,
        "  %.4f -> %.4f  %s  %s",
        image.before(),
        image.after(),
        verdicts(image),
        image.name());
  }

  private static String verdicts(CalibrationChange.Image image) {
    String truth = image.anomalous() ? "anomalous" : "normal";
    String found = image.anomalousAfter() ? "anomalous" : "normal";
    return image.changesVerdict()
        ? truth + ", now predicted " + found
        : truth + ", predicted " + found;
  }
}
