package kintsugi.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.OutputFolder;
import kintsugi.Version;
import kintsugi.detector.Choices;
import kintsugi.detector.Session;
import kintsugi.experiment.Grid;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The record of one experiment of a grid, {@code cell.json} next to its {@code metrics.json}: what
 * it depends on, so that it is not run again, and not mixed with others.
 *
 * @param object the object's name
 * @param recipe the recipe's label
 * @param seed the seed
 * @param settings everything that its figures depend on, by name
 * @param notes what a person should know of its data, such as images in two subsets
 */
public record GridCell(
    String object, String recipe, long seed, Map<String, String> settings, List<String> notes) {
  private static final String FILE = "cell.json";

  /**
   * {@return the record of an experiment that begins}
   *
   * @param cell its place in the grid
   * @param session the engine and the weights
   * @param data the settings of its data, by name
   * @param notes what a person should know of its data
   */
  public static GridCell of(
      Grid.Cell cell, Session session, Map<String, String> data, List<String> notes) {
    Map<String, String> settings = new LinkedHashMap<>(data);
    Choices.of(cell.recipe()).forEach((name, value) -> settings.put(name, "" + value));
    settings.put("weights", session.weights().fingerprint());
    settings.put("engine", session.engine().description());
    settings.put("version", Version.number());
    return new GridCell(cell.object(), cell.label(), cell.seed(), settings, notes);
  }

  /**
   * {@return the record of an experiment that is done; empty if it is not}
   *
   * @param folder of the experiment
   * @throws InputException if it cannot be read
   */
  public static Optional<GridCell> read(Path folder) {
    Path file = folder.resolve(FILE);
    // Files of one run appear one after the other, so all of them have to be there.
    if (!Stream.of(FILE, "metrics.json", "scores.csv", "report.html")
        .map(folder::resolve)
        .allMatch(Files::isRegularFile)) {
      return Optional.empty();
    }
    try {
      JsonNode cell = JsonMapper.shared().readTree(file);
      Map<String, String> settings = new LinkedHashMap<>();
      cell.path("settings").forEachEntry((name, value) -> settings.put(name, value.asString("")));
      List<String> notes = cell.path("notes").valueStream().map(note -> note.asString("")).toList();
      return Optional.of(
          new GridCell(
              cell.path("object").asString(""),
              cell.path("recipe").asString(""),
              cell.path("seed").asLong(0),
              settings,
              notes));
    } catch (JacksonException e) {
      String why = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new InputException(
          file + ": is not JSON (" + why + "); remove its folder to run it again", e);
    }
  }

  /**
   * Checks that an experiment that is done is the one that would be run now.
   *
   * @param folder of the experiment
   * @param now what would be run
   * @throws InputException if it is another one; the message names what differs
   */
  public void requireSame(Path folder, GridCell now) {
    String differences =
        Stream.concat(settings.keySet().stream(), now.settings.keySet().stream())
            .distinct()
            .filter(name -> !shown(this, name).equals(shown(now, name)))
            .map(name -> name + " " + shown(this, name) + " where it is now " + shown(now, name))
            .collect(Collectors.joining(", "));
    if (!differences.isEmpty()) {
      throw new InputException(
          folder
              + ": was run with other settings: "
              + InputException.quoted(differences)
              + "; name another folder (out), or remove this one to run it again");
    }
  }

  private static String shown(GridCell cell, String name) {
    return cell.settings.getOrDefault(name, "–");
  }

  /**
   * {@return the same with other notes}
   *
   * @param said what a person should know of its data
   */
  public GridCell with(List<String> said) {
    return new GridCell(object, recipe, seed, settings, said);
  }

  /**
   * Writes the record next to the experiment's other files.
   *
   * @param out the folder, which a report is committed to
   */
  public void write(OutputFolder out) {
    out.claim(List.of(FILE));
    out.write(FILE, file -> Files.writeString(file, Json.pretty(this)));
  }
}
