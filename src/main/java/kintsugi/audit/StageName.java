package kintsugi.audit;

import java.util.List;
import java.util.Locale;

/** The stages from an image to a verdict, in the order of the data, and how each is compared. */
enum StageName {
  /** The decoded image. */
  PIXELS(0, true, "pixels"),
  /** Resized, cropped and normalised. */
  INPUT(1e-4, true, "input"),
  /** The feature layers. Winograd's and the direct convolutions differ by 1e-5. */
  FEATURES(1e-4, true, "layer1", "layer2", "layer3", "layer4"),
  /** PaDiM's draw. */
  CHANNELS(0, false, "channels"),
  /** Patch embeddings. */
  EMBEDDING(1e-4, true, "embedding"),
  /** PaDiM's means. */
  MEAN(1e-4, false, "mean"),
  /** PaDiM's covariances; an element is measured by the deviations of its two channels. */
  COVARIANCE(5e-5, false, "covariance"),
  /** The rows of PatchCore's memory bank, in any order. */
  BANK(1e-4, false, "bank"),
  /** The patches' anomaly scores. */
  DISTANCES(5e-4, true, "distances"),
  /** The score map. */
  MAP(5e-4, true, "map"),
  /** The image score. */
  SCORE(5e-4, true, "score"),
  /** The image score by the calibration's range. */
  NORMALISED(5e-4, true, "normalised"),
  /** The threshold of the normalised score. */
  THRESHOLD(5e-4, false, "threshold"),
  /** Whether the image is predicted anomalous. */
  VERDICT(0, true, "verdict");

  private final double tolerance;
  private final boolean perImage;
  private final List<String> tensors;

  StageName(double tolerance, boolean perImage, String... tensors) {
    this.tolerance = tolerance;
    this.perImage = perImage;
    this.tensors = List.of(tensors);
  }

  /** The maximum difference that rounding explains, as a fraction of the maximum value. */
  double tolerance() {
    return tolerance;
  }

  /** Whether every image has its own; otherwise all have what was fitted. */
  boolean isPerImage() {
    return perImage;
  }

  /** The names of its tensors in a dump. */
  List<String> tensors() {
    return tensors;
  }

  /** What to do where it is the first that differs. */
  String advice() {
    return switch (this) {
      case PIXELS -> "decode the images by one program, such as to PNGs that both read";
      case INPUT -> "give both the same size, crop, resize, channel order and constants";
      case FEATURES -> "give both the same weights and feature layers";
      case CHANNELS, MEAN, COVARIANCE, BANK ->
          "fit both with the same images, seed and choices, or export one of them anew";
      case EMBEDDING -> "make patches of the layers in the same way in both";
      case DISTANCES -> "give both the same rule of distances, and what was fitted";
      case MAP -> "give both the same interpolation, blur and border";
      case SCORE -> "give both the same rule from a map to a score";
      case NORMALISED, THRESHOLD, VERDICT -> "give both the same range and threshold, on one scale";
    };
  }

  /** Its name in reports. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
