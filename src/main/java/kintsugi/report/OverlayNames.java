package kintsugi.report;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The names of heat maps: an image's path with PNG's ending, in folders named as the image's are.
 * Images and folders whose names are one on some file systems, or would be with the other ending,
 * are counted. A name depends only on those before it.
 */
public final class OverlayNames {
  private static final int MAX_NAME = 255;

  /** The paths in use, as a file system that ignores case has them. */
  private final Set<String> taken = new HashSet<>();

  /** For each folder of images the folder of their heat maps. */
  private final Map<Path, String> folders = new HashMap<>();

  /**
   * No names but those of other files.
   *
   * @param others their names
   */
  OverlayNames(Collection<String> others) {
    others.forEach(this::take);
  }

  /**
   * {@return the path of an image's heat map, with slashes between folders}
   *
   * @param image the path of the image, relative and without steps upwards
   */
  String of(Path image) {
    String name = image.getFileName().toString();
    return free(folder(image.getParent()), name.replaceFirst("\\.[^.]*$", ""), ".png");
  }

  private String folder(Path folder) {
    if (folder == null) {
      return "";
    }
    String known = folders.get(folder);
    if (known == null) {
      // A leading dot hides a folder, and our own begin with one.
      String name = folder.getFileName().toString().replaceFirst("^\\.", "_");
      known = free(folder(folder.getParent()), name, "") + "/";
      folders.put(folder, known);
    }
    return known;
  }

  /** The first path of a folder that is not taken, which it takes. */
  private String free(String folder, String stem, String ending) {
    String path = folder + named(stem, ending);
    for (int i = 2; !take(path); i++) {
      path = folder + named(stem, "-" + i + ending);
    }
    return path;
  }

  private boolean take(String path) {
    return taken.add(Normalizer.normalize(path, Normalizer.Form.NFC).toLowerCase(Locale.ROOT));
  }

  /**
   * {@return a name that fits into a folder, of characters that its file system can hold}
   *
   * @param stem of the name, without a folder; its end is cut off where it is too long
   * @param ending of the name, such as {@code .png}
   */
  public static String named(String stem, String ending) {
    String name = stem + ending;
    try {
      Path.of(name);
    } catch (InvalidPathException e) {
      return named(stem.replaceAll("[^\\w. -]", "_"), ending);
    }
    if (name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME) {
      return name;
    }
    return named(stem.substring(0, stem.offsetByCodePoints(stem.length(), -1)), ending);
  }
}
