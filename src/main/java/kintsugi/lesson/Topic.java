package kintsugi.lesson;

import java.util.List;
import kintsugi.Kintsugi;

/**
 * A playable page.
 *
 * @param name of the page
 * @param outline what is played with, on one line
 * @param maker of its numbers
 */
public record Topic(String name, String outline, Maker maker) {
  /** In the order of the book. */
  public static final List<Topic> ALL =
      List.of(
          new Topic(
              "gaussian",
              "PaDiM's Gaussian at one position: two channels, ε and the number of images",
              GaussianTopic::of),
          new Topic(
              "mahalanobis",
              "the Mahalanobis distance of a patch, row by row of the forward substitution",
              MahalanobisTopic::of),
          new Topic(
              "coreset",
              "greedy k-center as a film, next to the program's fast search",
              CoresetTopic::of),
          new Topic(
              "nearest",
              "the training patches that are nearest to a patch, as PatchCore's score has them",
              NearestTopic::of));

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
