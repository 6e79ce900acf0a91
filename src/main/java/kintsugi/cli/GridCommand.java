package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import kintsugi.Kintsugi;
import kintsugi.OutputFolder;
import kintsugi.dataset.DataSet;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.experiment.Grid;
import kintsugi.report.GridReport;
import kintsugi.report.Printable;
import kintsugi.report.ReportImages;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "grid",
    mixinStandardHelpOptions = true,
    description = {
      "Runs every object by every recipe by every seed, each as experiment does, and leaves a table of"
          + " means over the seeds: grid.html, grid.json, grid.csv, results.md. Started again it runs only"
          + " what is missing.",
      "",
      "Examples:",
      "  ./kintsugi grid --data mvtec --recipes all --seeds 5 --out OUT",
      "  ./kintsugi grid --data visa --objects macaroni1,pcb1 --recipes padim,patchcore/anomalib+ratio=0.05"
          + " --seeds 1,2,7 --out OUT",
      ""
    })
final class GridCommand implements Callable<Integer> {
  private static final int MAX_SEEDS = 1000;
  private static final String ALL = "all";

  @Spec private CommandSpec spec;
  @Mixin private DataOptions.Several data;
  @Mixin private RunOptions.Reading run;

  @Option(
      names = "--recipes",
      split = ",",
      required = true,
      paramLabel = "NAME",
      order = 20,
      description =
          "Recipes, or methods for their default recipes; all for every recipe. Choices follow a plus:"
              + " patchcore/anomalib+size=256x256+ratio=0.05.")
  private List<String> recipes;

  @Option(
      names = "--seeds",
      paramLabel = "N|N,N",
      order = 20,
      description = "How many, from 1 on, or which (default: ${DEFAULT-VALUE}).")
  private String seeds = "5";

  @ArgGroup(exclusive = false, multiplicity = "1", heading = "%nOutput:%n", order = 50)
  private Output output = new Output();

  private static final class Output {
    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where results go.")
    private Path out;

    @Option(
        names = "--report-images",
        paramLabel = "WHICH",
        description =
            "In each experiment's page: none, thumbnails, or all in a folder next to it (default:"
                + " ${DEFAULT-VALUE}).")
    private ReportImages images = ReportImages.NONE;
  }

  @Override
  public Integer call() {
    data.check();
    Map<String, Recipe> chosen = chosenRecipes();
    List<Long> numbers = chosenSeeds();
    GridRun grid = new GridRun(data, output.out, output.images, Main.typed(spec));
    try (OutputFolder folder = GridReport.open(output.out);
        Kintsugi kintsugi = run.open()) {
      Map<String, DataSet> objects = data.objects(kintsugi.session()::notice);
      grid.run(kintsugi, cells(objects, chosen, numbers), objects, run);
      GridReport.Heading heading =
          new GridReport.Heading(
              "Grid on " + data.data(), Main.typed(spec), grid.warnings(), grid.failures());
      List<Grid.Row> rows = GridReport.write(folder, output.out, heading, grid.done());
      print(rows, heading);
      return grid.failures().isEmpty() ? run.done(kintsugi) : 1;
    }
  }

  private List<Grid.Cell> cells(
      Map<String, DataSet> objects, Map<String, Recipe> chosen, List<Long> numbers) {
    try {
      return Grid.cells(objects.keySet(), chosen, numbers);
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private Map<String, Recipe> chosenRecipes() {
    List<String> labels = new ArrayList<>();
    for (String recipe : recipes) {
      labels.addAll(
          recipe.equals(ALL)
              ? Methods.recipes().stream().map(Recipe::name).toList()
              : List.of(recipe));
    }
    Map<String, Recipe> chosen = new LinkedHashMap<>();
    for (String label : labels) {
      String[] parts = label.split("\\+", -1);
      Map<String, String> choices = new LinkedHashMap<>();
      for (String choice : List.of(parts).subList(1, parts.length)) {
        int equal = choice.indexOf('=');
        if (equal < 1) {
          throw wrong("--recipes: a choice is NAME=VALUE, not " + choice + " in " + label);
        }
        choices.put(choice.substring(0, equal).replace('-', '_'), choice.substring(equal + 1));
      }
      if (choices.containsKey("seed") || choices.containsKey("recipe")) {
        throw wrong("--recipes: neither seed nor recipe is a choice in " + label);
      }
      Recipe recipe = MethodOptions.of(spec, parts[0], choices).recipe();
      // A method stands for its default recipe, whose name says more.
      String name = Methods.recipe(parts[0]).name();
      chosen.put(name + label.substring(parts[0].length()), recipe);
    }
    return chosen;
  }

  private List<Long> chosenSeeds() {
    if (seeds.matches("[1-9]\\d{0,3}") && Integer.parseInt(seeds) <= MAX_SEEDS) {
      return LongStream.rangeClosed(1, Integer.parseInt(seeds)).boxed().toList();
    }
    if (seeds.matches("-?\\d{1,18}(,-?\\d{1,18})*,?") && seeds.contains(",")) {
      return List.of(seeds.split(",")).stream().map(Long::valueOf).distinct().toList();
    }
    throw wrong(
        "--seeds: a count from 1 to " + MAX_SEEDS + ", or seeds such as 1,2,7, not " + seeds);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void print(List<Grid.Row> rows, GridReport.Heading heading) {
    PrintWriter print = spec.commandLine().getOut();
    int objects = width("object", rows.stream().map(GridCommand::object).toList());
    int labels = width("recipe", rows.stream().map(Grid.Row::recipe).toList());
    String format = "%-" + objects + "s  %-" + labels + "s  %5s  %-26s %-26s %-26s%n";
    print.printf(
        Locale.ROOT, format, "object", "recipe", "seeds", "image AUROC", "pixel AUROC", "AUPRO");
    for (Grid.Row row : rows) {
      print.printf(
          Locale.ROOT,
          format,
          Printable.line(object(row)),
          Printable.line(row.recipe()),
          row.seeds().size(),
          figure(row, "image_auroc"),
          figure(row, "pixel_auroc"),
          figure(row, "aupro"));
    }
    heading.warnings().forEach(line -> print.println("warning: " + Printable.line(line)));
    heading.failures().forEach(line -> print.println("not run: " + Printable.line(line)));
    print.println("page: " + Printable.line("" + output.out.resolve("grid.html")));
  }

  private static String object(Grid.Row row) {
    return row.object().isEmpty() ? "(mean)" : row.object();
  }

  private static String figure(Grid.Row row, String name) {
    return GridReport.figure(name, row.figures().get(name));
  }

  private static int width(String head, List<String> texts) {
    return Stream.concat(Stream.of(head), texts.stream())
        .mapToInt(text -> Printable.line(text).length())
        .max()
        .orElseThrow();
  }
}
