package kintsugi.detector;

import java.util.List;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;

/**
 * A batch of images and the backbone's features of them.
 *
 * @param sources where the images came from, in the order asked for, without those left out
 * @param images their pixels
 * @param features of all images, in parts where these have many tiles
 */
public record FeatureBatch(List<ImageSource> sources, List<Pixels> images, Features features) {
  /** The same batch, its features computed once for all that use them. */
  FeatureBatch kept() {
    return new FeatureBatch(sources, images, features.kept());
  }
}
