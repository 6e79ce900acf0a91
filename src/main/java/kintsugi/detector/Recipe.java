package kintsugi.detector;

import java.util.List;
import kintsugi.image.Preprocessing;
import kintsugi.image.TileGrid;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.ScoreMaps;

/**
 * A named set of the choices in which published versions of a method differ. A recipe is a record
 * whose components are the choices, nested by the step they belong to; the model file keeps it as
 * JSON of the same shape.
 */
public interface Recipe {

  /**
   * {@return {@code method/version}; a star at its end where a choice differs from the version's}
   */
  String name();

  /** {@return how an image becomes the network's input} */
  Preprocessing preprocessing();

  /** {@return the feature layers, finest first} */
  List<String> taps();

  /** {@return how patch distances become a score map} */
  ScoreMaps map();

  /** {@return how calibration finds the threshold} */
  ThresholdRule threshold();

  /** {@return which scores a heat map shows, from transparent to brightest} */
  DisplayRange display();

  /**
   * {@return the tiles of an image, each an input of the network; one where images are not cut}
   *
   * @param size that the image got
   * @throws IllegalArgumentException if the size is below a tile's, or there are too many
   */
  default TileGrid tiles(InputSize size) {
    return preprocessing().tiling().grid(size.width(), size.height());
  }

  /** {@return the name of the method: the part of the recipe's name before the slash} */
  default String method() {
    return name().substring(0, name().indexOf('/'));
  }

  /**
   * {@return whether a fit takes its images in the order of a hash of their content, so that the
   * order in which they are passed changes nothing; otherwise it takes them as they are passed, as
   * the published versions do}
   */
  default boolean ordersImages() {
    return false;
  }

  /**
   * Throws, with the rule as message, where a choice breaks it.
   *
   * @param fits whether the rule is kept
   * @param rule the choice and its range, such as {@code "epsilon: 0 or above"}
   * @throws IllegalArgumentException unless the rule is kept
   */
  static void require(boolean fits, String rule) {
    if (!fits) {
      throw new IllegalArgumentException(rule);
    }
  }
}
