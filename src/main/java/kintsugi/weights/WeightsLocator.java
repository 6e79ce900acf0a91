package kintsugi.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * The search for weights, in this order: the file that the user names, the environment variable
 * {@code KINTSUGI_WEIGHTS}, {@code weights/} in the project, {@code ../shared/weights/} next to the
 * project, the user's cache.
 */
public final class WeightsLocator {
  private static final String VARIABLE = "KINTSUGI_WEIGHTS";
  private static final String CACHES = "XDG_CACHE_HOME";
  private static final String NAME = "kintsugi";

  /** The system property that names the cache, for programs and tests. */
  private static final String CACHE = "kintsugi.cache";

  /** The file endings, the slowest to read last. */
  private static final List<String> FORMATS = List.of("safetensors", "pth", "npz", "onnx");

  private WeightsLocator() {}

  /**
   * {@return the file to use; empty if none is named and none is in the folders searched}
   *
   * @param named the file that the user names, or null
   * @param project the project's folder
   * @throws InputException if a file is named that does not exist
   */
  public static Optional<Path> find(Path named, Path project) {
    if (named != null) {
      return Optional.of(
          existing(named, "the weights named (weights) do not exist; check the name"));
    }
    String variable = System.getenv(VARIABLE);
    if (variable != null && !variable.isBlank()) {
      return Optional.of(
          existing(
              Path.of(variable),
              "the weights named by " + VARIABLE + " do not exist; check its value"));
    }
    return folders(project).stream().flatMap(WeightsLocator::checkpoints).findFirst();
  }

  /**
   * {@return the folders searched, in order; the last is the user's cache, where there is one}
   *
   * @param project the project's folder
   */
  public static List<Path> folders(Path project) {
    return Stream.concat(
            Stream.of(project.resolve("weights"), project.resolve("../shared/weights").normalize()),
            cache().stream())
        .toList();
  }

  /**
   * {@return the folder of fetched weights in the user's cache, which need not exist}
   *
   * @throws InputException if the user has neither a home folder nor {@code XDG_CACHE_HOME}
   */
  public static Path requireCache() {
    return cache()
        .orElseThrow(
            () ->
                new InputException(
                    "there is no cache to fetch weights into, the user has no home folder; set "
                        + CACHES
                        + " to the whole path of a folder for it"));
  }

  private static Optional<Path> cache() {
    String named = System.getProperty(CACHE, "");
    return named.isEmpty()
        ? cache(System.getenv(), System.getProperty("user.home", ""))
        : Optional.of(Path.of(named));
  }

  /**
   * The cache by the XDG Base Directory Specification, which has relative paths ignored. Java has
   * {@code ?} for the home of a user whom the system does not know.
   */
  static Optional<Path> cache(Map<String, String> environment, String userHome) {
    return Stream.of(
            Path.of(environment.getOrDefault(CACHES, "")),
            Path.of(environment.getOrDefault("HOME", ""), ".cache"),
            Path.of(userHome, ".cache"))
        .filter(Path::isAbsolute)
        .findFirst()
        .map(caches -> caches.resolve(NAME));
  }

  /**
   * {@return the exception for a user without weights}
   *
   * @param project the project's folder
   * @param fetching why torchvision's file could not be fetched; null where that was not tried
   */
  public static InputException missing(Path project, InputException fetching) {
    // The way out of a transfer of its own, which follows the reason, is another one here.
    String tried = fetching == null ? "" : ": " + fetching.getMessage().split("; ")[0];
    String file = tried.contains(Fetch.TORCHVISION) ? "that file" : Fetch.TORCHVISION;
    return new InputException(
        "no ResNet-18 weights found"
            + tried
            + "; copy "
            + file
            + " into "
            + folders(project).getLast()
            + " by other means, or name a file of them (weights)",
        fetching);
  }

  /** The ending of a file with ResNet-18's weights, empty for any other file. */
  private static String format(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("resnet18") ? name.substring(name.lastIndexOf('.') + 1) : "";
  }

  private static Path existing(Path file, String message) {
    if (!Files.exists(file)) {
      throw new InputException(file + ": " + message);
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
