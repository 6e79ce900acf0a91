package kintsugi.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import kintsugi.detector.Recipe;
import org.apache.commons.math3.distribution.TDistribution;

/** A grid of experiments, every object by every recipe by every seed, and its means over seeds. */
public final class Grid {
  private static final double UPPER_TAIL = 0.975;

  /** The beginning of the names of figures that are times and not fractions. */
  private static final String TIME = "ms_";

  private Grid() {}

  /**
   * One experiment of a grid.
   *
   * @param object the object's name
   * @param label the recipe's name and the choices that were changed, as a person writes them
   * @param recipe the choices
   * @param seed fixes the split and every draw
   */
  public record Cell(String object, String label, Recipe recipe, long seed) {
    /**
     * {@return the folder of its files}
     *
     * @param out the grid's folder
     */
    public Path folder(Path out) {
      Path folder = out.resolve(safe(object));
      for (String part : label.split("/")) {
        folder = folder.resolve(safe(part));
      }
      return folder.resolve("seed-" + seed);
    }

    private static String safe(String name) {
      return name.replaceAll("^\\.|[^\\p{L}\\p{N}._=+,@ -]", "_");
    }
  }

  /**
   * The figures of one experiment.
   *
   * @param object the object's name
   * @param label the recipe
   * @param seed the seed
   * @param figures by their names; those that it does not have are missing
   */
  public record Outcome(String object, String label, long seed, Map<String, Double> figures) {}

  /**
   * The mean of a figure over seeds and its 95 % confidence interval by Student's t, which tells
   * how far other seeds may lead, not other images; that of a fraction ends at 0 and 1.
   *
   * @param mean the mean
   * @param low the lower end; NaN for one seed
   * @param high the upper end; NaN for one seed
   */
  public record Mean(double mean, double low, double high) {
    /**
     * {@return the mean of values}
     *
     * @param values one or more
     */
    public static Mean of(double... values) {
      double mean = Arrays.stream(values).average().orElseThrow();
      if (values.length == 1) {
        return new Mean(mean, Double.NaN, Double.NaN);
      }
      int freedom = values.length - 1;
      double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
      double half =
          new TDistribution(freedom).inverseCumulativeProbability(UPPER_TAIL)
              * Math.sqrt(squares / freedom / values.length);
      return new Mean(mean, mean - half, mean + half);
    }

    private Mean ofFraction() {
      return new Mean(mean, Math.max(0, low), Math.min(1, high));
    }
  }

  /**
   * The means of an object and a recipe over the seeds.
   *
   * @param object the object's name; empty for the mean over all objects
   * @param recipe the recipe's label
   * @param seeds that were run
   * @param figures by their names; only those that every seed has
   */
  public record Row(String object, String recipe, List<Long> seeds, Map<String, Mean> figures) {}

  /**
   * {@return the experiments of a grid, object by object}
   *
   * @param objects their names
   * @param recipes by their labels
   * @param seeds the seeds
   * @throws IllegalArgumentException if two of them would share a folder
   */
  public static List<Cell> cells(
      Collection<String> objects, Map<String, Recipe> recipes, Collection<Long> seeds) {
    List<Cell> cells = new ArrayList<>();
    Set<Path> folders = new LinkedHashSet<>();
    for (String object : objects) {
      recipes.forEach(
          (label, recipe) ->
              seeds.forEach(seed -> cells.add(new Cell(object, label, recipe, seed))));
    }
    for (Cell cell : cells) {
      if (!folders.add(cell.folder(Path.of("")))) {
        throw new IllegalArgumentException(
            cell.object() + ", " + cell.label() + ", seed " + cell.seed() + " is listed twice");
      }
    }
    return cells;
  }

  /**
   * {@return the means over the seeds, object by object; where there are several objects, at the
   * end the means over all of them of each recipe that has every object for every seed}
   *
   * @param outcomes of the experiments, in the order of the rows
   */
  public static List<Row> rows(List<Outcome> outcomes) {
    List<Row> rows = new ArrayList<>();
    Set<String> objects = new LinkedHashSet<>(outcomes.stream().map(Outcome::object).toList());
    Set<String> labels = new LinkedHashSet<>(outcomes.stream().map(Outcome::label).toList());
    for (String object : objects) {
      for (String label : labels) {
        List<Outcome> seeds =
            outcomes.stream()
                .filter(o -> o.object().equals(object) && o.label().equals(label))
                .toList();
        if (!seeds.isEmpty()) {
          rows.add(row(object, label, seeds));
        }
      }
    }
    if (objects.size() > 1) {
      labels.forEach(label -> overObjects(label, outcomes, objects.size()).ifPresent(rows::add));
    }
    return rows;
  }

  private static Optional<Row> overObjects(String label, List<Outcome> outcomes, int objects) {
    Map<Long, List<Outcome>> bySeed = new LinkedHashMap<>();
    outcomes.stream()
        .filter(o -> o.label().equals(label))
        .forEach(o -> bySeed.computeIfAbsent(o.seed(), seed -> new ArrayList<>()).add(o));
    if (bySeed.values().stream().anyMatch(seed -> seed.size() < objects)) {
      return Optional.empty();
    }
    List<Outcome> means = new ArrayList<>();
    bySeed.forEach(
        (seed, all) -> {
          Map<String, Double> figures = new LinkedHashMap<>();
          row("", label, all).figures().forEach((name, mean) -> figures.put(name, mean.mean()));
          means.add(new Outcome("", label, seed, figures));
        });
    return Optional.of(row("", label, means));
  }

  private static Row row(String object, String label, List<Outcome> runs) {
    Map<String, Mean> figures = new LinkedHashMap<>();
    for (String name : runs.getFirst().figures().keySet()) {
      List<Double> values = runs.stream().map(run -> run.figures().get(name)).toList();
      if (values.stream().allMatch(Objects::nonNull)) {
        Mean mean = Mean.of(values.stream().mapToDouble(v -> v).toArray());
        figures.put(name, name.startsWith(TIME) ? mean : mean.ofFraction());
      }
    }
    return new Row(object, label, runs.stream().map(Outcome::seed).toList(), figures);
  }
}
