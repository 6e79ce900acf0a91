package kintsugi.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * The contents of one folder, sorted by their names into images, masks, folders and others. Hidden
 * files and folders and those of tools are never images or classes.
 *
 * @param folder the folder
 * @param images image files
 * @param masks image files whose names say that they are masks of others in the folder
 * @param folders the folders in it
 * @param unread images of formats that cannot be read, by their names
 * @param others files that are not images
 * @param hidden files and folders that are hidden or belong to a tool
 * @param broken links that lead nowhere
 */
record FolderContents(
    Path folder,
    List<Path> images,
    List<Path> masks,
    List<Path> folders,
    List<Path> unread,
    List<Path> others,
    List<Path> hidden,
    List<Path> broken) {
  private static final Pattern IMAGE =
      Pattern.compile(".*\\.(jpe?g|jpe|jfif|png|bmp|dib|gif|tiff?|webp|p[bgpn]m)", Pattern.DOTALL);

  private static final Pattern UNREAD =
      Pattern.compile(
          ".*\\.(jp2|j2k|jpf|jpx|jxl|hei[cf]|avif|dng|cr[23]|nef|arw|raw|psd|svg|exr|hdr|tga|ico)",
          Pattern.DOTALL);

  /** Names without a leading dot that desktops, cameras' cards and NAS systems leave. */
  private static final Set<String> TOOLS =
      Set.of(
          "@eadir",
          "#recycle",
          "#snapshot",
          "@recycle",
          "@recently-snapshot",
          "__macosx",
          "__pycache__",
          "$recycle.bin",
          "recycler",
          "system volume information",
          "lost+found",
          "thumbs.db",
          "ehthumbs.db",
          "desktop.ini",
          "icon\r");

  /** {@return whether a file's name has the extension of an image} */
  static boolean hasImageName(String name) {
    return IMAGE.matcher(name.toLowerCase(Locale.ROOT)).matches();
  }

  /** {@return whether a name is that of an image, read or not, and neither hidden nor a tool's} */
  static boolean isImageName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return !isHidden(lower) && (hasImageName(lower) || UNREAD.matcher(lower).matches());
  }

  private static boolean isHidden(String lower) {
    return lower.startsWith(".") || TOOLS.contains(lower);
  }

  /**
   * {@return the contents of a folder}
   *
   * @throws InputException if it cannot be listed
   */
  static FolderContents of(Path folder) {
    FolderContents contents = empty(folder);
    try (Stream<Path> entries = Files.list(folder)) {
      entries.sorted().forEach(contents::sortIn);
    } catch (IOException | UncheckedIOException | DirectoryIteratorException e) {
      throw new InputException(folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
    contents.masks.addAll(MaskNames.among(contents.images));
    contents.images.removeAll(Set.copyOf(contents.masks));
    return contents;
  }

  /** {@return the contents of a folder with nothing in it, to be added to} */
  static FolderContents empty(Path folder) {
    return new FolderContents(
        folder,
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>());
  }

  /** Adds the contents of a folder below this one. */
  void add(FolderContents below) {
    images.addAll(below.images);
    masks.addAll(below.masks);
    folders.addAll(below.folders);
    unread.addAll(below.unread);
    others.addAll(below.others);
    hidden.addAll(below.hidden);
    broken.addAll(below.broken);
  }

  private void sortIn(Path entry) {
    String name = entry.getFileName().toString().toLowerCase(Locale.ROOT);
    if (isHidden(name)) {
      hidden.add(entry);
    } else if (Files.isDirectory(entry)) {
      folders.add(entry);
    } else if (!Files.exists(entry)) {
      broken.add(entry);
    } else {
      kind(entry, name).add(entry);
    }
  }

  private List<Path> kind(Path file, String name) {
    if (!Files.isRegularFile(file)) {
      return others;
    }
    return hasImageName(name) ? images : UNREAD.matcher(name).matches() ? unread : others;
  }

  /**
   * {@return what was left out and why, and which images may be masks; a line each}
   *
   * @param role the part that the images play; of those to test, which may have the masks next to
   *     them, {@link MaskFolder} tells what became of the masks
   */
  List<String> leftOut(Role role) {
    List<String> parts = new ArrayList<>();
    tell(
        parts, unread, "image of a format that is not read", "images of formats that are not read");
    tell(parts, others, "file that is not an image", "files that are not images");
    if (role != Role.TEST_ANOMALOUS) {
      tell(parts, masks, "mask next to its image", "masks next to their images");
    }
    tell(parts, hidden, "hidden file or folder", "hidden files or folders");
    tell(parts, broken, "broken link", "broken links");
    List<String> lines = new ArrayList<>();
    if (!parts.isEmpty()) {
      lines.add(folder + ": left out " + String.join("; ", parts));
    }
    List<Path> namesakes = MaskNames.namesakes(images);
    if (!namesakes.isEmpty()) {
      lines.add(
          folder
              + ": images that differ only in their extension are all used; move those that are"
              + " masks to a folder of their own: "
              + within(namesakes));
    }
    return lines;
  }

  private void tell(List<String> parts, List<Path> files, String one, String many) {
    if (!files.isEmpty()) {
      parts.add(files.size() + " " + (files.size() == 1 ? one : many) + ": " + within(files));
    }
  }

  /** {@return the names of the first three} */
  static String named(Collection<Path> files) {
    return firstThree(files, FolderContents::name);
  }

  /** {@return the first three as they lie within the folder} */
  String within(Collection<Path> files) {
    return firstThree(files, file -> folder.relativize(file).toString());
  }

  private static String firstThree(Collection<Path> files, Function<Path, String> name) {
    return files.stream().limit(3).map(name).collect(Collectors.joining(", "))
        + (files.size() > 3 ? ", …" : "");
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  /** {@return the names of the folders in it} */
  List<String> folderNames() {
    return folders.stream().map(FolderContents::name).toList();
  }
}
