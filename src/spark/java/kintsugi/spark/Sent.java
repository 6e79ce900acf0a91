package kintsugi.spark;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.function.BiFunction;
import java.util.function.Function;
import kintsugi.image.ImageSource;

/**
 * The images that a task hands to the library, which returns results in their order and leaves out
 * those that it cannot read: which they were is known from the results that are there.
 */
final class Sent implements Iterator<ImageSource> {
  private final Iterator<Located> images;
  private final Failures failures;
  private final Queue<Entry> waiting = new ArrayDeque<>();

  private record Entry(Located image, ImageSource source) {}

  Sent(Iterator<Located> images, Failures failures) {
    this.images = images;
    this.failures = failures;
  }

  @Override
  public boolean hasNext() {
    return images.hasNext();
  }

  @Override
  public ImageSource next() {
    Located image = images.next();
    ImageSource source = image.source();
    waiting.add(new Entry(image, source));
    return source;
  }

  /**
   * The library's results with the images that they are of.
   *
   * @param results in the order of the images
   * @param source of a result
   * @param joined a result and its image
   */
  <R, T> Iterator<T> results(
      Iterator<R> results, Function<R, ImageSource> source, BiFunction<Located, R, T> joined) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        boolean more = results.hasNext();
        while (!more && !waiting.isEmpty()) {
          failures.skip(waiting.remove().image.name());
        }
        return more;
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        R result = results.next();
        Entry entry = waiting.remove();
        while (entry.source != source.apply(result)) {
          failures.skip(entry.image.name());
          entry = waiting.remove();
        }
        return joined.apply(entry.image, result);
      }
    };
  }
}
