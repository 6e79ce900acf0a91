package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("image");
  }

  @Test
  void greyIsRepeatedWithoutGamma() throws IOException {
    BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSample(0, 0, 0, 77);
    grey.getRaster().setSample(1, 0, 0, 200);
    assertThat(written(grey, "png").rgb()).containsExactly(bytes(77, 77, 77, 200, 200, 200));
  }

  @Test
  void ofSixteenBitsTheUpperEightAreKept() throws IOException {
    var model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_USHORT);
    WritableRaster raster = model.createCompatibleWritableRaster(1, 1);
    raster.setPixel(0, 0, new int[] {0x12ff, 0x8001, 0xfe80});
    BufferedImage deep = new BufferedImage(model, raster, false, null);
    assertThat(written(deep, "png").rgb()).containsExactly(bytes(0x12, 0x80, 0xfe));
  }

  @Test
  void sixteenBitGreyToo() throws IOException {
    BufferedImage grey = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_GRAY);
    grey.getRaster().setSample(0, 0, 0, 0xabcd);
    assertThat(written(grey, "png").rgb()).containsExactly(bytes(0xab, 0xab, 0xab));
  }

  @Test
  void paletteIsLookedUp() throws IOException {
    byte[] red = bytes(10, 40);
    byte[] green = bytes(20, 50);
    byte[] blue = bytes(30, 60);
    var model = new IndexColorModel(1, 2, red, green, blue);
    var image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY, model);
    image.getRaster().setSample(1, 0, 0, 1);
    assertThat(written(image, "png").rgb()).containsExactly(bytes(10, 20, 30, 40, 50, 60));
  }

  @Test
  void alphaIsDroppedAndColourKept() throws IOException {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x40_0a_14_1e);
    assertThat(written(image, "png").rgb()).containsExactly(bytes(10, 20, 30));
  }

  @Test
  void cmykIsConverted() throws IOException {
    // As Adobe's programs store it, and every reader expects: 255 is no ink.
    int[] white = new int[16 * 16 * 4];
    Arrays.fill(white, 255);
    int[] cyan = white.clone();
    for (int i = 0; i < cyan.length; i += 4) {
      cyan[i] = 0;
    }
    Pixels paper = writtenCmyk(white);
    Pixels ink = writtenCmyk(cyan);
    assertThat(paper.at(8, 8, 0)).isGreaterThan(240);
    assertThat(paper.at(8, 8, 2)).isGreaterThan(240);
    assertThat(ink.at(8, 8, 0)).isLessThan(80);
    assertThat(ink.at(8, 8, 2)).isGreaterThan(180);
  }

  @ParameterizedTest
  @CsvSource({"1,RGBW", "2,GRWB", "3,WBGR", "4,BWRG", "5,RBGW", "6,BRWG", "7,WGBR", "8,GWRB"})
  void theStoredCornersRgbwAreTurnedByExif(int orientation, String shown) throws IOException {
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(corners(), "jpeg", jpeg);
    Files.write(file, withOrientation(jpeg.toByteArray(), orientation));
    assertThat(cornerNames(ImageDecoder.read(file))).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({"1,20,8", "3,20,8", "5,8,20", "6,8,20", "8,8,20"})
  void theSizeInAKeyIsThatOfTheUprightImage(int orientation, int width, int height)
      throws IOException {
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(20, 8, BufferedImage.TYPE_INT_RGB), "jpeg", jpeg);
    byte[] turned = withOrientation(jpeg.toByteArray(), orientation);
    ImageKey key = ImageSource.of("turned", turned).key(Decoding.DEFAULT);
    assertThat(key.width()).isEqualTo(width);
    assertThat(key.height()).isEqualTo(height);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png"})
  void aFileCutShortIsRefused(String format) throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    ImageIO.write(corners(), format, whole);
    Files.write(file, Arrays.copyOf(whole.toByteArray(), whole.size() * 3 / 4));
    assertThatThrownBy(() -> ImageDecoder.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": cannot be read as an image")
        .hasMessageContaining("leave unreadable images out (skip-unreadable)");
  }

  @Test
  void anEmptyFileIsRefused() throws IOException {
    Files.createFile(file);
    assertThatThrownBy(() -> ImageDecoder.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("is empty");
  }

  @Test
  void aTextFileIsRefused() throws IOException {
    Files.writeString(file, "not an image at all");
    assertThatThrownBy(() -> ImageDecoder.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("plain text");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> ImageDecoder.read(file))
        .isInstanceOf(InputException.class)
        .hasMessage(file + ": there is no such file; check the name");
  }

  private Pixels written(BufferedImage image, String format) throws IOException {
    assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
    return ImageDecoder.read(file);
  }

  private Pixels writtenCmyk(int[] samples) throws IOException {
    WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 4, null);
    raster.setPixels(0, 0, 16, 16, samples);
    var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (var out = ImageIO.createImageOutputStream(Files.newOutputStream(file))) {
      writer.setOutput(out);
      writer.write(new IIOImage(raster, null, null));
    }
    return ImageDecoder.read(file);
  }

  /** 64x32: red and green above, blue and white below. */
  private static BufferedImage corners() {
    BufferedImage image = new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB);
    var graphics = image.createGraphics();
    Color[] colours = {Color.RED, Color.GREEN, Color.BLUE, Color.WHITE};
    for (int i = 0; i < 4; i++) {
      graphics.setColor(colours[i]);
      graphics.fillRect(i % 2 * 32, i / 2 * 16, 32, 16);
    }
    graphics.dispose();
    return image;
  }

  private static String cornerNames(Pixels image) {
    int right = image.width() - 4;
    int bottom = image.height() - 4;
    return ""
        + name(image, 4, 4)
        + name(image, right, 4)
        + name(image, 4, bottom)
        + name(image, right, bottom);
  }

  private static char name(Pixels image, int x, int y) {
    int bright = 0;
    for (int c = 0; c < 3; c++) {
      bright |= image.at(x, y, c) > 128 ? 1 << c : 0;
    }
    return switch (bright) {
      case 1 -> 'R';
      case 2 -> 'G';
      case 4 -> 'B';
      default -> 'W';
    };
  }

  /** The JPEG with an APP1 segment that holds one tag, the orientation. */
  private static byte[] withOrientation(byte[] jpeg, int orientation) throws IOException {
    byte[] segment =
        HexFormat.of()
            .parseHex(
                "ffe10022"
                    + "457869660000"
                    + "4d4d002a00000008"
                    + "0001"
                    + "011200030000000100"
                    + String.format("%02x", orientation)
                    + "0000"
                    + "00000000");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    out.write(segment);
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
