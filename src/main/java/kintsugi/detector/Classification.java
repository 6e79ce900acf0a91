package kintsugi.detector;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.image.Interpolation;
import kintsugi.image.PictureReader;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.tensor.Tensor;

/**
 * What the whole network sees in a picture: ImageNet's classes, the likeliest first. Shows that
 * weights are what they should be.
 *
 * @param classes the likeliest ones
 */
public record Classification(List<Likely> classes) {
  /** torchvision's preprocessing for its ResNet weights. */
  private static final Preprocessing INPUT =
      new Preprocessing(
          new TargetSize.ShorterSide(256), Interpolation.BILINEAR, new TargetSize.Exact(224, 224));

  /**
   * One class.
   *
   * @param index from 0 to 999, in ImageNet's order
   * @param probability by softmax over all classes
   */
  public record Likely(int index, double probability) {}

  /**
   * Classifies a picture.
   *
   * @param session the engine, the weights and the threads
   * @param file the file
   * @param count how many classes are named
   * @return the likeliest classes
   * @throws kintsugi.InputException if the weights do not reach to the classifier, or the picture
   *     cannot be read
   */
  public static Classification of(Session session, Path file, int count) {
    Tensor input = INPUT.apply(PictureReader.read(file));
    float[] scores = session.backbone(List.of("fc")).run(input).get("fc").data();
    double largest = IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).max().orElse(0);
    double sum =
        IntStream.range(0, scores.length).mapToDouble(i -> Math.exp(scores[i] - largest)).sum();
    return new Classification(
        IntStream.range(0, scores.length)
            .mapToObj(i -> new Likely(i, Math.exp(scores[i] - largest) / sum))
            .sorted(Comparator.comparingDouble(Likely::probability).reversed())
            .limit(count)
            .toList());
  }
}
