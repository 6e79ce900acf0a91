package kintsugi.lesson;

import java.util.List;
import kintsugi.Kintsugi;

/**
 * A playable page.
 *
 * @param name of the page
 * @param outline what is played with, on one line
 * @param compared with the images that are learnt from
 * @param maker of its numbers
 */
public record Topic(String name, String outline, Compared compared, Maker maker) {
  /** In the order of the book. */
  public static final List<Topic> ALL =
      List.of(
          new Topic(
              "threshold",
              "a game: the threshold on some images, and what it costs on new ones",
              Compared.ANOMALOUS,
              ThresholdTopic::of),
          new Topic(
              "gaussian",
              "PaDiM's Gaussian at one position: two channels, ε and the number of images",
              Compared.TEST_AND_NORMAL,
              GaussianTopic::of),
          new Topic(
              "mahalanobis",
              "the Mahalanobis distance of a patch, row by row of the forward substitution",
              Compared.TEST_AND_NORMAL,
              MahalanobisTopic::of),
          new Topic(
              "coreset",
              "greedy k-center as a film, next to the program's fast search",
              Compared.NOTHING,
              CoresetTopic::of),
          new Topic(
              "nearest",
              "the training patches that are nearest to a patch, as PatchCore's score has them",
              Compared.TEST,
              NearestTopic::of),
          new Topic(
              "score",
              "from distances to a score: σ of the blur on a live map, and the choice of image score",
              Compared.TEST_AND_NORMAL,
              ScoreTopic::of),
          new Topic(
              "kernels",
              "bilinear and Gaussian kernels on a line: samples, σ, lengths, borders, pixel centres",
              Compared.TEST,
              KernelsTopic::of));

  /** The images that a page compares with those that are learnt from. */
  public enum Compared {
    /** The page is about the training images alone. */
    NOTHING,
    /** The image in question. */
    TEST,
    /** The image in question, and a normal one that was held out. */
    TEST_AND_NORMAL,
    /** Normal images that were held out, and anomalous ones. */
    ANOMALOUS
  }

  /** The way from images to a page's numbers. */
  public interface Maker {
    /**
     * {@return the numbers}
     *
     * @param kintsugi fits and scores
     * @param images to learn from, and those to compare
     * @param seed fixes every draw
     * @throws kintsugi.InputException if an image cannot be read
     */
    Playable of(Kintsugi kintsugi, LessonImages images, long seed);
  }
}
