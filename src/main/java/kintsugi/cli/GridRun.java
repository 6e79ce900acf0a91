package kintsugi.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.Sha256;
import kintsugi.dataset.DataSet;
import kintsugi.dataset.Duplicates;
import kintsugi.dataset.Sample;
import kintsugi.dataset.Split;
import kintsugi.experiment.Evaluation;
import kintsugi.experiment.Experiment;
import kintsugi.experiment.Grid;
import kintsugi.report.EvaluationReport;
import kintsugi.report.GridCell;
import kintsugi.report.Metrics;
import kintsugi.report.ReportImages;

/**
 * The run of a grid's experiments, each into a folder of its own that appears whole. One that is
 * done is not run again; one that cannot be run is kept for the end, and the others continue.
 */
final class GridRun {
  private final DataOptions.Several data;
  private final Path out;
  private final ReportImages images;
  private final String command;
  private final List<Grid.Cell> done = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  /** The notes of the experiments by their objects, each with the count of experiments. */
  private final Map<String, Map<String, Integer>> notes = new LinkedHashMap<>();

  GridRun(DataOptions.Several data, Path out, ReportImages images, String command) {
    this.data = data;
    this.out = out;
    this.images = images;
    this.command = command;
  }

  /** The split of an experiment and its record, which is compared with that of an earlier run. */
  private record Planned(Split split, GridCell record) {}

  /**
   * Runs what is not done.
   *
   * @throws InputException if an experiment was done with other settings
   */
  void run(Kintsugi kintsugi, List<Grid.Cell> cells, Map<String, DataSet> objects, RunOptions run) {
    for (Grid.Cell cell : cells) {
      Path folder = cell.folder(out);
      GridCell.read(folder)
          .ifPresent(
              before ->
                  before.requireSame(
                      folder, planned(kintsugi, cell, objects.get(cell.object())).record()));
    }
    for (int i = 0; i < cells.size(); i++) {
      Grid.Cell cell = cells.get(i);
      String name = cell.object() + ", " + cell.label() + ", seed " + cell.seed();
      String place = i + 1 + " of " + cells.size() + ": " + name;
      try {
        run.say(place + result(kintsugi, cell, objects.get(cell.object())));
        done.add(cell);
      } catch (InputException e) {
        run.say(place + " cannot be run");
        failures.add(name + ": " + e.getMessage());
      }
    }
  }

  private Planned planned(Kintsugi kintsugi, Grid.Cell cell, DataSet samples) {
    List<String> said = new ArrayList<>();
    Split split = data.split(samples, cell.seed(), said::add);
    Map<String, String> settings = new LinkedHashMap<>(data.settings());
    settings.put("split", digest(split));
    return new Planned(split, GridCell.of(cell, kintsugi.session(), settings, said));
  }

  /** A digest of the files of a split, so that a data set that was changed is noticed. */
  private static String digest(Split split) {
    MessageDigest digest = Sha256.digest();
    for (List<Sample> subset : List.of(split.train(), split.calibrate(), split.test())) {
      for (Sample sample : subset) {
        String line = sample.file() + "\n" + sample.label() + "\n" + sample.mask() + "\n";
        digest.update(line.getBytes(StandardCharsets.UTF_8));
      }
      digest.update((byte) 0);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Runs an experiment, or finds it done, and tells its figure. */
  private String result(Kintsugi kintsugi, Grid.Cell cell, DataSet samples) {
    Path folder = cell.folder(out);
    Optional<GridCell> before = GridCell.read(folder);
    if (before.isPresent()) {
      before.get().notes().forEach(note -> count(cell, note));
      return " is done";
    }
    try (OutputFolder files = EvaluationReport.open(folder, "grid", images)) {
      Planned planned = planned(kintsugi, cell, samples);
      List<String> said = new ArrayList<>(planned.record().notes());
      said.addAll(Duplicates.notices(planned.split()));
      planned.record().with(said).write(files);
      EvaluationReport.Heading heading =
          new EvaluationReport.Heading(
              "object " + cell.object() + ": " + cell.label() + ", seed " + cell.seed(),
              command,
              said);
      try (Experiment experiment =
          Experiment.of(
              kintsugi,
              cell.recipe(),
              planned.split(),
              cell.seed(),
              Evaluation.PixelOptions.USUAL)) {
        Metrics metrics = EvaluationReport.write(files, images, heading, experiment);
        said.forEach(note -> count(cell, note));
        return String.format(Locale.ROOT, ": AUROC %.4f", metrics.imageAuroc());
      }
    }
  }

  private void count(Grid.Cell cell, String note) {
    notes
        .computeIfAbsent(cell.object(), object -> new LinkedHashMap<>())
        .merge(note, 1, Integer::sum);
  }

  List<Grid.Cell> done() {
    return done;
  }

  List<String> failures() {
    return failures;
  }

  /** What a person should know of the data, each with the experiments that it is true of. */
  List<String> warnings() {
    List<String> lines = new ArrayList<>();
    notes.forEach(
        (object, counts) -> {
          long runs = done.stream().filter(cell -> cell.object().equals(object)).count();
          counts.forEach(
              (note, count) ->
                  lines.add(object + ", " + count + " of " + runs + " experiments: " + note));
        });
    return lines;
  }
}
