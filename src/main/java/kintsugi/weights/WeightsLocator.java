package kintsugi.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * Where weights are looked for, in this order: the file named on the command line, the environment
 * variable, {@code weights/} in the project, {@code ../shared/weights/} beside it, the user's
 * cache.
 */
public final class WeightsLocator {
  private static final String VARIABLE = "KINTSUGI_WEIGHTS";

  /** The endings looked for, the dearest to read last. */
  private static final List<String> FORMATS = List.of("safetensors", "pth", "npz", "onnx");

  private WeightsLocator() {}

  /**
   * {@return the file to use, or empty where none was named and none lies where weights are looked
   * for}
   *
   * @param named the user's choice, or null
   * @param project the project's folder
   * @throws InputException if a file was named that does not exist
   */
  public static Optional<Path> find(Path named, Path project) {
    if (named != null) {
      return Optional.of(existing(named, "--weights"));
    }
    String variable = System.getenv(VARIABLE);
    if (variable != null && !variable.isBlank()) {
      return Optional.of(existing(Path.of(variable), VARIABLE));
    }
    return folders(project).stream().flatMap(WeightsLocator::checkpoints).findFirst();
  }

  /**
   * {@return the folders looked into, first one first}
   *
   * @param project the program's own folder
   */
  public static List<Path> folders(Path project) {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path caches =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return List.of(
        project.resolve("weights"),
        project.resolve("../shared/weights").normalize(),
        caches.resolve("kintsugi"));
  }

  /**
   * {@return what to tell a user who has no weights}
   *
   * @param project the program's own folder
   */
  public static InputException missing(Path project) {
    return new InputException(
        "no ResNet-18 weights found in "
            + folders(project)
            + "; fetch torchvision's with ./kintsugi weights fetch, put resnet18*.safetensors or"
            + " .pth into one of these folders, or name a file with --weights"
            + " or "
            + VARIABLE);
  }

  /** The ending of a file of ResNet-18's weights, empty for any other file. */
  private static String format(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("resnet18") ? name.substring(name.lastIndexOf('.') + 1) : "";
  }

  private static Path existing(Path file, String origin) {
    if (!Files.exists(file)) {
      throw new InputException(file + ": the weights named by " + origin + " do not exist");
    }
    return file;
  }

  private static Stream<Path> checkpoints(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> FORMATS.contains(format(file)))
          .sorted(
              Comparator.comparingInt((Path file) -> FORMATS.indexOf(format(file)))
                  .thenComparing(Comparator.naturalOrder()))
          .toList()
          .stream();
    } catch (java.io.IOException e) {
      throw new InputException(folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }
}
