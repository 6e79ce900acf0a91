package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import kintsugi.InputException;

/** The masks of images: in a folder of their own, in a list, or next to the images. */
final class MaskFolder {
  private MaskFolder() {}

  /**
   * The masks of images by {@link MaskNames#within}.
   *
   * @param images the images, each of which needs a mask
   * @param masks the folder of the masks
   * @param notices receives how many masks next to the images are left out
   * @return each image with its mask, in the order of the images
   * @throws InputException if an image has no mask or two of them, or two images have one
   */
  static Map<Path, Path> match(List<Path> images, Path masks, Consumer<String> notices) {
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
    List<Path> others = new ArrayList<>(nextTo(images));
    Set<Path> used = matched.values().stream().map(ImageFolder::real).collect(Collectors.toSet());
    others.removeIf(mask -> used.contains(ImageFolder.real(mask)));
    if (!others.isEmpty()) {
      notices.accept(
          masks
              + ": holds the masks that are used; left out "
              + others.size()
              + " next to the images: "
              + FolderContents.named(others));
    }
    return matched;
  }

  /** The masks that lie in the folders of images. */
  private static List<Path> nextTo(List<Path> images) {
    return images.stream()
        .map(image -> image.resolveSibling(""))
        .distinct()
        .filter(Files::isDirectory)
        .flatMap(place -> FolderContents.of(place).masks().stream())
        .toList();
  }

  /**
   * Anomalous images with the masks that lie next to them, such as {@code 000_label.bmp} next to
   * {@code 000.jpg}.
   *
   * @param folder the folder that they are of, itself divided into folders or not
   * @param samples the images
   * @param notices receives how many have a mask
   * @return the samples in their order, without a mask where there is none
   * @throws InputException if an image has two masks, or two images have one
   */
  static List<Sample> nextTo(Path folder, List<Sample> samples, Consumer<String> notices) {
    List<Path> images = samples.stream().map(Sample::file).toList();
    Map<Path, Path> maskOf = MaskNames.nextTo(images, nextTo(images));
    if (maskOf.isEmpty()) {
      return samples;
    }
    notices.accept(
        folder
            + ": the masks next to "
            + maskOf.size()
            + " of "
            + images.size()
            + " images are used to test, such as "
            + maskOf.values().iterator().next().getFileName());
    return samples.stream().map(sample -> sample.withMask(maskOf.get(sample.file()))).toList();
  }

  private static List<Path> files(Path masks) {
    if (!Files.isDirectory(masks)) {
      return ImageFolder.list(masks);
    }
    List<Path> found = new ArrayList<>();
    collect(masks, new HashSet<>(), found);
    return found;
  }

  private static void collect(Path folder, Set<Path> seen, List<Path> found) {
    // A link may lead to a folder again.
    if (seen.add(ImageFolder.real(folder))) {
      FolderContents contents = FolderContents.of(folder);
      found.addAll(contents.images());
      found.addAll(contents.masks());
      contents.folders().forEach(inner -> collect(inner, seen, found));
    }
  }
}
