package kintsugi.lesson;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.dataset.Role;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;

/**
 * The images of a page.
 *
 * @param train normal images to learn from
 * @param normal another normal image; null if the page compares none
 * @param test the image in question; null if the page compares none
 */
public record LessonImages(List<ImageSource> train, ImageSource normal, ImageSource test) {
  /** More than a patch embedding of PaDiM has elements, so that a page shows what that changes. */
  private static final int MAXIMUM = 128;

  /** A covariance is learnt from three, and another one is held out. */
  private static final int MINIMUM = 4;

  /**
   * {@return images that are drawn: normal concrete, and concrete with a crack}
   *
   * @param seed fixes every draw
   */
  public static LessonImages drawn(long seed) {
    List<ImageSource> all = SyntheticConcrete.draw(MAXIMUM + 1, 1, seed);
    return new LessonImages(all.subList(0, MAXIMUM), all.get(MAXIMUM), all.get(MAXIMUM + 1));
  }

  /**
   * {@return images of the user: the first ones of a folder, and for a page that compares a normal
   * image the one after them, or else the last, which is held out}
   *
   * @param kintsugi reads the folder
   * @param train the folder of normal images, or a list of them
   * @param test the image in question; null if the page compares none
   * @param compared images of the page, which are decoded at once: what is wrong with one of them
   *     ends the work before a fit
   * @throws InputException if the folder or an image that is compared cannot be read, or the folder
   *     has too few images
   */
  public static LessonImages of(
      Kintsugi kintsugi, Path train, ImageSource test, Topic.Compared compared) {
    List<ImageSource> all = kintsugi.images(train, Role.TRAIN);
    if (compared != Topic.Compared.TEST_AND_NORMAL) {
      LessonImages images =
          new LessonImages(all.subList(0, Math.min(MAXIMUM, all.size())), null, test);
      return images.decoded(kintsugi);
    }
    if (all.size() < MINIMUM) {
      throw new InputException(
          train
              + ": has "
              + all.size()
              + " images, and this page needs "
              + MINIMUM
              + " or more: the last is held out, and a covariance is learnt from the others");
    }
    int count = Math.min(MAXIMUM, all.size() - 1);
    return new LessonImages(all.subList(0, count), all.get(count), test).decoded(kintsugi);
  }

  private LessonImages decoded(Kintsugi kintsugi) {
    Decoding decoding = Decoding.DEFAULT.withMaxPixels(kintsugi.session().options().maxPixels());
    Stream.of(test, normal).filter(Objects::nonNull).forEach(image -> image.read(decoding));
    return this;
  }
}
