package kintsugi.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import kintsugi.InputException;

/**
 * The image files of a folder or a list, as paths or as labelled samples.
 *
 * <p>A folder's own images are read. Where it has none of its own but folders with images, these
 * are read, however deep; where it has both, those in folders are left out. Hidden files and
 * folders and those of tools ({@code .ipynb_checkpoints}, {@code @eaDir}, {@code __MACOSX}) are
 * never read, nor are masks that lie next to their images. A notice says what was left out and why,
 * with counts and the first three names.
 */
public final class ImageFolder {
  private static final Consumer<String> UNHEARD = line -> {};

  private ImageFolder() {}

  /**
   * {@return the image files of a folder, sorted by path, or those of a list, in its order}
   *
   * @param folderOrList a folder, or a list that {@link FileList} reads
   * @throws InputException if the folder is missing or has no images
   */
  public static List<Path> list(Path folderOrList) {
    return list(folderOrList, UNHEARD);
  }

  /**
   * {@return the image files of a folder, sorted by path, or those of a list, in its order}
   *
   * @param folderOrList a folder, or a list that {@link FileList} reads
   * @param notices receives what was left out, a line each
   * @throws InputException if the folder is missing or has no images
   */
  public static List<Path> list(Path folderOrList, Consumer<String> notices) {
    return list(folderOrList, Role.ANY, notices);
  }

  /**
   * {@return the image files for a role: those of a folder, sorted by path, or of a list's rows
   * those that fit the role, in its order}
   *
   * @param folderOrList a folder, or a list that {@link FileList} reads
   * @param role the part that the images play
   * @param notices receives what was left out, a line each
   * @throws InputException if the folder is missing or has no images for the role, or holds folders
   *     of both normal and anomalous images
   */
  public static List<Path> list(Path folderOrList, Role role, Consumer<String> notices) {
    if (FileList.isList(folderOrList)) {
      return FileList.samples(folderOrList, role, notices).stream().map(Sample::file).toList();
    }
    requireFolder(folderOrList);
    return inFolder(folderOrList, role, notices);
  }

  /**
   * {@return the image files of a folder and of all folders below it, sorted by path}
   *
   * @param folder the folder
   * @param notices receives what was left out, a line each
   * @throws InputException if the folder is missing or has no images, however deep
   */
  public static List<Path> deep(Path folder, Consumer<String> notices) {
    requireFolder(folder);
    FolderContents contents = FolderContents.of(folder);
    FolderTree tree = FolderTree.of(folder);
    List<Path> images = tree.images();
    if (images.isEmpty()) {
      throw none(contents);
    }
    tree.leftOut(Role.ANY).forEach(notices);
    return images;
  }

  /**
   * Throws unless a folder or a list is there, whatever is in it: the check before long work.
   *
   * @param folderOrList a folder, or a list that {@link FileList} reads
   * @throws InputException if it is missing
   */
  public static void require(Path folderOrList) {
    if (!FileList.isList(folderOrList)) {
      requireFolder(folderOrList);
    } else if (!Files.exists(folderOrList)) {
      throw new InputException(folderOrList + ": there is no such file; check the name");
    }
  }

  private static void requireFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      String what = Files.exists(folder) ? "is not a folder" : "there is no such folder";
      throw new InputException(
          folder + ": " + what + "; name a folder of images, or a list of them (.csv, .jsonl)");
    }
  }

  private static List<Path> inFolder(Path folder, Role role, Consumer<String> notices) {
    FolderContents contents = FolderContents.of(folder);
    List<Path> own = List.copyOf(contents.images());
    FolderTree below = FolderTree.below(contents);
    List<Path> deep = below.images();
    if (own.isEmpty() && deep.isEmpty()) {
      throw none(contents);
    }
    contents.leftOut(role).forEach(notices);
    if (own.isEmpty()) {
      below.leftOut(role).forEach(notices);
    } else {
      tellUnread(contents, deep, notices);
      return own;
    }
    if (role != Role.ANY) {
      refuseBothKinds(contents);
    }
    notices.accept(
        folder
            + ": has no images of its own; took "
            + deep.size()
            + " from the folders in it: "
            + FolderContents.named(contents.folders()));
    return deep;
  }

  private static void tellUnread(FolderContents contents, List<Path> deep, Consumer<String> told) {
    if (!deep.isEmpty()) {
      told.accept(
          contents.folder()
              + ": left out "
              + deep.size()
              + (deep.size() == 1 ? " image" : " images")
              + " in folders next to its own images: "
              + FolderContents.named(contents.folders()));
    }
  }

  private static InputException none(FolderContents contents) {
    List<String> passedOver = contents.leftOut(Role.ANY);
    return new InputException(
        contents.folder()
            + ": holds no images (.jpg, .png, .bmp, .gif, .tif, .webp, .pgm, .ppm)"
            + (passedOver.isEmpty()
                ? ""
                : ";" + passedOver.getFirst().substring(contents.folder().toString().length() + 1))
            + "; name the folder that has the image files in it");
  }

  /** A folder of good and bad ones has no images for one role. */
  private static void refuseBothKinds(FolderContents contents) {
    List<String> names =
        contents.folders().stream()
            .filter(ImageFolder::hasImages)
            .map(folder -> folder.getFileName().toString())
            .toList();
    boolean layout = Layouts.recognised(contents.folder()).isPresent();
    if (layout
        || names.size() > 1
            && names.stream().anyMatch(Labels::isNormal)
            && !names.stream().allMatch(Labels::isNormal)) {
      throw new InputException(
          contents.folder()
              + ": holds folders of normal and of anomalous images ("
              + FolderContents.named(contents.folders())
              + "); name the one that is meant");
    }
  }

  /** {@return a file or folder without links, so far as they can be followed} */
  static Path real(Path place) {
    try {
      return place.toRealPath();
    } catch (IOException e) {
      return place.toAbsolutePath().normalize();
    }
  }

  /** {@return whether a folder or any in it has an image; false where it cannot be listed} */
  static boolean hasImages(Path folder) {
    return !FolderTree.of(folder).images().isEmpty();
  }

  /**
   * {@return whether a name is that of an image, of a format that is read or of another one, and
   * neither hidden nor a tool's}
   *
   * @param name of a file, without its folders
   */
  public static boolean isImageName(String name) {
    return FolderContents.isImageName(name);
  }

  /**
   * The anomalous images of some folders with their masks. The mask of {@code 000.jpg} is {@code
   * 000.png} or has a suffix, in any case and with any extension of an image: {@code _mask}, {@code
   * _gt}, {@code _label}, {@code _ground_truth} or {@code _seg}. Folders within the masks' folder
   * are those around the images: {@code masks/crack/000_mask.png} for {@code bad/crack/000.jpg}.
   *
   * @param folders folders or lists
   * @param masks the folder of the masks
   * @param notices receives what was left out, a line each
   * @return the samples, in the order of the folders
   * @throws InputException if an image has no mask or two of them, or two images have one
   */
  public static List<Sample> masked(List<Path> folders, Path masks, Consumer<String> notices) {
    List<Sample> samples =
        folders.stream()
            .flatMap(folder -> unmasked(folder, Role.TEST_ANOMALOUS, notices).stream())
            .toList();
    List<Path> images = samples.stream().map(Sample::file).toList();
    Map<Path, Path> maskOf = MaskFolder.match(images, masks, notices);
    return samples.stream().map(sample -> sample.withMask(maskOf.get(sample.file()))).toList();
  }

  /**
   * {@return a folder's anomalous images with their masks}
   *
   * @param folder a folder or a list
   * @param masks the folder of the masks
   * @throws InputException if an image has no mask or two of them, or two images have one
   */
  public static List<Sample> masked(Path folder, Path masks) {
    return masked(List.of(folder), masks);
  }

  /**
   * {@return the anomalous images of some folders with their masks}
   *
   * @param folders folders or lists
   * @param masks the folder of the masks
   * @throws InputException if an image has no mask or two of them, or two images have one
   */
  public static List<Sample> masked(List<Path> folders, Path masks) {
    return masked(folders, masks, UNHEARD);
  }

  /**
   * {@return the images of a folder or a list as samples of a role. Anomalous images of a folder
   * have its name as their class; those to test have the masks next to them. Those of a list may
   * have their own class, and masks}
   *
   * @param folderOrList a folder or a list
   * @param role the part that the images play
   * @param notices receives what was left out, a line each
   * @throws InputException if there are no images for the role, or, of those to test, an image has
   *     two masks next to it or two images have one
   */
  public static List<Sample> samples(Path folderOrList, Role role, Consumer<String> notices) {
    List<Sample> samples = unmasked(folderOrList, role, notices);
    return role == Role.TEST_ANOMALOUS && !FileList.isList(folderOrList)
        ? MaskFolder.nextTo(folderOrList, samples, notices)
        : samples;
  }

  private static List<Sample> unmasked(Path folderOrList, Role role, Consumer<String> notices) {
    if (FileList.isList(folderOrList)) {
      return FileList.samples(folderOrList, role, notices);
    }
    return list(folderOrList, role, notices).stream()
        .map(file -> sample(file, role.isAnomalous(), label(folderOrList)))
        .toList();
  }

  /**
   * {@return a folder's normal images}
   *
   * @param folder a folder or a list
   */
  public static List<Sample> normal(Path folder) {
    return samples(folder, Role.TEST_NORMAL, UNHEARD);
  }

  /**
   * {@return a folder's anomalous images; its name is the class of their defect}
   *
   * @param folder a folder or a list
   */
  public static List<Sample> anomalous(Path folder) {
    return samples(folder, Role.TEST_ANOMALOUS, UNHEARD);
  }

  /** A sample whose class, if it is anomalous, is the name of a folder or a list. */
  static Sample sample(Path file, boolean anomalous, String label) {
    return anomalous ? new Sample(file, true, label, null) : Sample.normal(file);
  }

  /** {@return the name of a folder or a list, for a class of defects} */
  static String label(Path folder) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return name == null ? Sample.ANOMALOUS : name.toString();
  }
}
