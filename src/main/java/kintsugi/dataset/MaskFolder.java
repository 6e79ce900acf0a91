package kintsugi.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import kintsugi.InputException;

/** Masks in a place of their own: a folder, itself divided into folders or not, or a list. */
final class MaskFolder {
  private static final int DEPTH = 16;

  private MaskFolder() {}

  /**
   * The masks of images by {@link MaskNames#within}.
   *
   * @param images the images, each of which needs a mask
   * @param masks the folder of the masks
   * @return each image with its mask, in the order of the images
   * @throws InputException if an image has no mask or two of them, or two images have one
   */
  static Map<Path, Path> match(List<Path> images, Path masks) {
    Map<Path, Path> matched = MaskNames.within(images, masks, files(masks));
    for (Path image : images) {
      if (!matched.containsKey(image)) {
        throw new InputException(
            image
                + ": has no mask in "
                + masks
                + "; add "
                + MaskNames.stem(image)
                + "_mask.png, or leave the masks out (masks)");
      }
    }
    return matched;
  }

  private static List<Path> files(Path masks) {
    if (!Files.isDirectory(masks)) {
      return ImageFolder.list(masks);
    }
    try (Stream<Path> files = Files.walk(masks, DEPTH)) {
      return files.filter(file -> isVisible(masks, file)).filter(ImageFolder::isImage).toList();
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(masks + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  private static boolean isVisible(Path folder, Path file) {
    return StreamSupport.stream(folder.relativize(file).spliterator(), false)
        .noneMatch(name -> name.toString().startsWith("."));
  }
}
