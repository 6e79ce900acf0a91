package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kintsugi.dataset.Mvtec;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.dataset.TrainTest;
import kintsugi.dataset.Visa;
import kintsugi.detector.Experiment;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.report.EvaluationReport;
import kintsugi.report.Metrics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    description = "A published example from end to end: split, fit, calibrate, evaluate, report.")
final class ExperimentCommand implements Callable<Integer> {
  /** How the folder is laid out. */
  enum Layout {
    /** One folder a class. */
    FOLDERS,

    /** MVTec AD's own. */
    MVTEC,

    /** VisA's own. */
    VISA
  }

  @Spec private CommandSpec spec;
  @Mixin private Algorithm algorithm;
  @Mixin private RunOptions options;

  @Option(names = "--data", required = true, paramLabel = "DIR", description = "The data set.")
  private Path data;

  @Option(
      names = "--layout",
      defaultValue = "folders",
      paramLabel = "NAME",
      description =
          "folders: one folder a class; mvtec, visa: those data sets' own (default: ${DEFAULT-VALUE}).")
  private Layout layout;

  @Option(
      names = "--normal",
      paramLabel = "NAME",
      description = "folders: the folder of normal pictures.")
  private String normal;

  @Option(
      names = "--anomalous",
      paramLabel = "NAME",
      description = "folders: the folder of anomalous pictures.")
  private String anomalous;

  @Option(names = "--object", paramLabel = "NAME", description = "mvtec, visa: which object.")
  private String object;

  @Option(
      names = "--train-fraction",
      defaultValue = "1",
      paramLabel = "X",
      description = "mvtec, visa: the share of the training list to learn from (default: all).")
  private double trainFraction;

  @Option(
      names = "--calibrate-fraction",
      defaultValue = "0.5",
      paramLabel = "X",
      description =
          "mvtec, visa: the share of the test list that sets the threshold (default: ${DEFAULT-VALUE}).")
  private double calibrateFraction;

  @Option(
      names = "--train",
      defaultValue = "250",
      paramLabel = "N",
      description = "folders: normal pictures to learn from (default: ${DEFAULT-VALUE}).")
  private int train;

  @Option(
      names = "--calibrate",
      defaultValue = "100",
      paramLabel = "N",
      description =
          "folders: pictures of either class for the threshold (default: ${DEFAULT-VALUE}).")
  private int calibrate;

  @Option(
      names = "--test",
      paramLabel = "N",
      description =
          "folders: pictures of either class to test (default: as many as are left of both).")
  private Integer test;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
  private Path out;

  @Override
  public Integer call() {
    Recipe recipe = algorithm.recipe();
    if (train < 2 || calibrate < 1 || test != null && test < 1) {
      throw wrong("--train: at least 2; --calibrate and --test: at least 1");
    }
    if (!isShare(trainFraction) || !isShare(calibrateFraction)) {
      throw wrong("--train-fraction and --calibrate-fraction: above 0 and at most 1");
    }
    if (layout == Layout.FOLDERS && (normal == null || anomalous == null)) {
      throw wrong("--layout folders needs --normal NAME and --anomalous NAME");
    }
    if (layout != Layout.FOLDERS && object == null) {
      throw wrong("--layout mvtec and --layout visa need --object NAME");
    }
    return options.run(session -> run(session, recipe));
  }

  private static boolean isShare(double value) {
    return value > 0 && value <= 1;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private int run(Session session, Recipe recipe) {
    Split split =
        switch (layout) {
          case FOLDERS -> folders();
          case MVTEC -> given(Mvtec.read(data, object));
          case VISA -> given(Visa.read(data, object));
        };
    run(spec, session, recipe, split, algorithm.seed, data, out, List.of());
    return 0;
  }

  private Split given(TrainTest lists) {
    return Split.of(lists.train(), lists.test(), trainFraction, calibrateFraction, algorithm.seed);
  }

  private Split folders() {
    List<Sample> good = PictureFolder.samples(data.resolve(normal), false);
    List<Sample> bad = PictureFolder.samples(data.resolve(anomalous), true);
    int left = Math.min(good.size() - train, bad.size()) - calibrate;
    int tested = test == null ? Math.max(1, left) : test;
    return Split.random(good, bad, train, calibrate, tested, algorithm.seed);
  }

  /** The part that an experiment and the demonstration share. */
  static void run(
      CommandSpec spec,
      Session session,
      Recipe recipe,
      Split split,
      long seed,
      Path data,
      Path out,
      List<String> notes) {
    Experiment experiment = Experiment.run(session, recipe, split, seed);
    Metrics metrics =
        Metrics.of(
            session,
            experiment.model(),
            experiment.evaluation(),
            split.train().size(),
            experiment.seconds());
    EvaluationReport.write(
        out,
        recipe.name() + " on " + data,
        Main.typed(spec),
        notes,
        session,
        experiment.model(),
        experiment.evaluation(),
        metrics);
    Summary.print(spec, metrics, out);
  }
}
