package kintsugi.detector;

import org.apache.commons.math3.stat.descriptive.rank.Percentile;

/** The range of scores that a heat map shows, chosen from the calibration images' maps. */
public enum DisplayRange {
  /** From 0 to the 80th percentile of the maps' maxima. */
  FROM_ZERO,

  /** From the minimum of all maps to 0.7 of their maximum. */
  FROM_MINIMUM;

  private static final double PERCENTILE = 80;
  private static final double FRACTION = 0.7;

  /** The score drawn transparent. */
  double low(double minimum) {
    return this == FROM_ZERO ? 0 : minimum;
  }

  /** The score drawn brightest. */
  double high(double maximum, double[] maxima) {
    return this == FROM_ZERO ? new Percentile().evaluate(maxima, PERCENTILE) : FRACTION * maximum;
  }
}
