package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskTest {
  private static final Path CASE = Path.of("src/test/resources/cases/07-mask-read-as-empty");
  private static final int WIDTH = 40;
  private static final int HEIGHT = 30;
  private static final int WRONG = 10 * 12;

  /** 1 in a rectangle that lies off the centre, 0 elsewhere. */
  private static int inside(int x, int y) {
    return x >= 5 && x < 15 && y >= 3 && y < 15 ? 1 : 0;
  }

  /** An image of one sample type whose bands are the values of the rectangle. */
  private static BufferedImage image(int type, int colours, boolean alpha, double... wrong) {
    int bands = colours + (alpha ? 1 : 0);
    int[] offsets = IntStream.range(0, bands).toArray();
    WritableRaster raster =
        Raster.createWritableRaster(
            new PixelInterleavedSampleModel(type, WIDTH, HEIGHT, bands, bands * WIDTH, offsets),
            null);
    for (int i = 0; i < WIDTH * HEIGHT * bands; i++) {
      int x = i / bands % WIDTH;
      int y = i / bands / WIDTH;
      raster.setSample(x, y, i % bands, inside(x, y) * wrong[i % bands]);
    }
    int space = colours == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB;
    var model =
        new ComponentColorModel(ColorSpace.getInstance(space), alpha, false, alpha ? 3 : 1, type);
    return new BufferedImage(model, raster, false, null);
  }

  private static BufferedImage grey(IntBinaryOperator value) {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      int x = i % WIDTH;
      int y = i / WIDTH;
      image.getRaster().setSample(x, y, 0, value.applyAsInt(x, y));
    }
    return image;
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    ImageWriter writer =
        ImageIO.getImageWriters(ImageTypeSpecifier.createFromRenderedImage(image), format).next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var stream = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(stream);
      writer.write(image);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static void assertRectangle(Mask mask) {
    assertThat(mask.width()).isEqualTo(WIDTH);
    assertThat(mask.height()).isEqualTo(HEIGHT);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      int x = i % WIDTH;
      int y = i / WIDTH;
      assertThat(mask.at(x, y)).as("%d, %d", x, y).isEqualTo(inside(x, y) == 1);
    }
    assertThat(mask.count()).isEqualTo(WRONG);
    assertThat(mask.isEmpty()).isFalse();
    assertThat(mask.isFull()).isFalse();
  }

  private static void assertHard(BufferedImage image, String format) throws IOException {
    Mask mask = Mask.read("mask", encoded(image, format));
    assertRectangle(mask);
    assertThat(mask.isSoft()).isFalse();
    assertRectangle(Mask.of(image));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "base255.png",
        "u16_01.png",
        "u16_255.png",
        "rgb_green.png",
        "rgb_blue.png",
        "rgba_alphaonly.png",
        "voc_class2.png",
        "voc_class4.png",
        "pal_grey_bg.png"
      })
  void everyFileOfTheCaseHasTheSameWrongPixels(String file) {
    Mask mask = Mask.read(CASE.resolve(file));
    Mask plain = Mask.read(CASE.resolve("base255.png"));
    assertThat(mask.count()).isEqualTo(5400);
    assertThat(mask.isSoft()).isFalse();
    for (int i = 0; i < mask.width() * mask.height(); i++) {
      assertThat(mask.at(i % 227, i / 227)).isEqualTo(plain.at(i % 227, i / 227));
    }
  }

  @ParameterizedTest
  @CsvSource({"png, 1", "png, 2", "png, 128", "png, 255", "bmp, 1", "bmp, 255", "tiff, 1"})
  void anyGreyValueAboveZeroIsWrong(String format, int value) throws IOException {
    assertHard(image(DataBuffer.TYPE_BYTE, 1, false, value), format);
  }

  @ParameterizedTest
  @CsvSource({"png, 1", "png, 255", "png, 256", "png, 65535", "tiff, 1", "tiff, 65535"})
  void sixteenBitsAreReadInFull(String format, int value) throws IOException {
    assertHard(image(DataBuffer.TYPE_USHORT, 1, false, value), format);
    assertHard(image(DataBuffer.TYPE_USHORT, 3, false, 0, value, 0), format);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 70000, Integer.MAX_VALUE})
  void thirtyTwoBitsAreReadInFull(long value) throws IOException {
    assertHard(image(DataBuffer.TYPE_INT, 1, false, (int) value), "tiff");
  }

  @Test
  void thirtyTwoBitsWithoutASignAreReadInFull() {
    TiffWriter writer = new TiffWriter(2, 1, 1, new long[] {0, 0xffffffffL});
    writer.bits = 32;
    Mask mask = Mask.read("mask.tif", writer.write());
    assertThat(mask.at(0, 0)).isFalse();
    assertThat(mask.at(1, 0)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-6, 1 / 255.0, 1, 255, 65535})
  void anyNumberAboveZeroIsWrong(double value) throws IOException {
    assertHard(image(DataBuffer.TYPE_FLOAT, 1, false, value), "tiff");
  }

  @Test
  void numbersBelowZeroAndNoNumbersAreNotWrong() {
    BufferedImage image = image(DataBuffer.TYPE_FLOAT, 1, false, 1);
    image.getRaster().setSample(30, 20, 0, -1.0);
    image.getRaster().setSample(31, 20, 0, Double.NaN);
    assertRectangle(Mask.of(image));
  }

  @Test
  void anyBandCounts() throws IOException {
    for (int band = 0; band < 3; band++) {
      double[] values = new double[3];
      values[band] = 1;
      assertHard(image(DataBuffer.TYPE_BYTE, 3, false, values), "png");
      assertHard(image(DataBuffer.TYPE_BYTE, 3, false, values), "tiff");
    }
  }

  @Test
  void alphaCountsWhereItIsAllThereIs() throws IOException {
    BufferedImage alone = image(DataBuffer.TYPE_BYTE, 3, true, 0, 0, 0, 255);
    assertHard(alone, "png");
    BufferedImage white = image(DataBuffer.TYPE_BYTE, 3, true, 0, 0, 0, 255);
    BufferedImage opaque = image(DataBuffer.TYPE_BYTE, 3, true, 0, 200, 0, 0);
    BufferedImage inverse = image(DataBuffer.TYPE_BYTE, 1, true, 7, 0);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      int x = i % WIDTH;
      int y = i / WIDTH;
      for (int band = 0; band < 3; band++) {
        white.getRaster().setSample(x, y, band, 255);
      }
      opaque.getRaster().setSample(x, y, 3, 255);
      inverse.getRaster().setSample(x, y, 1, 255 - 255 * inside(x, y));
    }
    assertHard(white, "png");
    assertHard(opaque, "png");
    assertHard(inverse, "png");
  }

  /** Index 0 is grey, and the wrong index black: neither colour says which pixels are wrong. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, png",
    "2, 3, png",
    "4, 14, png",
    "8, 1, png",
    "8, 200, png",
    "8, 2, gif",
    "8, 2, bmp",
    "1, 1, bmp"
  })
  void theIndexOfAPaletteCounts(int bits, int index, String format) throws IOException {
    int size = 1 << bits;
    byte[] red = new byte[size];
    byte[] other = new byte[size];
    new Random(1).nextBytes(red);
    red[0] = (byte) 200;
    other[0] = (byte) 180;
    red[index] = 0;
    IndexColorModel palette = new IndexColorModel(bits, size, red, other, other);
    int type = bits < 8 ? BufferedImage.TYPE_BYTE_BINARY : BufferedImage.TYPE_BYTE_INDEXED;
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, type, palette);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      image.getRaster().setSample(i % WIDTH, i / WIDTH, 0, index * inside(i % WIDTH, i / WIDTH));
    }
    assertHard(image, format);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "tiff", "gif"})
  void whiteIsWrongInOneBit(String format) throws IOException {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      image.getRaster().setSample(i % WIDTH, i / WIDTH, 0, inside(i % WIDTH, i / WIDTH));
    }
    assertHard(image, format);
  }

  @Test
  void labelsAreNotSoft() throws IOException {
    // A class per row of cells, in small and in large numbers.
    for (int step : new int[] {1, 17, 63}) {
      assertHard(grey((x, y) -> inside(x, y) * Math.min(255, step * (1 + (y - 3) / 3))), "png");
    }
    assertHard(grey((x, y) -> inside(x, y) * ((x - 5) / 2 * 40 + (y - 3) / 2 + 10)), "png");
    // Classes that are lines, but few.
    assertHard(grey((x, y) -> inside(x, y) * (x % 3 == 0 ? 255 : 60 * (x % 3))), "png");
  }

  /** The rectangle, smoothed by a mean over neighbours. */
  private static int blurred(int x, int y) {
    int sum = 0;
    for (int i = 0; i < 25; i++) {
      sum += inside(x + i % 5 - 2, y + i / 5 - 2);
    }
    return sum * 255 / 25;
  }

  @Test
  void softEdgesAreCutAtHalfOfTheRange() throws IOException {
    Mask mask = Mask.read("mask", encoded(grey(MaskTest::blurred), "png"));
    assertThat(mask.isSoft()).isTrue();
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      int x = i % WIDTH;
      int y = i / WIDTH;
      assertThat(mask.at(x, y)).isEqualTo(blurred(x, y) > 127.5);
    }
    assertThat(mask.count()).isEqualTo(WRONG - 12);
    BufferedImage deep = image(DataBuffer.TYPE_USHORT, 1, false, 1);
    BufferedImage fraction = image(DataBuffer.TYPE_FLOAT, 1, false, 1);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      int value = blurred(i % WIDTH, i / WIDTH);
      deep.getRaster().setSample(i % WIDTH, i / WIDTH, 0, 257 * value);
      fraction.getRaster().setSample(i % WIDTH, i / WIDTH, 0, value / 255f);
    }
    for (BufferedImage other : new BufferedImage[] {deep, fraction}) {
      assertThat(Mask.of(other).isSoft()).isTrue();
      assertThat(Mask.of(other).count()).isEqualTo(mask.count());
    }
    // Half of the range is never reached: the values are numbers of classes, or faint.
    Mask faint = Mask.of(grey((x, y) -> blurred(x, y) / 3));
    assertThat(faint.isSoft()).isFalse();
    assertThat(faint.count()).isEqualTo(14 * 16);
  }

  @Test
  void aJpegIsSoft() throws IOException {
    BufferedImage hard = grey((x, y) -> 255 * inside(x, y));
    byte[] jpeg = encoded(hard, "jpeg");
    Pixels pixels = ImageDecoder.read("mask", jpeg);
    long aboveZero =
        IntStream.range(0, WIDTH * HEIGHT)
            .filter(i -> pixels.at(i % WIDTH, i / WIDTH, 0) > 0)
            .count();
    assertThat(aboveZero).isGreaterThan(WRONG);
    Mask mask = Mask.read("mask", jpeg);
    assertRectangle(mask);
    assertThat(mask.isSoft()).isTrue();
    // Half of the range is not reached, so that all of it may be loss.
    assertThat(Mask.read("faint", encoded(grey((x, y) -> 100 * inside(x, y)), "jpeg")).isEmpty())
        .isTrue();
    // The same values in a file without loss.
    Mask copied = Mask.read("mask", encoded(pixels.toImage(), "png"));
    assertRectangle(copied);
    assertThat(copied.isSoft()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"lossy.webp, true", "alpha.webp, true", "lossless.webp, false"})
  void aWebPIsSoftIfItIsLossy(String file, boolean soft) {
    Mask mask = Mask.read(Path.of("src/test/resources/masks").resolve(file));
    assertRectangle(mask);
    assertThat(mask.isSoft()).isEqualTo(soft);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 65535})
  void aPortableMapIsReadInFull(int maximum) {
    StringBuilder text = new StringBuilder("P2 " + WIDTH + " " + HEIGHT + " " + maximum + "\n");
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      text.append(inside(i % WIDTH, i / WIDTH)).append('\n');
    }
    assertRectangle(Mask.read("mask.pgm", text.toString().getBytes(StandardCharsets.US_ASCII)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void aMaskIsTurnedAsItsImageIs(int orientation) {
    BufferedImage image = grey((x, y) -> 255 * inside(x, y));
    DecodedImage turned = DecodedImage.of(image).withOrientation(orientation);
    Mask mask = new MaskSamples(turned, false).mask();
    Pixels pixels = Rgb.of(turned, Decoding.DEFAULT).pixels();
    assertThat(mask.width()).isEqualTo(pixels.width());
    assertThat(mask.height()).isEqualTo(pixels.height());
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        assertThat(mask.at(x, y)).isEqualTo(pixels.at(x, y, 0) > 0);
      }
    }
  }

  @Test
  void theMasksOfAFolderAreOne(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> Mask.read(folder))
        .hasMessage(folder + ": holds no masks; put those of one image into it");
    Files.write(
        folder.resolve("000.png"), encoded(grey((x, y) -> x < 8 ? inside(x, y) : 0), "png"));
    Files.write(
        folder.resolve("001.png"), encoded(grey((x, y) -> x > 6 ? inside(x, y) : 0), "png"));
    Files.createFile(folder.resolve(".hidden"));
    assertRectangle(Mask.read(folder));
    Files.write(
        folder.resolve("002.png"),
        encoded(image(DataBuffer.TYPE_BYTE, 1, false, 1).getSubimage(0, 0, 9, 9), "png"));
    assertThatThrownBy(() -> Mask.read(folder)).hasMessageContaining("masks of several sizes");
  }

  @Test
  void emptyAndFullMasksAreKnown() {
    assertThat(Mask.of(grey((x, y) -> 0)).isEmpty()).isTrue();
    assertThat(Mask.of(grey((x, y) -> 0)).isFull()).isFalse();
    assertThat(Mask.of(grey((x, y) -> 3)).isFull()).isTrue();
    assertThat(Mask.of(grey((x, y) -> 3)).isEmpty()).isFalse();
  }

  @Test
  void aFileThatIsNoMaskIsNamed() {
    assertThatThrownBy(() -> Mask.read("m.png", new byte[] {1, 2, 3}))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("m.png: ");
    assertThatThrownBy(() -> Mask.read(Path.of("nowhere.png")))
        .hasMessageContaining("nowhere.png: there is no such file");
  }

  @Test
  void coloursOnABackground(@TempDir Path folder) throws IOException {
    IndexColorModel palette =
        new IndexColorModel(
            8, 3, new byte[] {44, -1, 31}, new byte[] {-96, -1, 119}, new byte[] {44, -1, -76});
    BufferedImage indices =
        new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_INDEXED, palette);
    BufferedImage rgb = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        // Index 0 is a defect here, and 1, white, the background.
        int index = inside(x, y) == 0 ? 1 : x % 2 * 2;
        indices.getRaster().setSample(x, y, 0, index);
        rgb.setRGB(x, y, palette.getRGB(index));
      }
    }
    for (String name : new String[] {"palette.png", "rgb.png", "rgb.jpg"}) {
      Path file = folder.resolve(name);
      ImageIO.write(
          name.startsWith("p") ? indices : rgb, name.substring(name.length() - 3), file.toFile());
      Mask mask = Mask.readColours(file, 0xffffff, 1 << 20);
      assertThat(mask.isSoft()).as(name).isEqualTo(name.endsWith("jpg"));
      if (name.endsWith("png")) {
        assertThat(mask.count()).as(name).isEqualTo(WRONG);
      }
      assertThat(mask.at(8, 8)).as(name).isTrue();
      assertThat(mask.at(9, 8)).as(name).isTrue();
      assertThat(mask.at(30, 20)).as(name).isFalse();
      assertThatThrownBy(() -> Mask.readColours(file, 0xffffff, WIDTH * HEIGHT - 1))
          .isInstanceOf(InputException.class);
    }
  }
}
