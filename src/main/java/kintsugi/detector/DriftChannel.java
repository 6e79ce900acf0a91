package kintsugi.detector;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import kintsugi.metric.ChangeMartingale;
import kintsugi.metric.OnlinePValues;

/** One statistic of a stream's images, and the martingale that bets on a change of it. */
final class DriftChannel {
  /** The statistics that are watched. */
  enum Kind {
    /** The image score. */
    SCORE(CalibrationImage::score, true),
    /** The median of the score map. */
    MEDIAN(image -> image.statistics().median(), true),
    /** The mean luminance. */
    LUMINANCE(image -> image.statistics().luminance(), false),
    /** The standard deviation of the luminance. */
    CONTRAST(image -> image.statistics().contrast(), false),
    /** The standard deviation of the luminance's Laplacian. */
    SHARPNESS(image -> image.statistics().sharpness(), false),
    /** The mean of red minus blue. */
    WARMTH(image -> image.statistics().warmth(), false);

    private final ToDoubleFunction<CalibrationImage> statistic;
    private final boolean ofModel;

    Kind(ToDoubleFunction<CalibrationImage> statistic, boolean ofModel) {
      this.statistic = statistic;
      this.ofModel = ofModel;
    }

    double of(CalibrationImage image) {
      return statistic.applyAsDouble(image);
    }

    /** Whether the model makes it, so that another one's has another distribution. */
    boolean isOfModel() {
      return ofModel;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Kind kind;
  private final OnlinePValues pValues;
  private final ChangeMartingale<Drift.Seen> martingale = new ChangeMartingale<>();

  /**
   * A channel before the first image of the stream.
   *
   * @param known images that the stream is compared with too; those without the statistic, as of an
   *     earlier release, are left out
   */
  DriftChannel(Kind kind, List<CalibrationImage> known) {
    this.kind = kind;
    this.pValues =
        new OnlinePValues(
            known.stream().mapToDouble(kind::of).filter(value -> !Double.isNaN(value)).toArray());
  }

  /** Bets on the statistic of an image, if it is known, and keeps its p-value with the image. */
  void observe(Drift.Seen seen, SplittableRandom random) {
    double value = kind.of(seen.image());
    double p = Double.isNaN(value) ? Double.NaN : pValues.next(value, random);
    seen.pValues()[kind.ordinal()] = p;
    if (!Double.isNaN(p)) {
      martingale.next(p, seen);
    }
  }

  /** Whether the statistic of an image that was observed is known. */
  boolean compared(Drift.Seen seen) {
    return !Double.isNaN(seen.pValues()[kind.ordinal()]);
  }

  Kind kind() {
    return kind;
  }

  double value() {
    return martingale.value();
  }

  /** The first image after the change. */
  Drift.Seen since() {
    return martingale.since();
  }

  /** An image as evidence of the change. */
  Drift.Driver driver(Drift.Seen seen) {
    double p = seen.pValues()[kind.ordinal()];
    return new Drift.Driver(
        seen.number(),
        seen.image().name(),
        seen.time(),
        kind.of(seen.image()),
        p,
        martingale.factor(p));
  }
}
