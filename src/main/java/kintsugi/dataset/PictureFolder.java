package kintsugi.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.InputException;

/** The pictures of a folder. */
public final class PictureFolder {
  private static final Pattern PICTURE = Pattern.compile("[^.].*\\.(jpe?g|png|bmp|gif|tiff?)");

  private PictureFolder() {}

  /**
   * {@return the picture files directly in a folder, by name, or those that a list names, in its
   * order}
   *
   * @param folder a folder, or a list that {@link FileList} reads
   * @throws InputException if the folder is missing or holds no picture
   */
  public static List<Path> list(Path folder) {
    if (FileList.isList(folder)) {
      return FileList.files(folder);
    }
    if (!Files.isDirectory(folder)) {
      String what = Files.exists(folder) ? "is no folder" : "there is no such folder";
      throw new InputException(
          folder
              + ": "
              + what
              + "; name a folder of pictures, or a list of"
              + " them (.csv, .jsonl)");
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> pictures = files.filter(PictureFolder::isPicture).sorted().toList();
      if (pictures.isEmpty()) {
        throw new InputException(
            folder
                + ": holds no picture (.jpg, .jpeg, .png, .bmp, .gif, .tif); name the folder"
                + " that has the picture files in it");
      }
      return pictures;
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  private static boolean isPicture(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return PICTURE.matcher(name).matches() && Files.isRegularFile(file);
  }

  /**
   * {@return a folder's anomalous pictures with their masks, which have a picture's name or that
   * and {@code _mask}}
   *
   * @param folder a folder or a list
   * @param masks their folder, or one that has it in it under the pictures' folder's name
   * @throws InputException if a picture has none
   */
  public static List<Sample> masked(Path folder, Path masks) {
    Path own = masks.resolve(label(folder));
    return maskedBy(folder, Files.isDirectory(own) ? own : masks);
  }

  private static List<Sample> maskedBy(Path folder, Path masks) {
    Map<String, Path> byStem =
        list(masks).stream()
            .collect(
                Collectors.toMap(
                    mask -> stem(mask).replaceFirst("_mask$", ""), mask -> mask, (a, b) -> a));
    return list(folder).stream()
        .map(
            file -> {
              Path mask = byStem.get(stem(file));
              if (mask == null) {
                throw new InputException(
                    file
                        + ": has no mask in "
                        + masks
                        + "; leave out --masks, or add "
                        + stem(file)
                        + "_mask.png");
              }
              return new Sample(file, true, label(folder), mask);
            })
        .toList();
  }

  private static String stem(Path file) {
    return file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
  }

  /**
   * {@return a folder's normal pictures}
   *
   * @param folder a folder or a list
   */
  public static List<Sample> normal(Path folder) {
    return list(folder).stream().map(Sample::normal).toList();
  }

  /**
   * {@return a folder's anomalous pictures; its name says what is wrong with them}
   *
   * @param folder a folder or a list
   */
  public static List<Sample> anomalous(Path folder) {
    return list(folder).stream().map(file -> new Sample(file, true, label(folder), null)).toList();
  }

  private static String label(Path folder) {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }
}
