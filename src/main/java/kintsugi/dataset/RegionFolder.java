package kintsugi.dataset;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.image.Region;

/**
 * The regions that single images have of their own: masks or polygons in a folder, named as {@link
 * MaskNames} names masks, {@code 000.png}, {@code 000_mask.png} or {@code 000.json} for {@code
 * 000.jpg}, in folders within it or not.
 */
public final class RegionFolder {
  private final Path folder;
  private final long maxPixels;
  private final Map<String, List<Path>> byStem = new HashMap<>();

  /**
   * A folder of regions.
   *
   * @param folder the folder
   * @param maxPixels pixels of the largest mask that is read
   * @throws InputException if it cannot be listed, or holds neither masks nor polygons
   */
  public RegionFolder(Path folder, long maxPixels) {
    this.folder = folder;
    this.maxPixels = maxPixels;
    collect(folder, new HashSet<>());
    if (byStem.isEmpty()) {
      throw new InputException(
          folder + ": holds no masks and no polygons (.json); name them like their images");
    }
  }

  private void collect(Path place, Set<Path> seen) {
    // A link may lead to a folder again.
    if (seen.add(ImageFolder.real(place))) {
      FolderContents contents = FolderContents.of(place);
      Stream.of(contents.images(), contents.masks(), contents.others())
          .flatMap(List::stream)
          .filter(file -> FolderContents.hasImageName("" + file) || RegionFile.isPolygons(file))
          .forEach(this::add);
      contents.folders().forEach(inner -> collect(inner, seen));
    }
  }

  private void add(Path file) {
    Set<String> names = new HashSet<>(Set.of(lower(MaskNames.stem(file))));
    MaskNames.imageStem(file).ifPresent(stem -> names.add(lower(stem)));
    names.forEach(name -> byStem.computeIfAbsent(name, none -> new ArrayList<>()).add(file));
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** The file of an image's region, empty if it has none. */
  private Optional<Path> file(Path image) {
    List<Path> files = byStem.getOrDefault(lower(MaskNames.stem(image)), List.of());
    List<Path> images = List.of(image);
    return Optional.ofNullable(MaskNames.within(images, folder, files).get(image));
  }

  /**
   * {@return the region of interest of an image}
   *
   * @param image the image's file
   * @throws InputException if the image has none or two of them, or it cannot be read or is empty
   */
  public Region interest(Path image) {
    Path file =
        file(image)
            .orElseThrow(
                () ->
                    new InputException(
                        image
                            + ": has no region in "
                            + folder
                            + "; add "
                            + MaskNames.stem(image)
                            + ".png or .json, or name one file for all images (roi)"));
    return RegionFile.interest(file, maxPixels);
  }

  /**
   * {@return all but what is to be ignored in an image; empty if its file is not there, so that
   * nothing is}
   *
   * @param image the image's file
   * @throws InputException if the image has two files, or it cannot be read or ignores everything
   */
  public Optional<Region> notIgnored(Path image) {
    return file(image).map(file -> RegionFile.notIgnored(file, maxPixels));
  }
}
