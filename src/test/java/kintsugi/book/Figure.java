package kintsugi.book;

import java.util.Locale;

/** A figure of the book as SVG: plots with axes, on a light ground so that it reads in the dark. */
final class Figure {
  static final String BLUE = "#0072b2";
  static final String ORANGE = "#d55e00";
  static final String GREEN = "#007a5a";
  static final String GREY = "#555555";

  private final StringBuilder svg = new StringBuilder();

  /** An empty figure of a size in pixels; the title is what a screen reader says. */
  Figure(int width, int height, String title) {
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" \
        role="img" font-family="sans-serif" font-size="13" fill="#222">
        <title>%s</title>
        <rect width="%d" height="%d" rx="6" fill="#fff"/>
        """
            .formatted(width, height, width, height, title, width, height));
  }

  /** An area of the figure, without its axes' labels. */
  Plot plot(double left, double top, double width, double height) {
    return new Plot(this, left, top, width, height);
  }

  /** Text; the anchor is start, middle or end. */
  Figure text(double x, double y, String anchor, String text) {
    return text(x, y, anchor, "#222", text);
  }

  Figure text(double x, double y, String anchor, String colour, String text) {
    return add(
        "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" fill=\"%s\">%s</text>",
        number(x), number(y), anchor, colour, text);
  }

  /** Adds a line of SVG. */
  Figure add(String form, Object... values) {
    svg.append(form.formatted(values)).append('\n');
    return this;
  }

  /** {@return the whole SVG} */
  String svg() {
    return svg + "</svg>\n";
  }

  /** A coordinate to a tenth of a pixel. */
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
