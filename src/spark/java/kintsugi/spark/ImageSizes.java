package kintsugi.spark;

import java.io.Serializable;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.image.Decoding;
import kintsugi.image.ImageKey;
import kintsugi.image.TargetSize;
import org.apache.spark.api.java.JavaRDD;

/**
 * The sizes of all images of a fit, from which that of the network's input follows: found by the
 * workers from the files' headers.
 *
 * @param counts how many images have each size
 */
record ImageSizes(Map<Size, Long> counts) {
  /** A size in pixels. */
  record Size(int width, int height) implements Serializable {
    long area() {
      return (long) width * height;
    }

    @Override
    public String toString() {
      return width + "x" + height;
    }
  }

  /**
   * The sizes.
   *
   * @throws InputException if an image cannot be read, unless those are left out, or all of them
   *     cannot
   */
  static ImageSizes of(Reading reading, JavaRDD<Located> images, RecipeText recipe) {
    Map<Size, Long> counts =
        reading
            .failures()
            .result(
                () ->
                    images
                        .mapPartitions(
                            part -> reading.failures().guard(() -> sizes(reading, part, recipe)))
                        .countByValue());
    if (counts.isEmpty()) {
      throw new InputException("no image could be read; name normal images (train)");
    }
    return new ImageSizes(counts);
  }

  private static Iterator<Size> sizes(
      Reading reading, Iterator<Located> images, RecipeText recipe) {
    Decoding decoding =
        recipe.recipe().preprocessing().decoding().withMaxPixels(reading.settings().maxPixels());
    return Reading.stream(reading.read(images))
        .flatMap(
            image -> {
              try {
                ImageKey key = image.source().key(decoding);
                return Stream.of(new Size(key.width(), key.height()));
              } catch (InputException e) {
                // Reading it says why, and whether it is left out.
                return Stream.of();
              }
            })
        .iterator();
  }

  /** The input size that a rule computes. */
  TargetSize size(TargetSize.Auto rule) {
    List<ImageKey> keys =
        counts.entrySet().stream()
            .flatMap(
                entry -> {
                  Size size = entry.getKey();
                  ImageKey key = new ImageKey(size.width, size.height, "");
                  return Collections.nCopies(Math.toIntExact(entry.getValue()), key).stream();
                })
            .toList();
    return rule.of(keys);
  }

  /** A line on the images' sizes and the input's, as on one machine. */
  String line(RecipeText sized) {
    Comparator<Size> byArea = Comparator.comparingLong(Size::area);
    List<Size> sorted = counts.keySet().stream().sorted(byArea.thenComparing(Size::width)).toList();
    String smallest = sorted.getFirst().toString();
    String largest = sorted.getLast().toString();
    return "images of "
        + smallest
        + (smallest.equals(largest) ? "" : " to " + largest)
        + ", input "
        + sized.size();
  }
}
