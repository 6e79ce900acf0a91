package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Image files that are damaged or cut short. */
class BrokenImagesTest {
  private static final String NO_EOI = "15-jpeg-without-eoi/";
  private static final String TRACE = "31-broken-image-is-a-stack-trace/";

  @ParameterizedTest
  @ValueSource(strings = {"j_noeoi.jpg", "j_cut1.jpg"})
  void aJpegWithoutItsEndMarkerHasAllItsPixels(String file) throws IOException {
    Pixels whole = ImageDecoder.read("whole.jpg", bytes(NO_EOI + "whole.jpg"));
    Decoded read = ImageDecoder.read(file, bytes(NO_EOI + file), Decoding.DEFAULT);
    assertThat(read.pixels().rgb()).isEqualTo(whole.rgb());
    assertThat(read.notes()).containsExactly("has no end marker; all of its pixels are there");
  }

  /** At the end of a file a segment of any kind may be too short to hold what its kind needs. */
  @Test
  void aJpegMayEndInASegmentOfAnyKindAndLength() throws IOException {
    byte[] whole = jpeg(noise(16, 16), true);
    for (int start = 2; start < whole.length; start = nextMarker(whole, start)) {
      for (int marker = 0; marker < 256; marker++) {
        for (int length = 0; length < 20; length++) {
          byte[] cut = Arrays.copyOf(whole, start + 2 + length);
          cut[start] = (byte) 0xff;
          cut[start + 1] = (byte) marker;
          if (length > 1) {
            cut[start + 3] = (byte) length;
          }
          assertThat(Jpeg.of(cut).tooManyScans()).isNull();
          assertThat(JpegMarkers.of(cut)).isNotNull();
          assertThat(Orientation.of(cut)).isBetween(1, 8);
        }
      }
    }
  }

  private static int nextMarker(byte[] jpeg, int from) {
    int at = from + 1;
    while (at < jpeg.length && jpeg[at] != (byte) 0xff) {
      at++;
    }
    return at;
  }

  @Test
  void aJpegWithoutMuchOfItsDataIsRefusedThoughItsEndMarkerIsThere() {
    assertThatThrownBy(() -> ImageDecoder.read("half.jpg", bytes(NO_EOI + "j_cut_patched_eoi.jpg")))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("half.jpg: cannot be read as an image (it is cut short: rows 15 to")
        .hasMessageContaining("61 of 61 are missing)");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachByteOfTheLastScanIsMissed(boolean progressive) throws IOException {
    byte[] whole = jpeg(noise(160, 96), progressive);
    Pixels pixels = ImageDecoder.read("whole", whole);
    for (int cut = 1; cut < 60; cut++) {
      byte[] part = Arrays.copyOf(whole, whole.length - cut);
      byte[] ended = Arrays.copyOf(part, part.length + 2);
      ended[part.length] = (byte) 0xff;
      ended[part.length + 1] = (byte) 0xd9;
      if (cut <= 2) {
        assertThat(ImageDecoder.read("cut", part).rgb()).isEqualTo(pixels.rgb());
        assertThat(ImageDecoder.read("cut", ended).rgb()).isEqualTo(pixels.rgb());
      } else if (cut > 3) {
        // The third byte from the end may hold nothing but padding.
        assertRefused(part);
        assertRefused(ended);
      }
    }
  }

  @Test
  void aProgressiveJpegThatEndsBetweenItsScansIsRefused() throws IOException {
    byte[] whole = jpeg(noise(64, 64), true);
    int last = whole.length - 1;
    while (whole[last - 1] != (byte) 0xff || whole[last] != (byte) 0xda) {
      last--;
    }
    assertRefused(Arrays.copyOf(whole, last - 1));
  }

  @ParameterizedTest
  @CsvSource({"png", "gif", "bmp", "tiff", "jpeg"})
  void aFileCutShortSaysWhatIsMissing(String format) throws IOException {
    byte[] whole = encoded(noise(120, 90), format);
    for (double part : new double[] {0.1, 0.5, 0.9, 0.99}) {
      byte[] cut = Arrays.copyOf(whole, (int) (whole.length * part));
      assertThatThrownBy(() -> ImageDecoder.read("cut", cut))
          .as("%s of %s", part, format)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("it is cut short")
          .hasMessageMatching("[^\\n]*(missing|before|at least|none)[^\\n]*");
    }
  }

  @ParameterizedTest
  @CsvSource({"png", "jpeg"})
  void theMissingRowsAreNamed(String format) throws IOException {
    byte[] whole = encoded(noise(120, 90), format);
    assertThatThrownBy(() -> ImageDecoder.read("cut", Arrays.copyOf(whole, whole.length / 2)))
        .hasMessageMatching(".*cut short: rows [3-5]\\d to 90 of 90 are missing.*");
  }

  @Test
  void aGifThatEndsEarlyInAllFormIsRefused() throws IOException {
    byte[] whole = encoded(noise(120, 90), "gif");
    int at = 13 + 3 * 256;
    while (whole[at] != 0x2c) {
      at += 2;
      while (whole[at] != 0) {
        at += 1 + (whole[at] & 0xff);
      }
      at++;
    }
    // The frame's descriptor, the code size, and eight blocks of the coded data.
    int end = at + 11;
    for (int block = 0; block < 8; block++) {
      end += 1 + (whole[end] & 0xff);
    }
    byte[] cut = Arrays.copyOf(whole, end + 2);
    cut[end] = 0;
    cut[end + 1] = ';';
    assertRefused(cut);
  }

  @Test
  void inksThatAreCutShortAreRefusedToo() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    WritableRaster inks = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 64, 64, 4, null);
    SplittableRandom random = new SplittableRandom(3);
    inks.setPixels(0, 0, 64, 64, random.ints(64 * 64 * 4, 0, 256).toArray());
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(new IIOImage(inks, null, null));
    }
    byte[] whole = out.toByteArray();
    Pixels pixels = ImageDecoder.read("whole", whole);
    byte[] open = Arrays.copyOf(whole, whole.length - 2);
    assertThat(ImageDecoder.read("open", open).rgb()).isEqualTo(pixels.rgb());
    assertRefused(Arrays.copyOf(whole, whole.length / 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"negative.bmp", "negative.jpg", "null.tif", "rps0.tif"})
  void whateverAReaderThrowsIsOneLine(String file) throws IOException {
    byte[] broken = bytes(TRACE + file);
    Throwable thrown = catchThrowable(() -> ImageDecoder.read(file, broken));
    assertOneLine(file, thrown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif", "bmp", "tiff", "jpeg", "wbmp"})
  void aFlippedByteIsOneLineOrAnImage(String format) throws IOException {
    byte[] whole = encoded(noise(40, 30), format);
    SplittableRandom random = new SplittableRandom(format.hashCode());
    int refused = 0;
    for (int i = 0; i < 400; i++) {
      byte[] broken = whole.clone();
      for (int flips = random.nextInt(1, 6); flips > 0; flips--) {
        // Half of them among the first bytes, where the header is.
        int range = random.nextBoolean() ? Math.min(64, whole.length) : whole.length;
        broken[random.nextInt(range)] = (byte) random.nextInt();
      }
      Throwable thrown = catchThrowable(() -> ImageDecoder.read("broken", broken));
      if (thrown != null) {
        refused++;
        assertOneLine("broken", thrown);
      }
    }
    assertThat(refused).isBetween(1, 399);
  }

  private static void assertOneLine(String name, Throwable thrown) {
    assertThat(thrown)
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(name + ": ")
        .hasMessageContaining("(skip-unreadable)")
        .hasMessageNotContaining("(null)")
        .hasMessageNotContaining("()")
        .hasMessageNotContaining("\n");
    assertThat(thrown.getMessage()).doesNotContainPattern("image \\(\\w*(Exception|Error)\\)");
  }

  private static void assertRefused(byte[] file) {
    assertThatThrownBy(() -> ImageDecoder.read("cut", file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("it is cut short");
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in = BrokenImagesTest.class.getResourceAsStream("/cases/" + name)) {
      return in.readAllBytes();
    }
  }

  private static BufferedImage noise(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    SplittableRandom random = new SplittableRandom(7);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, random.nextInt());
      }
    }
    return image;
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    BufferedImage fitting = image;
    if (format.equals("wbmp")) {
      int type = BufferedImage.TYPE_BYTE_BINARY;
      fitting = new BufferedImage(image.getWidth(), image.getHeight(), type);
      fitting.getGraphics().drawImage(image, 0, 0, null);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(fitting, format.toLowerCase(Locale.ROOT), out)).isTrue();
    return out.toByteArray();
  }

  private static byte[] jpeg(BufferedImage image, boolean progressive) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam how = writer.getDefaultWriteParam();
    if (progressive) {
      how.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    }
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(image, null, null), how);
    }
    return out.toByteArray();
  }
}
