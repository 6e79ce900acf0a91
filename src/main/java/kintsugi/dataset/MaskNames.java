package kintsugi.dataset;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.InputException;

/**
 * The names by which masks are found. The mask of {@code 000.jpg} has its name and a suffix, in any
 * case and with any extension: {@code 000_mask.png}, {@code 000-GT.bmp}, {@code 000_label.tif}; in
 * a folder of masks it may also have the name alone, {@code 000.png}.
 */
final class MaskNames {
  private static final Pattern SUFFIXED =
      Pattern.compile(
          "(.+?)[-_. ](?:masks?|gt|labels?|ground[-_ ]?truth|seg(?:mentation)?)",
          Pattern.CASE_INSENSITIVE);

  private static final int MISMATCH = -1;

  private MaskNames() {}

  /**
   * {@return the name, without extension, of the image whose mask a file is by its suffix; empty
   * where the name has no such suffix}
   *
   * @param file a file of any kind
   */
  static Optional<String> imageStem(Path file) {
    Matcher matcher = SUFFIXED.matcher(stem(file));
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** The file's name without its extension. */
  static String stem(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  /**
   * {@return those of some image files that are masks: their names have a suffix, and the image
   * that it leads to lies in the same folder}
   *
   * @param files image files, of one folder or of several
   */
  static Set<Path> among(Collection<Path> files) {
    Set<Folded> places = new HashSet<>();
    files.forEach(file -> places.add(folded(file, stem(file))));
    Set<Path> masks = new LinkedHashSet<>();
    for (Path file : files) {
      if (imageStem(file).filter(stem -> places.contains(folded(file, stem))).isPresent()) {
        masks.add(file);
      }
    }
    return masks;
  }

  /**
   * {@return the files that differ from another in the same folder by nothing but their extension;
   * in some data sets one is the image and the other its mask}
   *
   * @param files image files
   */
  static List<Path> namesakes(Collection<Path> files) {
    Map<Folded, List<Path>> places = new LinkedHashMap<>();
    for (Path file : files) {
      Folded place = new Folded(file.getParent(), stem(file));
      places.computeIfAbsent(place, none -> new ArrayList<>()).add(file);
    }
    return places.values().stream().filter(same -> same.size() > 1).flatMap(List::stream).toList();
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** A name in a folder. Not a path, since not every name can be made one again. */
  private record Folded(Path folder, String stem) {}

  private static Folded folded(Path file, String stem) {
    return new Folded(file.getParent(), lower(stem));
  }

  /**
   * The masks that lie next to their images.
   *
   * @param images the images
   * @param masks such as {@link #among} finds
   * @return the images that have one, each with its mask, in the order of the images
   * @throws InputException if an image has two masks, or two images have one
   */
  static Map<Path, Path> nextTo(Collection<Path> images, Collection<Path> masks) {
    return assigned(
        images,
        byImage(images, masks),
        (image, mask) -> folder(image).equals(folder(mask)) ? 0 : MISMATCH);
  }

  /**
   * The masks of images in a folder for masks, itself divided into folders or not. Folders around a
   * mask must be those around its image: {@code masks/L1/crack/000_mask.png} belongs to {@code
   * L1/crack/000.jpg}, {@code masks/crack/000_mask.png} to any {@code crack/000.jpg}. Of several
   * the one in most folders is taken. Where {@code 000.png} and {@code 000_mask.png} stand together
   * in it, the former is an image.
   *
   * @param images the images
   * @param folder the folder for masks; of anything else, such as a list, masks are matched by name
   *     alone
   * @param files the image files in it
   * @return the images that have a mask, each with its mask, in the order of the images
   * @throws InputException if an image has two masks, or two images have one
   */
  static Map<Path, Path> within(Collection<Path> images, Path folder, Collection<Path> files) {
    Set<Path> taken = new HashSet<>();
    images.forEach(image -> taken.add(place(image)));
    Map<String, List<Path>> masks =
        byImage(images, files.stream().filter(file -> !taken.contains(place(file))).toList());
    Path root = place(folder);
    return assigned(images, masks, (image, mask) -> agreement(folder(image), root, folder(mask)));
  }

  private static int agreement(Path imageFolder, Path root, Path maskFolder) {
    if (!maskFolder.startsWith(root) || maskFolder.equals(root)) {
      return 0;
    }
    Path needed = root.relativize(maskFolder);
    return imageFolder.endsWith(needed) ? needed.getNameCount() : MISMATCH;
  }

  /**
   * Masks by the names of their images, in lower case; a name alone yields to one with a suffix.
   */
  private static Map<String, List<Path>> byImage(Collection<Path> images, Collection<Path> masks) {
    Set<String> stems = new HashSet<>();
    images.forEach(image -> stems.add(lower(stem(image))));
    Map<String, List<Path>> named = new HashMap<>();
    Map<String, List<Path>> suffixed = new HashMap<>();
    Set<Folded> outdone = new HashSet<>();
    for (Path mask : masks) {
      String alone = lower(stem(mask));
      Optional<String> image = stems.contains(alone) ? Optional.empty() : imageStem(mask);
      image.ifPresent(stem -> outdone.add(folded(mask, stem)));
      (image.isPresent() ? suffixed : named)
          .computeIfAbsent(image.map(MaskNames::lower).orElse(alone), none -> new ArrayList<>())
          .add(mask);
    }
    named.forEach(
        (stem, files) ->
            files.stream()
                .filter(file -> !outdone.contains(folded(file, stem)))
                .forEach(
                    file -> suffixed.computeIfAbsent(stem, none -> new ArrayList<>()).add(file)));
    return suffixed;
  }

  /** How many folders of an image and of a mask agree; {@link #MISMATCH} if any does not. */
  private interface Agreement {
    int of(Path image, Path mask);
  }

  private static Map<Path, Path> assigned(
      Collection<Path> images, Map<String, List<Path>> masks, Agreement agreement) {
    Map<Path, Path> maskOf = new LinkedHashMap<>();
    Map<Path, Path> imageOf = new HashMap<>();
    for (Path image : images) {
      Optional<Path> mask =
          best(image, masks.getOrDefault(lower(stem(image)), List.of()), agreement);
      if (mask.isPresent()) {
        maskOf.put(image, mask.get());
        Path other = imageOf.putIfAbsent(mask.get(), image);
        if (other != null && !place(other).equals(place(image))) {
          throw shared(mask.get(), other, image);
        }
      }
    }
    return maskOf;
  }

  private static Optional<Path> best(Path image, List<Path> named, Agreement agreement) {
    int most = named.stream().mapToInt(mask -> agreement.of(image, mask)).max().orElse(MISMATCH);
    if (most == MISMATCH) {
      return Optional.empty();
    }
    List<Path> best =
        named.stream().filter(mask -> agreement.of(image, mask) == most).sorted().toList();
    if (best.size() > 1) {
      throw new InputException(
          image
              + ": has two masks, "
              + best.get(0)
              + " and "
              + best.get(1)
              + "; leave one of them in the folder");
    }
    return Optional.of(best.getFirst());
  }

  private static InputException shared(Path mask, Path first, Path second) {
    return new InputException(
        mask
            + ": is the mask of two images, "
            + first
            + " and "
            + second
            + "; put the masks into folders named like those of the images, or rename one of the"
            + " images");
  }

  private static Path place(Path file) {
    return file.toAbsolutePath().normalize();
  }

  private static Path folder(Path file) {
    return place(file).getParent();
  }
}
