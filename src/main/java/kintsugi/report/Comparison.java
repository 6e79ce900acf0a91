package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import kintsugi.InputException;
import kintsugi.OutputFolder;
import kintsugi.metric.Bootstrap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A comparison of evaluations.
 *
 * @param runs one for each {@code metrics.json}
 * @param intervals the figures' 95 % confidence intervals of each run, by the figures' names
 * @param differences by the name of a setting its value in each run, for those where they differ
 */
public record Comparison(
    List<Run> runs,
    List<Map<String, Bootstrap.Interval>> intervals,
    Map<String, List<String>> differences) {
  private static final List<String> SETTINGS =
      List.of(
          "algorithm",
          "recipe",
          "engine",
          "network",
          "weights",
          "seed",
          "train_images",
          "test_images",
          "threshold_rule",
          "version",
          "java",
          "system");

  /**
   * The figures of one evaluation; those that it does not have are null.
   *
   * @param name the file's folder, as short as still distinguishes it from the others
   * @param recipe its name
   * @param engine that computed
   * @param seed fixes every draw
   * @param imageAuroc over the images
   * @param averagePrecision over the images
   * @param accuracy the fraction of right predictions
   * @param f1 at the threshold
   * @param pixelAuroc over the pixels
   * @param aupro the area under the per-region overlap
   * @param pixelF1 the best one of single pixels
   * @param msPerTestImage milliseconds per image
   * @param totalSeconds of the whole run
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Run(
      String name,
      String recipe,
      String engine,
      long seed,
      Double imageAuroc,
      Double averagePrecision,
      Double accuracy,
      Double f1,
      Double pixelAuroc,
      Double aupro,
      Double pixelF1,
      Double msPerTestImage,
      Double totalSeconds) {}

  /**
   * Reads evaluations.
   *
   * @param places {@code metrics.json} files or folders that have one
   * @return the comparison
   * @throws InputException if one cannot be read or is not such a file
   */
  public static Comparison read(List<Path> places) {
    List<Path> files =
        places.stream()
            .map(place -> Files.isDirectory(place) ? place.resolve("metrics.json") : place)
            .map(file -> file.toAbsolutePath().normalize())
            .toList();
    List<JsonNode> metrics = files.stream().map(Comparison::read).toList();
    List<String> names = names(files);
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      runs.add(run(names.get(i), metrics.get(i)));
    }
    return new Comparison(
        runs,
        metrics.stream().map(m -> intervals(m.path("confidence95"))).toList(),
        differences(metrics));
  }

  private static JsonNode read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file + ": there is no such file; name the metrics.json of an evaluation, or its folder");
    }
    try {
      JsonNode metrics = JsonMapper.shared().readTree(file);
      if (!metrics.has("image_auroc") || !metrics.has("recipe")) {
        throw new InputException(
            file + ": is not the metrics.json of an evaluation; name one, or its folder");
      }
      return metrics;
    } catch (JacksonException e) {
      String why = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new InputException(file + ": is not JSON (" + why + ")", e);
    }
  }

  /** Folders without their common beginning. */
  private static List<String> names(List<Path> files) {
    List<Path> folders = files.stream().map(Path::getParent).toList();
    Path common = folders.getFirst();
    for (Path folder : folders) {
      while (!folder.startsWith(common)) {
        common = common.getParent();
      }
    }
    List<String> names = new ArrayList<>();
    for (Path folder : folders) {
      String name = common.relativize(folder).toString();
      names.add(name.isEmpty() ? String.valueOf(folder.getFileName()) : name);
    }
    return names;
  }

  private static Run run(String name, JsonNode metrics) {
    return new Run(
        name,
        metrics.get("recipe").asString(),
        metrics.path("engine").asString(""),
        metrics.path("seed").asLong(0),
        figure(metrics.path("image_auroc")),
        figure(metrics.path("average_precision")),
        figure(metrics.path("accuracy")),
        figure(metrics.path("f1")),
        figure(metrics.path("pixel_auroc")),
        figure(metrics.path("aupro")),
        figure(metrics.path("pixel_f1")),
        figure(metrics.path("ms_per_test_image")),
        figure(metrics.path("seconds").path("total")));
  }

  private static Map<String, Bootstrap.Interval> intervals(JsonNode confidence) {
    Map<String, Bootstrap.Interval> intervals = new LinkedHashMap<>();
    for (String figure : confidence.propertyNames()) {
      Double low = figure(confidence.path(figure).path("low"));
      Double high = figure(confidence.path(figure).path("high"));
      if (low != null && high != null) {
        intervals.put(figure, new Bootstrap.Interval(low, high));
      }
    }
    return intervals;
  }

  private static Double figure(JsonNode node) {
    return node.isNumber() ? node.asDouble() : null;
  }

  private static Map<String, List<String>> differences(List<JsonNode> metrics) {
    Map<String, List<String>> differences = new LinkedHashMap<>();
    for (String setting : SETTINGS) {
      add(differences, setting, metrics.stream().map(m -> m.path(setting)).toList());
    }
    TreeSet<String> choices = new TreeSet<>();
    metrics.forEach(m -> choices.addAll(m.path("choices").propertyNames()));
    choices.remove("name");
    for (String choice : choices) {
      add(differences, choice, metrics.stream().map(m -> m.path("choices").path(choice)).toList());
    }
    return differences;
  }

  private static void add(
      Map<String, List<String>> differences, String setting, List<JsonNode> nodes) {
    List<String> values =
        nodes.stream()
            .map(n -> n.isMissingNode() ? "–" : n.isString() ? n.asString() : n.toString())
            .toList();
    if (values.stream().distinct().count() > 1) {
      differences.put(setting, values);
    }
  }

  /**
   * Writes {@code compare.html}, {@code compare.json} and {@code compare.csv}.
   *
   * @param folder where they go
   * @throws InputException if they cannot be written
   */
  public void write(Path folder) {
    List<String> names = List.of("compare.html", "compare.json", "compare.csv");
    try (OutputFolder out = OutputFolder.of(folder, "compare", names)) {
      out.write("compare.html", file -> Page.write(file, "compare", List.of("compare"), this, ""));
      out.write("compare.json", file -> Files.writeString(file, Json.pretty(this)));
      out.write("compare.csv", file -> Files.writeString(file, Csv.of(Run.class, runs)));
      out.commit();
    }
  }
}
