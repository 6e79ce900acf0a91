package kintsugi.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;

/**
 * The values that an implementation wrote down: a file or a folder of one image's values, or a
 * folder with such a folder or file for each image, which has the image's name.
 */
public final class DumpSubject implements Subject {
  private static final String EXTENSION = "\\.[A-Za-z0-9]{1,11}$";

  private final Path place;
  private final Map<String, Path> images;

  private DumpSubject(Path place, Map<String, Path> images) {
    this.place = place;
    this.images = images;
  }

  /**
   * {@return the values in a place}
   *
   * @param place a folder or a file
   * @throws InputException if it cannot be listed, or two of its images differ in the extension
   *     alone
   */
  public static DumpSubject of(Path place) {
    Map<String, Path> images = new LinkedHashMap<>();
    if (Files.isDirectory(place)) {
      try (Stream<Path> entries = Files.list(place)) {
        entries
            .filter(Files::isDirectory)
            .sorted()
            .forEach(folder -> images.put("" + folder.getFileName(), folder));
      } catch (IOException e) {
        throw new InputException(place + ": cannot be listed (" + e.getMessage() + ")", e);
      }
    }
    if (images.isEmpty()) {
      images.put("" + place.toAbsolutePath().normalize().getFileName(), place);
    }
    DumpSubject subject = new DumpSubject(place, images);
    subject.distinct(images.keySet());
    return subject;
  }

  @Override
  public String name() {
    return "" + place;
  }

  @Override
  public List<String> images() {
    return List.copyOf(images.keySet());
  }

  @Override
  public Dump values(ImageSource image) {
    return find(image.name())
        .map(Dump::read)
        .orElseThrow(
            () ->
                new InputException(
                    place
                        + ": holds no values of "
                        + image.name()
                        + "; it has a folder for each of "
                        + String.join(", ", images.keySet())));
  }

  /** Whether it has values of an image, by the whole name or by that without its extension. */
  boolean has(String image) {
    return find(image).isPresent();
  }

  /**
   * Requires that each image has values of its own.
   *
   * @throws InputException if two images would have the same
   */
  void require(List<String> wanted) {
    if (isOne() && wanted.size() > 1) {
      // A file of other tensors is called by what it lacks.
      Dump.read(place);
      throw new InputException(
          place + ": holds the values of one image; name that image alone (images)");
    }
    distinct(wanted);
  }

  private void distinct(Iterable<String> names) {
    Map<String, String> stems = new HashMap<>();
    for (String name : names) {
      String before = stems.put(stem("" + Path.of(name).getFileName()), name);
      if (before != null) {
        throw new InputException(
            place
                + ": finds the values of "
                + before
                + " and of "
                + name
                + " by the same name; give each image a name of its own");
      }
    }
  }

  /** Whether the place itself is one image's. */
  private boolean isOne() {
    return images.size() == 1 && images.containsValue(place);
  }

  private Optional<Path> find(String image) {
    if (isOne()) {
      return Optional.of(place);
    }
    String file = "" + Path.of(image).getFileName();
    return images.entrySet().stream()
        .filter(each -> stem(each.getKey()).equals(stem(file)))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static String stem(String file) {
    return file.replaceFirst(EXTENSION, "");
  }

  /** The image itself, where its pixels are among the values. */
  Optional<ImageSource> pixels(String image) {
    Dump dump = Dump.read(find(image).orElseThrow());
    return dump.find("pixels", 3).map(tensor -> ImageSource.of(image, pixels(dump, tensor)));
  }

  private static Pixels pixels(Dump dump, Tensor tensor) {
    if (tensor.dim(2) != 3) {
      throw dump.refused("its tensor pixels is " + tensor + " where [H, W, 3] is wanted");
    }
    byte[] rgb = new byte[tensor.size()];
    for (int i = 0; i < rgb.length; i++) {
      float value = tensor.data()[i];
      if (!(value >= 0 && value <= 255) || value != Math.rint(value)) {
        throw dump.refused("its tensor pixels has " + value + " where 0 to 255 are wanted");
      }
      rgb[i] = (byte) value;
    }
    return new Pixels(tensor.dim(1), tensor.dim(0), rgb);
  }
}
