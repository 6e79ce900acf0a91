package kintsugi.detector;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.image.Decoding;
import kintsugi.image.ImageKey;
import kintsugi.image.ImageSource;
import kintsugi.image.TargetSize;

/**
 * The images of a fit before any is decoded: their order, and the input size that follows from
 * their sizes.
 */
final class TrainingList {
  private final List<Entry> entries;

  /** An image and its key, null where its file is unreadable. */
  private record Entry(ImageSource image, ImageKey key) {
    /** Sorts unreadable images first, so that a fit that ends at one ends at once. */
    String hash() {
      return key == null ? "" : key.hash();
    }
  }

  private TrainingList(List<Entry> entries) {
    this.entries = entries;
  }

  /** The list of a fit, whose files are read on all threads and not kept. */
  static TrainingList of(List<? extends ImageSource> images, Session session, Recipe recipe) {
    Decoding decoding =
        recipe.preprocessing().decoding().withMaxPixels(session.options().maxPixels());
    Entry[] entries = new Entry[images.size()];
    session.parallel().forEach(entries.length, i -> entries[i] = entry(images.get(i), decoding));
    return new TrainingList(List.of(entries));
  }

  private static Entry entry(ImageSource image, Decoding decoding) {
    try {
      return new Entry(image, image.key(decoding));
    } catch (InputException e) {
      // Reading it says why, and whether it is left out.
      return new Entry(image, null);
    }
  }

  /** The images in the order of their hashes. */
  List<ImageSource> ordered() {
    return entries.stream().sorted(Comparator.comparing(Entry::hash)).map(Entry::image).toList();
  }

  /** The size that a rule computes from all images, empty where none is readable. */
  Optional<TargetSize> size(TargetSize.Auto rule) {
    List<ImageKey> keys = keys();
    return keys.isEmpty() ? Optional.empty() : Optional.of(rule.of(keys));
  }

  /** The images' sizes in words: the smallest and, where it differs, the largest. */
  String sizes() {
    Comparator<ImageKey> byArea =
        Comparator.comparingLong(key -> (long) key.width() * key.height());
    List<ImageKey> sorted = keys().stream().sorted(byArea.thenComparing(ImageKey::width)).toList();
    String smallest = text(sorted.getFirst());
    String largest = text(sorted.getLast());
    return "images of " + smallest + (smallest.equals(largest) ? "" : " to " + largest);
  }

  private static String text(ImageKey key) {
    return key.width() + "x" + key.height();
  }

  private List<ImageKey> keys() {
    return entries.stream().map(Entry::key).filter(Objects::nonNull).toList();
  }
}
