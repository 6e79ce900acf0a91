package kintsugi.detector;

import java.util.Optional;
import kintsugi.InputException;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.Placement;
import kintsugi.image.Region;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * One image and its scores, before calibration.
 *
 * @param source where the image came from
 * @param image its pixels
 * @param batch the scores of the batch that it was scored in
 * @param index of the image in the batch
 */
public record Scored(ImageSource source, Pixels image, Scores batch, int index) {

  /** {@return the image score} */
  public double score() {
    return batch.images()[index];
  }

  /**
   * Requires a score that can be compared with a threshold.
   *
   * @param recipe of the model that scored
   * @throws InputException if the score is NaN or infinite
   */
  Scored requireFinite(Recipe recipe) {
    if (!Double.isFinite(score())) {
      throw new InputException(
          source.name()
              + ": its score by the model of "
              + recipe.name()
              + " is "
              + score()
              + ", which is neither normal nor anomalous; the model or the weights are damaged, fit"
              + " again");
    }
    return this;
  }

  /** {@return the score map, {@code [H, W]}, not to be written to} */
  public Tensor map() {
    Tensor maps = batch.maps();
    // Of a single image not a copy, since that may be large.
    return maps.dim(0) == 1 ? maps.reshape(maps.dim(1), maps.dim(2)) : maps.part(index);
  }

  /**
   * {@return the score map with another value than 0 where it was not looked at, not to be written
   * to}
   *
   * @param outside that value
   */
  public Tensor map(float outside) {
    return region().map(inside -> inside.with(map(), outside)).orElseGet(this::map);
  }

  /** {@return how the image was placed before it was aligned with the model's} */
  public Placement placement() {
    return batch.inside().placement(index);
  }

  /** {@return the pixels of the map that were looked at; empty if all were} */
  public Optional<Region> region() {
    return batch.inside().region(index);
  }

  /** {@return the minimum of the map over what was looked at} */
  public double minimum() {
    return ScoreMaps.min(looked());
  }

  /** {@return the maximum of the map over what was looked at} */
  public double maximum() {
    return ScoreMaps.max(looked());
  }

  /**
   * {@return the map's values over what was looked at, {@code [1, count]}; the map if it is all}
   */
  private Tensor looked() {
    return region().map(inside -> inside.values(map())).orElseGet(this::map);
  }

  /**
   * {@return the patches' anomaly scores, {@code [T·h, w]}, copied: the grids of an image's tiles
   * one below the other}
   */
  public Tensor distances() {
    return batch.distances().part(index);
  }

  /**
   * {@return the embedding of one patch, {@code [D]}, copied}
   *
   * @param position of the patch grid, row by row; of an image with many tiles one of those with
   *     the largest distances
   * @throws IllegalStateException if the embedding is not kept
   */
  public float[] patch(int position) {
    return batch.patches().embedding(index, position);
  }
}
