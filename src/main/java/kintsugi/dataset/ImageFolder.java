package kintsugi.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
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

  /** Whether a file is an image, judged by its name. */
  static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return IMAGE_FILE.matcher(name).matches() && Files.isRegularFile(file);
  }

  /**
   * {@return a folder's anomalous images with their masks, as {@link #masked(List, Path)} finds
   * them}
   *
   * @param folder a folder or a list
   * @param masks the folder of the masks
   * @throws InputException if an image has no mask or two of them, or two images have one
   */
  public static List<Sample> masked(Path folder, Path masks) {
    return masked(List.of(folder), masks);
  }

  /**
   * The anomalous images of some folders with their masks. The mask of {@code 000.jpg} is {@code
   * 000.png} or has a suffix, in any case and with any extension of an image: {@code _mask}, {@code
   * _gt}, {@code _label}, {@code _ground_truth} or {@code _seg}. Folders within the masks' folder
   * are those around the images: {@code masks/crack/000_mask.png} for {@code bad/crack/000.jpg}.
   *
   * @param folders folders or lists; the name of each is the class of its defect
   * @param masks the folder of the masks
   * @return the samples, in the order of the folders
   * @throws InputException if an image has no mask or two of them, or two images have one
   */
  public static List<Sample> masked(List<Path> folders, Path masks) {
    List<Sample> samples = folders.stream().flatMap(folder -> anomalous(folder).stream()).toList();
    Map<Path, Path> maskOf = MaskFolder.match(samples.stream().map(Sample::file).toList(), masks);
    return samples.stream()
        .map(sample -> new Sample(sample.file(), true, sample.label(), maskOf.get(sample.file())))
        .toList();
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
