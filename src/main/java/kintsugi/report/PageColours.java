package kintsugi.report;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import kintsugi.image.ColourScale;

/**
 * The scale of a page's heat maps, which are grey in it and coloured by its script.
 *
 * @param red of the colours at equal intervals of the scale, from 0 to 1
 * @param green of the colours
 * @param blue of the colours
 * @param opacity of an overlay's colour at each grey level
 * @param low the score of the lowest grey level
 * @param high the score of the highest
 * @param threshold the score from which on an overlay is coloured; null where there is none
 * @param thresholdFraction its place on the scale, from 0 to 1
 * @param labels of the scale: the lowest, the middle and the highest score, and the threshold
 */
record PageColours(
    double[] red,
    double[] green,
    double[] blue,
    double[] opacity,
    double low,
    double high,
    Double threshold,
    Double thresholdFraction,
    List<String> labels) {
  private static final int LEVELS = 256;

  /**
   * {@return the colours of a scale}
   *
   * @param scale in the unit of the page's scores
   */
  static PageColours of(ColourScale scale) {
    double[][] bands = ColourScale.colours();
    double span = scale.high() - scale.low();
    double[] opacity =
        IntStream.range(0, LEVELS)
            .mapToDouble(level -> scale.low() + span * level / (LEVELS - 1))
            .map(scale::opacity)
            .toArray();
    OptionalDouble threshold = scale.threshold();
    return new PageColours(
        bands[0],
        bands[1],
        bands[2],
        opacity,
        scale.low(),
        scale.high(),
        threshold.isEmpty() ? null : threshold.getAsDouble(),
        threshold.isEmpty() ? null : scale.fraction(threshold.getAsDouble()),
        DoubleStream.concat(
                DoubleStream.of(scale.low(), (scale.low() + scale.high()) / 2, scale.high()),
                threshold.stream())
            .mapToObj(scale::label)
            .toList());
  }
}
