package kintsugi.experiment;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Explanation;
import kintsugi.detector.Inspector;
import kintsugi.detector.Origin;
import kintsugi.detector.Scored;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;

/**
 * A training patch near the traced one, with its image where that was found.
 *
 * @param neighbour the patch of the memory bank
 * @param image its training image's pixels; empty unless the file is there and is the same
 * @param box the part of that image that the patch covers
 */
public record TrainingPatch(
    Inspector.Neighbour neighbour, Optional<Pixels> image, Optional<Explanation.Box> box) {

  /**
   * The neighbours with their images, which are known by their names and recognised by the hash of
   * their pixels.
   *
   * @param detector whose memory bank has the neighbours
   * @param neighbours of the traced patch
   * @param training images among which theirs are
   */
  static List<TrainingPatch> of(
      AnomalyDetector detector,
      List<Inspector.Neighbour> neighbours,
      List<? extends ImageSource> training) {
    Map<String, Optional<Scored>> found = new HashMap<>();
    List<TrainingPatch> patches = new ArrayList<>();
    for (Inspector.Neighbour neighbour : neighbours) {
      Origin origin = neighbour.origin();
      Optional<Scored> image =
          origin.image() != null
              ? found.computeIfAbsent(origin.imageId(), id -> image(detector, origin, training))
              : Optional.empty();
      patches.add(
          new TrainingPatch(
              neighbour,
              image.map(Scored::image),
              image.map(
                  scored -> Explanation.box(scored, detector, origin.row(), origin.column()))));
    }
    return patches;
  }

  private static Optional<Scored> image(
      AnomalyDetector detector, Origin origin, List<? extends ImageSource> training) {
    for (ImageSource source : training) {
      if (source.name().replace('\\', '/').endsWith(origin.image())) {
        try {
          Scored scored = detector.score(source);
          if (scored.image().hash().startsWith(origin.imageId())) {
            return Optional.of(scored);
          }
        } catch (InputException e) {
          // Not the image that was learnt, whatever it is now.
          continue;
        }
      }
    }
    return Optional.empty();
  }
}
