package kintsugi.lesson;

import java.nio.file.Path;
import java.util.List;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.dataset.Role;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.image.ImageSource;

/**
 * The images of a page.
 *
 * @param train normal images to learn from
 * @param normal another normal image
 * @param test the image in question
 */
public record LessonImages(List<ImageSource> train, ImageSource normal, ImageSource test) {
  /** More than a patch embedding of PaDiM has elements, so that a page shows what that changes. */
  private static final int MOST = 128;

  private static final int FEWEST = 4;

  /**
   * {@return images that are drawn: normal concrete, and concrete with a crack}
   *
   * @param seed fixes every draw
   */
  public static LessonImages drawn(long seed) {
    List<ImageSource> all = SyntheticConcrete.draw(MOST + 1, 1, seed);
    return new LessonImages(all.subList(0, MOST), all.get(MOST), all.get(MOST + 1));
  }

  /**
   * {@return images of the user: the first ones of a folder, of which the last is held out}
   *
   * @param kintsugi reads the folder
   * @param train the folder of normal images, or a list of them
   * @param test the image in question
   * @throws InputException if the folder cannot be read or has too few images
   */
  public static LessonImages of(Kintsugi kintsugi, Path train, ImageSource test) {
    List<ImageSource> all = kintsugi.images(train, Role.TRAIN);
    if (all.size() < FEWEST) {
      throw new InputException(
          train
              + ": has "
              + all.size()
              + " images, and a page needs "
              + FEWEST
              + " or more: the last is held out, and a covariance is learnt from the others");
    }
    int count = Math.min(MOST, all.size() - 1);
    return new LessonImages(all.subList(0, count), all.get(count), test);
  }
}
