package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlignmentTest {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 400;

  /** A board with parts on it, moved and turned about its centre. */
  private static Pixels board(int layout, double dx, double dy, double degrees, int noise) {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = image.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    pen.setColor(new Color(40, 90, 60));
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.translate(dx, dy);
    pen.rotate(Math.toRadians(degrees), WIDTH / 2.0, HEIGHT / 2.0);
    Random random = new Random(layout);
    for (int i = 0; i < 60; i++) {
      pen.setColor(new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256)));
      pen.fillRect(
          random.nextInt(-40, WIDTH),
          random.nextInt(-40, HEIGHT),
          random.nextInt(10, 70),
          random.nextInt(10, 50));
    }
    pen.dispose();
    Pixels pixels = Pixels.of(image);
    Random grain = new Random(layout + noise);
    for (int i = 0; i < pixels.rgb().length; i++) {
      int value = (pixels.rgb()[i] & 0xff) + (int) (noise * grain.nextGaussian());
      pixels.rgb()[i] = (byte) Math.clamp(value, 0, 255);
    }
    return pixels;
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "12, -7, 0",
    "-40, 25, 0",
    "9, 4, 1.5",
    "-11, 6, -3.25",
    "0, 0, 4.5",
    "20, 20, -5"
  })
  void shiftAndRotationAreFound(double dx, double dy, double degrees) {
    Alignment alignment = Alignment.with(new Alignment.Limit(60, 6), board(1, 0, 0, 0, 8));
    Placement found = alignment.of(board(1, dx, dy, degrees, 9));
    assertThat(found.degrees()).isCloseTo(degrees, within(0.2));
    assertThat(found.dx()).isCloseTo(dx, within(2.0));
    assertThat(found.dy()).isCloseTo(dy, within(2.0));
    assertThat(found.quality()).isGreaterThan(0.2);
  }

  @Test
  void theAlignedImageLiesOnTheReference() {
    Pixels reference = board(2, 0, 0, 0, 0);
    Alignment alignment = Alignment.with(new Alignment.Limit(60, 6), reference);
    Pixels moved = board(2, 17, -9, 2.5, 0);
    Pixels aligned = alignment.of(moved).undo(moved);
    assertThat(difference(reference, aligned)).isLessThan(difference(reference, moved) / 4);
  }

  /** The mean difference in the middle, which no shift of the test leaves. */
  private static double difference(Pixels a, Pixels b) {
    double sum = 0;
    for (int y = 60; y < HEIGHT - 60; y++) {
      for (int x = 60; x < WIDTH - 60; x++) {
        sum += Math.abs(a.at(x, y, 1) - b.at(x, y, 1));
      }
    }
    return sum;
  }

  @Test
  void aShiftWithoutRotationMovesWholePixelsAndBlursNothing() {
    Pixels moved = board(3, 10, 6, 0, 0);
    Alignment alignment = Alignment.with(new Alignment.Limit(30, 0), board(3, 0, 0, 0, 0));
    Placement placement = alignment.of(moved);
    assertThat(placement.dx()).isEqualTo(Math.rint(placement.dx()));
    Pixels aligned = placement.undo(moved);
    int dx = (int) placement.dx();
    int dy = (int) placement.dy();
    assertThat(aligned.at(300, 200, 0)).isEqualTo(moved.at(300 + dx, 200 + dy, 0));
    assertThat(aligned.at(WIDTH - 1, 200, 0)).isEqualTo(moved.at(WIDTH - 1, 200 + dy, 0));
  }

  @Test
  void beyondTheLimitAnImageIsMisplaced() {
    Alignment alignment = Alignment.with(new Alignment.Limit(15, 2), board(4, 0, 0, 0, 0));
    Pixels shifted = board(4, 30, 0, 0, 0);
    assertThatThrownBy(() -> alignment.of(shifted))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            "is misplaced by (29|30|31)\\.\\d pixels, 0\\.\\d degrees \\(limit 15\\.0.*");
    Pixels turned = board(4, 0, 0, 3.5, 0);
    assertThatThrownBy(() -> alignment.of(turned)).hasMessageContaining("is misplaced by");
  }

  @Test
  void anImageOfSomethingElseIsNotAligned() {
    Alignment alignment = Alignment.with(new Alignment.Limit(600, 3), board(5, 0, 0, 0, 8));
    for (int other = 100; other < 110; other++) {
      Pixels image = board(other, 0, 0, 0, 8);
      assertThatThrownBy(() -> alignment.of(image)).hasMessageContaining("too little in common");
    }
    Pixels plain = new Pixels(WIDTH, HEIGHT, new byte[WIDTH * HEIGHT * 3]);
    assertThatThrownBy(() -> alignment.of(plain)).hasMessageContaining("too little in common");
    Pixels square = new Pixels(300, 300, new byte[300 * 300 * 3]);
    assertThatThrownBy(() -> alignment.of(square)).hasMessageContaining("aspect");
  }

  @Test
  void anAlignmentThatWasKeptFindsTheSame() {
    Alignment alignment = Alignment.with(new Alignment.Limit(60, 6), board(6, 0, 0, 0, 4));
    Alignment kept =
        new Alignment(alignment.limit(), alignment.width(), alignment.height(), alignment.grey());
    Pixels moved = board(6, -14, 8, 1, 5);
    assertThat(kept.of(moved)).isEqualTo(alignment.of(moved));
  }

  @Test
  void limitsAreReadAndChecked() {
    assertThat(Alignment.Limit.parse("20")).isEqualTo(new Alignment.Limit(20, 0));
    assertThat(Alignment.Limit.parse("20,3.5")).isEqualTo(new Alignment.Limit(20, 3.5));
    for (String wrong : new String[] {"", "x", "20,3,4", "0", "-1", "NaN", "5,-1", "5,90", "5,"}) {
      assertThatThrownBy(() -> Alignment.Limit.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("align: ");
    }
  }
}
