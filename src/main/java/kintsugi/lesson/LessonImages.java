package kintsugi.lesson;

import java.nio.file.Path;
import java.util.List;
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
 * @param heldOut normal images that are not learnt from; none if the page compares none
 * @param tests the image in question, or the anomalous images; none if the page compares none
 */
public record LessonImages(
    List<ImageSource> train, List<ImageSource> heldOut, List<ImageSource> tests) {
  /** More than a patch embedding of PaDiM has elements, so that a page shows what that changes. */
  private static final int MAXIMUM = 128;

  /** A covariance is learnt from three. */
  private static final int MINIMUM = 3;

  /** The maximum of those learnt from, and of those held out, on a page that compares many. */
  private static final int HALF = MAXIMUM / 2;

  /** Opacity of the faintest drawn crack of a game about mistakes: some are taken for normal. */
  private static final double FAINTEST = 0.05;

  /**
   * {@return images that are drawn: normal concrete, and concrete with a crack}
   *
   * @param seed fixes every draw
   * @param compared images of the page
   */
  public static LessonImages drawn(long seed, Topic.Compared compared) {
    boolean many = compared == Topic.Compared.ANOMALOUS;
    int learnt = many ? HALF : MAXIMUM;
    int normals = many ? MAXIMUM : MAXIMUM + 1;
    List<ImageSource> all =
        SyntheticConcrete.draw(normals, many ? HALF : 1, seed, many ? FAINTEST : 1);
    return new LessonImages(
        all.subList(0, learnt), all.subList(learnt, normals), all.subList(normals, all.size()));
  }

  /**
   * {@return images of the user: the first ones of a folder, and for a page that compares a normal
   * image the one after them, or else the last, which is held out; for a page that compares
   * anomalous images half of the folder is held out}
   *
   * @param kintsugi reads the folder
   * @param train the folder of normal images, or a list of them
   * @param tests the image in question, or anomalous images; none if the page compares none
   * @param compared images of the page. One or two are decoded at once: what is wrong with one of
   *     them ends the work before a fit, which takes no longer than to decode many
   * @throws InputException if the folder or an image that is compared cannot be read, or there are
   *     too few images
   */
  public static LessonImages of(
      Kintsugi kintsugi, Path train, List<ImageSource> tests, Topic.Compared compared) {
    List<ImageSource> all = kintsugi.images(train, Role.TRAIN);
    return switch (compared) {
      case NOTHING, TEST ->
          new LessonImages(first(MAXIMUM, all), List.of(), tests).decoded(kintsugi);
      case TEST_AND_NORMAL -> {
        requireAtLeast(
            MINIMUM + 1,
            all,
            train,
            "the last is held out, and a covariance is learnt from the others");
        int learnt = Math.min(MAXIMUM, all.size() - 1);
        yield new LessonImages(first(learnt, all), List.of(all.get(learnt)), tests)
            .decoded(kintsugi);
      }
      case ANOMALOUS -> {
        requireAtLeast(
            2 * MINIMUM,
            all,
            train,
            "half of them are held out, and a covariance is learnt from the others");
        if (tests.size() == 1) {
          throw new InputException(
              tests.getFirst().name()
                  + ": is the only anomalous image, and this page needs 2 or more: every second one"
                  + " is new to the threshold");
        }
        int heldOut = Math.min(HALF, all.size() / 2);
        int learnt = Math.min(HALF, all.size() - heldOut);
        yield new LessonImages(
            first(learnt, all), all.subList(learnt, learnt + heldOut), first(HALF, tests));
      }
    };
  }

  private static List<ImageSource> first(int count, List<ImageSource> all) {
    return all.subList(0, Math.min(count, all.size()));
  }

  private static void requireAtLeast(int count, List<ImageSource> all, Path train, String why) {
    if (all.size() < count) {
      throw new InputException(
          train
              + ": has "
              + all.size()
              + " images, and this page needs "
              + count
              + " or more: "
              + why);
    }
  }

  private LessonImages decoded(Kintsugi kintsugi) {
    Decoding decoding = Decoding.DEFAULT.withMaxPixels(kintsugi.session().options().maxPixels());
    Stream.of(tests, heldOut).flatMap(List::stream).forEach(image -> image.read(decoding));
    return this;
  }

  /** {@return the image in question} */
  public ImageSource test() {
    return tests.getFirst();
  }

  /** {@return the normal image that is held out} */
  public ImageSource normal() {
    return heldOut.getFirst();
  }
}
