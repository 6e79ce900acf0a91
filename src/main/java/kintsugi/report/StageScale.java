package kintsugi.report;

import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import kintsugi.image.ColourScale;

/**
 * The colours of a drawn tensor: diverging around zero where it has values of both signs, so that
 * zero is white; else sequential over its range.
 *
 * @param low the value of the first colour
 * @param high the value of the last
 * @param signed whether the colours diverge around zero
 */
record StageScale(double low, double high, boolean signed) {
  private static final int COLOURS = 9;

  /** What a page shows: colours at equal intervals as CSS has them, and texts below their ends. */
  record Legend(List<String> colours, List<String> labels) {}

  /** Whether there are values of both signs. */
  static boolean isSigned(float[] values) {
    boolean negative = false;
    boolean positive = false;
    for (float v : values) {
      negative |= v < 0;
      positive |= v > 0;
    }
    return negative && positive;
  }

  /** The scale of some values of a tensor, which is signed or is not. */
  static StageScale of(float[] values, boolean signed) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float v : values) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    double most = Math.max(Math.abs(low), Math.abs(high));
    return signed ? new StageScale(-most, most, true) : new StageScale(low, high, false);
  }

  /** The colour of a value as {@code 0xrrggbb}. */
  int colour(double value) {
    if (signed) {
      return ColourScale.diverging(high > 0 ? value / high : 0);
    }
    return ColourScale.colour(high > low ? (value - low) / (high - low) : 0);
  }

  /** The scale with its numbers. */
  Legend legend() {
    ColourScale scale = ColourScale.of(low, high);
    String middle = signed ? "0" : scale.label((low + high) / 2);
    return legend(List.of(scale.label(low), middle, scale.label(high)));
  }

  /** The scale of a step of which every channel has its own, with what the ends of these are. */
  Legend legendOf(List<StageScale> channels) {
    String high = range(channels.stream().mapToDouble(StageScale::high));
    String low = range(channels.stream().mapToDouble(StageScale::low));
    return legend(
        signed
            ? List.of("−max |v|", "0", "max |v| of a channel: " + high)
            : List.of("minimum of a channel: " + low, "its maximum: " + high));
  }

  /** From the lowest to the highest of some values. */
  private static String range(DoubleStream values) {
    DoubleSummaryStatistics ends = values.summaryStatistics();
    if (ends.getMin() == 0 && ends.getMax() == 0) {
      return "0";
    }
    ColourScale scale = ColourScale.of(0, ends.getMax());
    return ends.getMin() == ends.getMax()
        ? scale.label(ends.getMax())
        : scale.label(ends.getMin()) + " to " + scale.label(ends.getMax());
  }

  private Legend legend(List<String> labels) {
    List<String> colours =
        IntStream.range(0, COLOURS)
            .mapToDouble(i -> low + (high - low) * i / (COLOURS - 1))
            .mapToObj(value -> String.format(Locale.ROOT, "#%06x", colour(value)))
            .toList();
    return new Legend(colours, labels);
  }
}
