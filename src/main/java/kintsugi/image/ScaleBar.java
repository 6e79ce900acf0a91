package kintsugi.image;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The strip below a heat map that shows its scale: a bar of the colours with the lowest, the middle
 * and the highest value below it, and the threshold, where there is one, above it at a mark. The
 * part of the bar below the threshold, which an overlay does not colour, is grey.
 *
 * <p>The characters are drawn pixel by pixel: the same on every machine, with no font installed.
 */
public final class ScaleBar {
  private static final int BACKGROUND = 0xffffff;
  private static final int INK = 0x202020;
  private static final int UNCOLOURED = 0xb0b0b0;

  /** Rows and columns of a character, and columns to the next. */
  private static final int ROWS = 7;

  private static final int COLUMNS = 5;
  private static final int ADVANCE = 6;

  /** Columns of the image by which the characters become a pixel larger. */
  private static final int WIDTH_PER_PIXEL = 500;

  /** Rows of five bits each, from top to bottom, the leftmost the highest. */
  private static final Map<Character, int[]> GLYPHS =
      Map.ofEntries(
          Map.entry('0', new int[] {14, 17, 19, 21, 25, 17, 14}),
          Map.entry('1', new int[] {4, 12, 4, 4, 4, 4, 14}),
          Map.entry('2', new int[] {14, 17, 1, 2, 4, 8, 31}),
          Map.entry('3', new int[] {31, 2, 4, 2, 1, 17, 14}),
          Map.entry('4', new int[] {2, 6, 10, 18, 31, 2, 2}),
          Map.entry('5', new int[] {31, 16, 30, 1, 1, 17, 14}),
          Map.entry('6', new int[] {6, 8, 16, 30, 17, 17, 14}),
          Map.entry('7', new int[] {31, 1, 2, 4, 8, 8, 8}),
          Map.entry('8', new int[] {14, 17, 17, 14, 17, 17, 14}),
          Map.entry('9', new int[] {14, 17, 17, 15, 1, 2, 12}),
          Map.entry('.', new int[] {0, 0, 0, 0, 0, 12, 12}),
          Map.entry('-', new int[] {0, 0, 0, 31, 0, 0, 0}),
          Map.entry('+', new int[] {0, 4, 4, 31, 4, 4, 0}),
          Map.entry('e', new int[] {0, 0, 14, 17, 31, 16, 14}),
          // A triangle that points down.
          Map.entry('v', new int[] {0, 0, 31, 31, 14, 14, 4}));

  private final ColourScale scale;
  private final BufferedImage image;
  private final BufferedImage above;
  private final Graphics2D graphics;
  private final int size;
  private final int left;
  private final int width;

  private ScaleBar(ColourScale scale, BufferedImage image, BufferedImage above, int size) {
    this.scale = scale;
    this.image = image;
    this.above = above;
    this.graphics = image.createGraphics();
    this.size = size;
    this.left = 2 * size;
    this.width = image.getWidth() - 4 * size;
  }

  /**
   * {@return the strip below an image that is yet to be drawn. The strip of a very narrow image is
   * wider than the image, which then has a white margin on its right}
   *
   * @param width columns of the image
   * @param height rows of the image
   * @param scale the scale, in the unit of the labels
   */
  public static ScaleBar below(int width, int height, ColourScale scale) {
    int size = Math.max(1, width / WIDTH_PER_PIXEL);
    int minimum =
        4 * size + size * ADVANCE * (scale.label(scale.low()) + scale.label(scale.high())).length();
    BufferedImage image =
        new BufferedImage(
            Math.max(width, minimum), height + size * (4 * ROWS), BufferedImage.TYPE_INT_RGB);
    ScaleBar bar = new ScaleBar(scale, image, image.getSubimage(0, 0, width, height), size);
    bar.fill(BACKGROUND, 0, 0, image.getWidth(), image.getHeight());
    bar.draw(height);
    bar.graphics.dispose();
    return bar;
  }

  /** {@return the part above the strip, to be drawn on: it shares the pixels of {@link #image}} */
  public BufferedImage above() {
    return above;
  }

  /** {@return the whole: the part above the strip, and the strip} */
  public BufferedImage image() {
    return image;
  }

  private void draw(int top) {
    int bar = top + size * (ROWS + 4);
    int labels = bar + size * (ROWS + 2);
    OptionalDouble threshold = scale.threshold();
    for (int x = 0; x < width; x++) {
      double fraction = (x + 0.5) / width;
      double value = scale.low() + fraction * (scale.high() - scale.low());
      boolean coloured = threshold.isEmpty() || value >= threshold.getAsDouble();
      fill(coloured ? ColourScale.colour(fraction) : UNCOLOURED, left + x, bar, 1, size * ROWS);
    }
    write(scale.label(scale.low()), left, labels);
    String high = scale.label(scale.high());
    write(high, left + width - width(high), labels);
    String middle = scale.label((scale.low() + scale.high()) / 2);
    if (width(scale.label(scale.low())) + width(middle) + width(high) + 8 * size < width) {
      write(middle, left + (width - width(middle)) / 2, labels);
    }
    threshold.ifPresent(value -> mark(value, top + 2 * size));
  }

  /** The mark is above the threshold's place on the bar, its value next to it. */
  private void mark(double value, int top) {
    int place = left + (int) Math.round(scale.fraction(value) * width);
    int mark = Math.clamp(place - size * COLUMNS / 2, 0, image.getWidth() - size * COLUMNS);
    write("v", mark, top);
    String label = scale.label(value);
    boolean fits = mark + size * (ADVANCE + 2) + width(label) <= image.getWidth();
    int beside = fits ? mark + size * (ADVANCE + 2) : mark - size * 2 - width(label);
    write(label, Math.max(0, beside), top);
  }

  private int width(String text) {
    return size * (ADVANCE * text.length() - 1);
  }

  private void write(String text, int from, int top) {
    for (int i = 0; i < text.length(); i++) {
      int[] rows = GLYPHS.get(text.charAt(i));
      for (int y = 0; y < ROWS; y++) {
        for (int x = 0; x < COLUMNS; x++) {
          if ((rows[y] >> COLUMNS - 1 - x & 1) == 1) {
            fill(INK, from + size * (i * ADVANCE + x), top + size * y, size, size);
          }
        }
      }
    }
  }

  private void fill(int rgb, int x, int y, int columns, int rows) {
    graphics.setColor(new Color(rgb));
    graphics.fillRect(x, y, columns, rows);
  }
}
