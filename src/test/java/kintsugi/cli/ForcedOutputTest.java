package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.Processes;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whether what commands write is on the disk before it gets its name: a JDK Flight Recording of one
 * process that runs them knows each write and each force, with the name of that moment.
 */
class ForcedOutputTest extends CommandFixture {
  private static final String NEXT = "+";

  /** A program that runs commands one after another. */
  public static final class Commands {
    private Commands() {}

    /** Takes the commands with a {@code +} after each. */
    public static void main(String[] arguments) {
      List<String> words = new ArrayList<>();
      for (String argument : arguments) {
        if (!argument.equals(NEXT)) {
          words.add(argument);
        } else if (Main.run(words.toArray(String[]::new)) == 0) {
          words.clear();
        } else {
          System.exit(1);
        }
      }
    }
  }

  @Test
  void everyFileIsForcedToDiskBeforeItGetsItsName() throws Exception {
    Path place = Files.createDirectory(folder.resolve("forced"));
    Path calibrated = Files.copy(model, place.resolve("calibrate"));
    Path partial = folder.resolve("one.safetensors");
    assertThat(
            run(
                    "fit",
                    "padim",
                    "--train",
                    "" + normal,
                    "--partial",
                    "" + partial,
                    "--size",
                    "32x32")
                .status())
        .isZero();
    Map<String, List<Access>> accesses =
        recorded(
            List.of(
                "fit",
                "padim",
                "--size",
                "32x32",
                "--train",
                "" + normal,
                "--model",
                place + "/fit"),
            List.of("calibrate", "--normal", "" + normal, "--model", "" + calibrated),
            List.of("merge", "" + partial, "--model", place + "/merge"),
            List.of(
                "evaluate",
                "--model",
                "" + model,
                "--normal",
                "" + normal,
                "--anomalous",
                "" + anomalous,
                "--out",
                place + "/evaluate"),
            List.of(
                "experiment",
                "padim",
                "--size",
                "32x32",
                "--data",
                "" + folder,
                "--normal",
                "" + folder.relativize(normal),
                "--anomalous",
                "" + folder.relativize(anomalous),
                "--out",
                place + "/experiment"));
    List<String> parts = new ArrayList<>();
    accesses.forEach(
        (path, of) -> {
          if (path.startsWith(place + "/") && of.stream().anyMatch(Access::isWrite)) {
            parts.add(path);
          }
        });
    assertThat(parts).allMatch(path -> path.contains("/.kintsugi-") && path.contains(".part"));
    assertThat(written(place))
        .allMatch(
            name -> parts.contains(part(place, name)), "is written next to its place, in " + parts);
    for (String part : parts) {
      assertThat(accesses.get(part).getLast().isWrite()).as("the last of " + part).isFalse();
    }
    for (Path named : List.of(place, place.resolve("evaluate"), place.resolve("experiment"))) {
      assertThat(accesses).as("the folder of the names").containsKey("" + named);
    }
  }

  private static List<String> written(Path place) throws IOException {
    try (Stream<Path> files = Files.walk(place)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> "" + place.relativize(file))
          .sorted()
          .toList();
    }
  }

  /** Where a file is written before it has its name: next to it, or in its folder's own part. */
  private static String part(Path place, String name) {
    int slash = name.indexOf('/');
    if (slash < 0 || name.endsWith(".sha256")) {
      Path file = place.resolve(name);
      return "" + file.resolveSibling(".kintsugi-" + file.getFileName() + ".part");
    }
    String out = name.substring(0, slash);
    return place + "/" + out + "/.kintsugi-" + out + ".part" + name.substring(slash);
  }

  private record Access(OffsetDateTime start, boolean isWrite) {}

  /** Writes and forces of each path, in the order of time. */
  @SafeVarargs
  private Map<String, List<Access>> recorded(List<String>... commands) throws Exception {
    Path recording = folder.resolve("commands.jfr");
    String settings =
        Stream.of("FileForce", "FileWrite")
            .map(event -> ",+jdk." + event + "#enabled=true,+jdk." + event + "#threshold=0ms")
            .collect(Collectors.joining());
    List<String> all =
        new ArrayList<>(
            List.of(
                "-XX:StartFlightRecording:settings=none,filename=" + recording + settings,
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                Processes.everything(),
                Commands.class.getName()));
    for (List<String> command : commands) {
      all.addAll(command);
      all.addAll(List.of("--weights", "" + weights, NEXT));
    }
    Processes.Result run = Processes.run(Map.of(), "java", all.toArray(String[]::new));
    assertThat(run.status()).as(run.output()).isZero();
    Processes.Result printed =
        Processes.run(
            Map.of(), "jfr", "print", "--json", "--events", "FileForce,FileWrite", "" + recording);
    Map<String, List<Access>> accesses = new TreeMap<>();
    for (JsonNode event : JsonMapper.shared().readTree(printed.output()).at("/recording/events")) {
      JsonNode values = event.path("values");
      accesses
          .computeIfAbsent(values.path("path").asString(), key -> new ArrayList<>())
          .add(
              new Access(
                  OffsetDateTime.parse(values.path("startTime").asString()),
                  event.path("type").asString().endsWith("FileWrite")));
    }
    accesses.values().forEach(of -> of.sort(Comparator.comparing(Access::start)));
    return accesses;
  }
}
