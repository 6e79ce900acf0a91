package kintsugi.cli;

import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.dataset.DataSet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.dataset.Split.Amount;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.image.ImageSource;
import kintsugi.report.DemoReport;
import kintsugi.report.EvaluationReport;
import kintsugi.report.Metrics;
import kintsugi.report.Printable;
import kintsugi.report.ReportImages;
import kintsugi.weights.Fetch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "The whole path on a small set of drawn concrete, with and without cracks. Needs no data.",
      "",
      "Example:",
      "  ./kintsugi demo --out out/demo",
      ""
    })
final class DemoCommand implements Callable<Integer> {
  private static final int TRAIN = 60;
  private static final int CALIBRATE = 20;
  private static final int TEST = 40;

  /** Fewer images do where no figures are shown. */
  private static final int TRAIN_RANDOM = 20;

  private static final int SHOWN = 4;

  private static final String FETCH = "./kintsugi weights fetch";

  /** Where the network does not lead to torchvision's file. */
  private static final String FETCH_COPY =
      FETCH + " --from " + Path.of(URI.create(Fetch.TORCHVISION).getPath()).getFileName();

  @Spec private CommandSpec spec;
  @Mixin private RunOptions.Plain run;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Fixes images and draws (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      defaultValue = "out/demo",
      paramLabel = "DIR",
      description = "Where images and results go (default: ${DEFAULT-VALUE}).")
  private Path out;

  /** Why there are no weights; null where there are. */
  private InputException missing;

  @Override
  public Integer call() {
    Path data = out.resolve("data");
    try (OutputFolder report = EvaluationReport.open(out, "demo", ReportImages.THUMBNAILS);
        OutputFolder images =
            SyntheticConcrete.open(data, TRAIN + CALIBRATE + TEST, CALIBRATE + TEST);
        Kintsugi kintsugi = open()) {
      SyntheticConcrete.write(images, TRAIN + CALIBRATE + TEST, CALIBRATE + TEST, seed);
      if (missing == null) {
        evaluate(report, kintsugi, data);
      } else {
        show(report, kintsugi, data);
      }
      return run.done(kintsugi);
    }
  }

  /** The library with the weights found or fetched, else with random ones. */
  private Kintsugi open() {
    try {
      return run.open(run.builder());
    } catch (InputException e) {
      if (run.weights().isPresent()) {
        throw e;
      }
      missing = e;
      return run.open(run.builderWithAnyWeights(seed));
    }
  }

  private void evaluate(OutputFolder report, Kintsugi kintsugi, Path data) {
    Recipe recipe = recipe();
    EvaluationReport.Heading heading =
        new EvaluationReport.Heading(
            "Synthetic concrete: " + recipe.name(), Main.typed(spec), List.of());
    try (Experiment experiment =
        Experiment.of(
            kintsugi,
            recipe,
            split(data, TRAIN, CALIBRATE, TEST),
            seed,
            Evaluation.PixelOptions.USUAL)) {
      Metrics metrics =
          EvaluationReport.write(report, ReportImages.THUMBNAILS, heading, experiment);
      Summary.print(spec, metrics, out);
    }
  }

  /** Shows the way of the data on random weights, without a figure that says nothing. */
  private void show(OutputFolder report, Kintsugi kintsugi, Path data) {
    List<String> notes =
        List.of(
            "RANDOM WEIGHTS, NEVER TRAINED: this shows the way of the data and no figures, which would"
                + " say nothing about the method. "
                + fetch()
                + " brings the real thing.",
            OptionNames.inMessage(spec.commandLine(), missing.getMessage()));
    notes.forEach(run::say);
    Split split = split(data, TRAIN_RANDOM, SHOWN, SHOWN);
    Recipe recipe = recipe();
    Model model =
        kintsugi.calibrate(
            kintsugi.fit(recipe, seed, sources(split.train().stream())),
            sources(split.calibrate().stream().filter(sample -> !sample.anomalous())),
            sources(split.calibrate().stream().filter(Sample::anomalous)),
            Optional.empty());
    List<DemoReport.Shown> shown =
        Stream.of(true, false)
            .flatMap(crack -> split.test().stream().filter(s -> s.anomalous() == crack))
            .map(
                s ->
                    new DemoReport.Shown(
                        s.anomalous() ? "a drawn crack" : "no crack",
                        kintsugi.predict(model, s.file())))
            .toList();
    List<String> steps =
        List.of(
            TRAIN + 2 * (CALIBRATE + TEST) + " images are drawn, into " + data + ".",
            TRAIN_RANDOM
                + " normal ones go through the network, whose features "
                + recipe.name()
                + " learns from.",
            2 * SHOWN + " others set the range of the heat maps.",
            "New images get a score map each, whose colours show where it is high. Drawn cracks are so"
                + " plain that random weights show them too; those of real parts they do not.");
    EvaluationReport.Heading heading =
        new EvaluationReport.Heading(
            "The way of the data, on random weights",
            fetch() + System.lineSeparator() + Main.typed(spec),
            notes);
    DemoReport.write(report, heading, steps, shown);
    PrintWriter print = spec.commandLine().getOut();
    steps.forEach(print::println);
    print.println("page: " + Printable.line("" + out.resolve("report.html")));
    print.println("for figures: " + fetch() + ", then this command again");
  }

  /** The command that brings weights, of a copy where they could not be fetched. */
  private String fetch() {
    return missing.getCause() == null && !Fetch.isForbidden() ? FETCH : FETCH_COPY;
  }

  private static List<ImageSource> sources(Stream<Sample> samples) {
    return samples.map(Sample::file).map(ImageSource::of).toList();
  }

  private static Recipe recipe() {
    return Methods.recipe("padim/matlab");
  }

  private Split split(Path data, int train, int calibrate, int test) {
    List<Sample> samples =
        new ArrayList<>(ImageFolder.normal(data.resolve(SyntheticConcrete.NORMAL)));
    samples.addAll(ImageFolder.anomalous(data.resolve(SyntheticConcrete.ANOMALOUS)));
    return Split.of(
        DataSet.open(samples),
        Amount.count(train),
        Amount.count(calibrate),
        Amount.count(test),
        seed);
  }
}
