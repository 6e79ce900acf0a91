package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForegroundTest {
  private static final int SIDE = 200;
  private static final Shape PART = new Ellipse2D.Double(50, 60, 100, 90);

  private static Pixels drawn(int noise, Consumer<Graphics2D> drawing) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    drawing.accept(pen);
    pen.dispose();
    Pixels pixels = Pixels.of(image);
    Random random = new Random(7);
    for (int i = 0; i < pixels.rgb().length; i++) {
      int value = (pixels.rgb()[i] & 0xff) + (int) (noise * random.nextGaussian());
      pixels.rgb()[i] = (byte) Math.clamp(value, 0, 255);
    }
    return pixels;
  }

  private static void fill(Graphics2D pen, Color colour, Shape shape) {
    pen.setColor(colour);
    pen.fill(shape);
  }

  private static final Shape ALL = new Rectangle2D.Double(0, 0, SIDE, SIDE);

  /** Pixels that are in one of the two and not in the other, as a part of the shape's. */
  private static double error(Region region, Shape shape) {
    int wrong = 0;
    int all = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
      boolean inside = shape.contains(i % SIDE + 0.5, i / SIDE + 0.5);
      wrong += inside != region.at(i % SIDE, i / SIDE) ? 1 : 0;
      all += inside ? 1 : 0;
    }
    return (double) wrong / all;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 6})
  void aPartIsFoundWithItsHolesAndWithoutSpecks(int noise) {
    Pixels image =
        drawn(
            noise,
            pen -> {
              fill(pen, new Color(30, 32, 35), ALL);
              fill(pen, new Color(160, 150, 140), PART);
              // A hole that looks as the background does, and a bright edge.
              fill(pen, new Color(30, 32, 35), new Ellipse2D.Double(85, 90, 25, 25));
              pen.setColor(Color.WHITE);
              pen.setStroke(new BasicStroke(3));
              pen.drawLine(80, 130, 120, 130);
              fill(pen, Color.WHITE, new Rectangle2D.Double(20, 20, 3, 3));
            });
    assertThat(error(Foreground.of(image), PART)).isLessThan(0.03);
  }

  @Test
  void theBackgroundMayGetDarkerToOneSide() {
    Pixels image =
        drawn(
            2,
            pen -> {
              pen.setPaint(
                  new GradientPaint(
                      0, 0, new Color(235, 235, 235), SIDE, 0, new Color(150, 150, 150)));
              pen.fill(ALL);
              fill(pen, new Color(95, 100, 140), PART);
            });
    assertThat(error(Foreground.of(image), PART)).isLessThan(0.03);
  }

  @Test
  void aPartMayReachOneEdgeAndThereMayBeTwo() {
    Shape left = new Rectangle2D.Double(0, 60, 70, 60);
    Shape right = new Rectangle2D.Double(120, 60, 40, 60);
    Pixels image =
        drawn(
            3,
            pen -> {
              fill(pen, Color.DARK_GRAY, ALL);
              fill(pen, Color.ORANGE, left);
              fill(pen, Color.ORANGE, right);
            });
    Region found = Foreground.of(image);
    assertThat(found.at(2, 90)).isTrue();
    assertThat(found.at(140, 90)).isTrue();
    assertThat(found.at(95, 90)).isFalse();
    assertThat(found.count()).isBetween(6400, 6800);
  }

  @Test
  void withoutAPlainBorderItSaysSo() {
    Pixels texture =
        drawn(
            0,
            pen -> {
              Random random = new Random(3);
              for (int i = 0; i < SIDE * SIDE / 16; i++) {
                int level = random.nextInt(256);
                Color colour = new Color(level, level, level);
                fill(pen, colour, new Rectangle2D.Double(i % 50 * 4, i / 50 * 4, 4, 4));
              }
            });
    assertThatThrownBy(() -> Foreground.of(texture))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not have a plain background all along its border");
    // Half of the border is one colour, half another.
    Pixels halves =
        drawn(
            2,
            pen -> {
              fill(pen, Color.BLACK, ALL);
              fill(pen, Color.WHITE, new Rectangle2D.Double(0, 0, SIDE, SIDE / 2.0));
            });
    assertThatThrownBy(() -> Foreground.of(halves)).hasMessageContaining("plain background");
  }

  @Test
  void anEmptyTableSaysSo() {
    Pixels empty = drawn(4, pen -> fill(pen, Color.GRAY, ALL));
    assertThatThrownBy(() -> Foreground.of(empty))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("shows nothing before its background");
  }
}
