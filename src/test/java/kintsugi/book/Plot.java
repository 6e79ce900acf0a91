package kintsugi.book;

import static kintsugi.book.Figure.number;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;

/** One pair of axes, with what is drawn between them. */
final class Plot {
  private static final int SHADES = 24;

  private final Figure figure;
  private final double left;
  private final double top;
  private final double width;
  private final double height;
  private DoubleUnaryOperator x;
  private DoubleUnaryOperator y;

  Plot(Figure figure, double left, double top, double width, double height) {
    this.figure = figure;
    this.left = left;
    this.top = top;
    this.width = width;
    this.height = height;
  }

  /** The axis below: its label with the unit, its ends, and where it has numbers. */
  Plot across(String label, double low, double high, double... ticks) {
    x = v -> left + width * (v - low) / (high - low);
    figure.text(left + width / 2, top + height + 38, "middle", label);
    for (double tick : ticks) {
      double at = x.applyAsDouble(tick);
      rule(at, top + height, at, top + height + 5, Figure.GREY, "");
      figure.text(at, top + height + 19, "middle", label(tick));
    }
    rule(left, top + height, left + width, top + height, Figure.GREY, "");
    return this;
  }

  /** The axis at the left. */
  Plot up(String label, double low, double high, double... ticks) {
    y = v -> top + height - height * (v - low) / (high - low);
    return leftAxis(label, ticks);
  }

  /** The axis at the left, each power of ten as far from the next. */
  Plot upLog(String label, double low, double high, double... ticks) {
    double from = StrictMath.log10(low);
    double span = StrictMath.log10(high) - from;
    y = v -> top + height - height * (StrictMath.log10(Math.max(v, low)) - from) / span;
    return leftAxis(label, ticks);
  }

  private Plot leftAxis(String label, double... ticks) {
    figure.add(
        "<text transform=\"translate(%s %s) rotate(-90)\" text-anchor=\"middle\">%s</text>",
        number(left - 42), number(top + height / 2), label);
    for (double tick : ticks) {
      double at = y.applyAsDouble(tick);
      rule(left - 5, at, left, at, Figure.GREY, "");
      figure.text(left - 8, at + 4, "end", label(tick));
    }
    rule(left, top, left, top + height, Figure.GREY, "");
    return this;
  }

  /** Axes of an image or matrix: columns to the right, rows down, in units of its elements. */
  Plot grid(String columnLabel, int columns, String rowLabel, int rows, double... ticks) {
    across(columnLabel, 0, columns, ticks);
    y = v -> top + height * v / rows;
    return leftAxis(rowLabel, ticks);
  }

  /** A title above. */
  Plot title(String text) {
    figure.text(left + width / 2, top - 10, "middle", text);
    return this;
  }

  /** A line through points. */
  Plot line(double[] xs, double[] ys, String colour, boolean dashed) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < xs.length; i++) {
      path.append(i == 0 ? "M" : "L").append(at(xs[i], ys[i]));
    }
    figure.add(
        "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>",
        path, colour, dashed ? " stroke-dasharray=\"6 4\"" : "");
    return this;
  }

  /** The area between a line and the axis below. */
  Plot area(double[] xs, double[] ys, String colour) {
    StringBuilder path = new StringBuilder("M" + at(xs[0], 0));
    for (int i = 0; i < xs.length; i++) {
      path.append("L").append(at(xs[i], ys[i]));
    }
    path.append("L").append(at(xs[xs.length - 1], 0)).append("Z");
    figure.add("<path d=\"%s\" fill=\"%s\" fill-opacity=\"0.12\"/>", path, colour);
    return this;
  }

  /** Filled circles. */
  Plot dots(double[] xs, double[] ys, double radius, String colour) {
    for (int i = 0; i < xs.length; i++) {
      figure.add(
          "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" fill=\"%s\" fill-opacity=\"0.7\"/>",
          number(x.applyAsDouble(xs[i])), number(y.applyAsDouble(ys[i])), number(radius), colour);
    }
    return this;
  }

  /** Small points, all in one path. */
  Plot points(double[] xs, double[] ys, String colour) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < xs.length; i++) {
      path.append("M").append(at(xs[i], ys[i])).append("h0");
    }
    figure.add(
        "<path d=\"%s\" stroke=\"%s\" stroke-width=\"3\" stroke-linecap=\"round\""
            + " stroke-opacity=\"0.5\"/>",
        path, colour);
    return this;
  }

  /** Crosses, which differ from circles without colour, too. */
  Plot crosses(double[] xs, double[] ys, double reach, String colour) {
    for (int i = 0; i < xs.length; i++) {
      double cx = x.applyAsDouble(xs[i]);
      double cy = y.applyAsDouble(ys[i]);
      figure.add(
          "<path d=\"M%s %sL%s %sM%s %sL%s %s\" stroke=\"%s\" stroke-width=\"2\"/>",
          number(cx - reach),
          number(cy - reach),
          number(cx + reach),
          number(cy + reach),
          number(cx - reach),
          number(cy + reach),
          number(cx + reach),
          number(cy - reach),
          colour);
    }
    return this;
  }

  /** An upright dashed line over the whole height, with a word at its upper end. */
  Plot mark(double at, String colour, String text) {
    double px = x.applyAsDouble(at);
    rule(px, top, px, top + height, colour, " stroke-dasharray=\"5 4\"");
    figure.text(px + 5, top + 12, "start", colour, text);
    return this;
  }

  /** A word at a place in the axes' units. */
  Plot note(double atX, double atY, String colour, String text) {
    figure.text(x.applyAsDouble(atX), y.applyAsDouble(atY), "start", colour, text);
    return this;
  }

  /** An upright bar around a place of the axis below, from one value to another. */
  Plot bar(double middle, double across, double from, double to, String colour) {
    double px = x.applyAsDouble(middle - across / 2);
    double py = y.applyAsDouble(to);
    figure.add(
        "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"%s\"/>",
        number(px),
        number(py),
        number(x.applyAsDouble(middle + across / 2) - px),
        number(y.applyAsDouble(from) - py),
        colour);
    return this;
  }

  /** A word whose middle is at a place in the axes' units. */
  Plot middleNote(double atX, double atY, String colour, String text) {
    figure.text(x.applyAsDouble(atX), y.applyAsDouble(atY), "middle", colour, text);
    return this;
  }

  /** A rectangle's outline in the axes' units. */
  Plot box(double x0, double y0, double x1, double y1, String colour, String text) {
    double px = x.applyAsDouble(x0);
    double py = y.applyAsDouble(y0);
    figure.add(
        "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"none\" stroke=\"%s\""
            + " stroke-width=\"2\"/>",
        number(px),
        number(py),
        number(x.applyAsDouble(x1) - px),
        number(y.applyAsDouble(y1) - py),
        colour);
    figure.add(
        "<text x=\"%s\" y=\"%s\" stroke=\"#fff\" stroke-width=\"3\""
            + " paint-order=\"stroke\">%s</text>",
        number(px + 4), number(py + 15), text);
    return this;
  }

  /** Elements row by row, each a square in one of 24 shades from low to high. */
  Plot raster(float[] values, int columns, double low, double high, IntFunction<String> colours) {
    Map<Integer, StringBuilder> runs = new TreeMap<>();
    int rows = values.length / columns;
    for (int row = 0; row < rows; row++) {
      for (int from = 0; from < columns; ) {
        int shade = shade(values[row * columns + from], low, high);
        int to = from + 1;
        while (to < columns && shade(values[row * columns + to], low, high) == shade) {
          to++;
        }
        runs.computeIfAbsent(shade, s -> new StringBuilder())
            .append("M" + from + " " + row + ".5h" + (to - from));
        from = to;
      }
    }
    figure.add(
        "<g transform=\"translate(%s %s) scale(%s %s)\" shape-rendering=\"crispEdges\">",
        number(left), number(top), width / columns, height / rows);
    runs.forEach(
        (shade, path) -> figure.add("<path d=\"%s\" stroke=\"%s\"/>", path, colours.apply(shade)));
    figure.add("</g>");
    return this;
  }

  /** The scale of a raster at its right. */
  Plot scale(String label, double low, double high, IntFunction<String> colours) {
    double at = left + width + 14;
    double step = height / SHADES;
    for (int shade = 0; shade < SHADES; shade++) {
      figure.add(
          "<rect x=\"%s\" y=\"%s\" width=\"14\" height=\"%s\" fill=\"%s\"/>",
          number(at),
          number(top + height - (shade + 1) * step),
          number(step + 0.5),
          colours.apply(shade));
    }
    figure.text(at + 20, top + height, "start", label(low));
    figure.text(at + 20, top + 11, "start", label(high));
    figure.add(
        "<text transform=\"translate(%s %s) rotate(-90)\" text-anchor=\"middle\">%s</text>",
        number(at + 34), number(top + height / 2), label);
    return this;
  }

  static int shade(double value, double low, double high) {
    return Math.clamp((int) Math.floor((value - low) / (high - low) * SHADES), 0, SHADES - 1);
  }

  static double fraction(int shade) {
    return (shade + 0.5) / SHADES;
  }

  private void rule(double x0, double y0, double x1, double y1, String colour, String style) {
    figure.add(
        "<path d=\"M%s %sL%s %s\" stroke=\"%s\"%s/>",
        number(x0), number(y0), number(x1), number(y1), colour, style);
  }

  private String at(double atX, double atY) {
    return number(x.applyAsDouble(atX)) + " " + number(y.applyAsDouble(atY));
  }

  private static String label(double tick) {
    double size = Math.abs(tick);
    if (size != 0 && (size < 0.001 || size >= 1e5)) {
      int power = (int) Math.round(StrictMath.log10(size));
      double digits = tick / StrictMath.pow(10, power);
      return (Math.abs(digits - 1) < 1e-9 ? "" : number(digits) + "·") + "10" + raised(power);
    }
    String text = String.format(java.util.Locale.ROOT, "%.3f", tick);
    return text.replaceAll("\\.?0+$", "");
  }

  private static String raised(int power) {
    StringBuilder text = new StringBuilder(power < 0 ? "⁻" : "");
    for (char digit : Integer.toString(Math.abs(power)).toCharArray()) {
      text.append("⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(digit - '0'));
    }
    return text.toString();
  }
}
