package kintsugi.detector;

import java.util.Optional;
import kintsugi.image.ImageSource;
import kintsugi.image.MapTransform;
import kintsugi.image.Pixels;
import kintsugi.image.Placement;
import kintsugi.image.Region;

/**
 * The part of an image that a fit would look at, to be seen by a person before it does.
 *
 * @param source where the image came from
 * @param image its pixels; empty where it cannot be read
 * @param region at the size of the network's input, where the image is; empty if it is all
 * @param transform between the input and the image
 * @param placement of the image before it is aligned
 * @param refusal why a fit would refuse the image; empty if it would not
 */
public record Look(
    ImageSource source,
    Optional<Pixels> image,
    Optional<Region> region,
    Optional<MapTransform> transform,
    Placement placement,
    Optional<String> refusal) {

  static Look refused(ImageSource source, Optional<Pixels> image, String refusal) {
    return new Look(
        source, image, Optional.empty(), Optional.empty(), Placement.EXACT, Optional.of(refusal));
  }
}
