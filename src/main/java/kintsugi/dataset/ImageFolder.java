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

/** The image files of a folder, as paths or as labelled samples. */
public final class ImageFolder {
  private static final Pattern IMAGE_FILE = Pattern.compile("[^.].*\\.(jpe?g|png|bmp|gif|tiff?)");

  private ImageFolder() {}

  /**
   * {@return the image files directly in a folder, sorted by name, or those of a list, in its
   * order}
   *
   * @param folder a folder, or a list that {@link FileList} reads
   * @throws InputException if the folder is missing or has no images
   */
  public static List<Path> list(Path folder) {
    if (FileList.isList(folder)) {
      return FileList.files(folder);
    }
    if (!Files.isDirectory(folder)) {
      String what = Files.exists(folder) ? "is not a folder" : "there is no such folder";
      throw new InputException(
          folder + ": " + what + "; name a folder of images, or a list of them (.csv, .jsonl)");
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> images = files.filter(ImageFolder::isImage).sorted().toList();
      if (images.isEmpty()) {
        throw new InputException(
            folder
                + ": holds no images (.jpg, .jpeg, .png, .bmp, .gif, .tif); name the folder"
                + " that has the image files in it");
      }
      return images;
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return IMAGE_FILE.matcher(name).matches() && Files.isRegularFile(file);
  }

  /**
   * {@return a folder's anomalous images with their masks; the mask of an image has the image's
   * name, with or without {@code _mask} after it}
   *
   * @param folder a folder or a list
   * @param masks the folder of the masks, or its parent if it is named as the images' folder
   * @throws InputException if an image has no mask
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
                        + "; add "
                        + stem(file)
                        + "_mask.png, or leave the masks out (masks)");
              }
              return new Sample(file, true, label(folder), mask);
            })
        .toList();
  }

  private static String stem(Path file) {
    return file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
  }

  /**
   * {@return a folder's normal images}
   *
   * @param folder a folder or a list
   */
  public static List<Sample> normal(Path folder) {
    return list(folder).stream().map(Sample::normal).toList();
  }

  /**
   * {@return a folder's anomalous images; its name is the class of their defect}
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
