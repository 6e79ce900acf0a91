package kintsugi.experiment;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.detector.Session;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.Interpolation;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.tensor.Tensor;

/**
 * The classification of an image by the whole network into ImageNet's classes, the likeliest first:
 * a check that weights are what they should be.
 *
 * @param classes the likeliest ones
 */
public record Classification(List<Likely> classes) {
  /** torchvision's preprocessing for its ResNet weights. */
  private static final Preprocessing INPUT =
      new Preprocessing(
          new TargetSize.ShorterSide(256), Interpolation.BILINEAR, new TargetSize.Exact(224, 224));

  /**
   * A class.
   *
   * @param index from 0 to 999, in ImageNet's order
   * @param probability by softmax over all classes
   */
  public record Likely(int index, double probability) {}

  /**
   * {@return the likeliest classes of an image}
   *
   * @param session the engine, the weights and the threads
   * @param image the image
   * @param count how many classes are named
   * @throws kintsugi.InputException if the weights do not reach to the classifier, or the image
   *     cannot be read
   */
  public static Classification of(Session session, ImageSource image, int count) {
    Decoding decoding = Decoding.DEFAULT.withMaxPixels(session.options().maxPixels());
    Tensor input = INPUT.apply(image.read(decoding));
    float[] scores =
        session.exclusively(() -> session.backbone(List.of("fc")).run(input).get("fc").data());
    double maximum = IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).max().orElse(0);
    double sum =
        IntStream.range(0, scores.length).mapToDouble(i -> Math.exp(scores[i] - maximum)).sum();
    return new Classification(
        IntStream.range(0, scores.length)
            .mapToObj(i -> new Likely(i, Math.exp(scores[i] - maximum) / sum))
            .sorted(Comparator.comparingDouble(Likely::probability).reversed())
            .limit(count)
            .toList());
  }
}
