package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Image files that claim, or take, more than there is. */
class HugeImagesTest {
  private static final String SCANS = "33-many-scans-take-a-minute/scans.jpg";

  @ParameterizedTest
  @CsvSource({"huge65k.jpg,10000x65500", "huge.gif,20000x20000"})
  void aFewBytesCannotHoldWhatTheyClaim(String file, String size) throws IOException {
    byte[] bytes = resource("32-small-image-claims-to-be-huge/" + file);
    assertThatThrownBy(() -> ImageDecoder.read(file, bytes))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": cannot be read as an image (")
        .hasMessageContaining(size + " pixels take at least")
        .hasMessageContaining("the file has " + bytes.length + ")")
        .hasMessageContaining("(skip-unreadable)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"P5 20000 20000 255\n", "P3\n# a comment\n20000 20000\n255\n", "BMP"})
  void storedPixelsAreCounted(String header) {
    byte[] file = header.equals("BMP") ? bmp(20000, 20000) : latin1(header);
    assertThatThrownBy(() -> EncodedImage.of("stored", file, 500_000_000))
        .hasMessageContaining("20000x20000 pixels take at least")
        .hasMessageContaining("cut short or its header is wrong");
  }

  @Test
  void aTiffOfHugeStripsOrTilesIsRefusedByItsDirectory() {
    byte[] strips = tiff(256, 30000, 257, 30000, 258, 8, 259, 5, 277, 3);
    assertThatThrownBy(() -> EncodedImage.of("strips", strips, 1_000_000_000))
        .hasMessageContaining("30000x30000 pixels take at least");
    byte[] tiles = tiff(256, 16, 257, 16, 259, 5, 322, 60000, 323, 60000);
    assertThatThrownBy(() -> EncodedImage.of("tiles", tiles, 500_000_000))
        .hasMessageContaining("60000x60000 pixels")
        .hasMessageContaining("(max-pixels)");
  }

  @Test
  void theLimitOfPixelsIsHeldBeforeAnythingIsRead() throws IOException {
    byte[] png = png(200, 100, 0);
    Decoding limited = Decoding.DEFAULT.withMaxPixels(19_999);
    assertThatThrownBy(() -> ImageDecoder.read("large.png", png, limited))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("200x100 pixels, 20000 in all, and at most 19999 are read")
        .hasMessageContaining("(max-pixels)");
    Decoding exact = Decoding.DEFAULT.withMaxPixels(20_000);
    assertThat(ImageDecoder.read("large.png", png, exact).pixels().width()).isEqualTo(200);
  }

  @Test
  void aFrameLargerThanItsCanvasCounts() {
    byte[] gif = latin1("GIF89a\4\0\4\0\0\0\0,\0\0\0\0\u0050\u00c3\u0050\u00c3\0\2\2\114\1\0;");
    ImageHeader header = ImageHeader.of(gif).orElseThrow();
    assertThat(header.width()).isEqualTo(50000);
    assertThat(header.height()).isEqualTo(50000);
  }

  @Test
  void theCanvasOfAFrameThatLiesFarAwayCounts() {
    byte[] gif = latin1("GIF89a\4\0\4\0\0\0\0,\u0050\u00c3\u0051\u00c3\4\0\4\0\0\2\2\114\1\0;");
    assertThatThrownBy(() -> ImageDecoder.read("far.gif", gif))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("it has 50004x50005 pixels")
        .hasMessageContaining("(max-pixels)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "gif", "jpeg", "bmp"})
  void aFlatImageIsNotTakenForABomb(String format) throws IOException {
    BufferedImage flat = new BufferedImage(2500, 2000, BufferedImage.TYPE_BYTE_GRAY);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(flat, format, out);
    assertThat(ImageDecoder.read("flat", out.toByteArray()).rgb()).containsOnly(0);
  }

  @Test
  void aFlatPngOf14000PixelsASideIsLegitimate() throws IOException {
    byte[] png = png(14000, 14000, 9);
    EncodedImage file = EncodedImage.of("flat.png", png, Decoding.DEFAULT_MAX_PIXELS);
    assertThat(file.header().orElseThrow().neededBytes()).isEqualTo(14000L * 14000 * 4);
    assertThat(png.length).isLessThan(250_000);
  }

  /** Its header is in no chunk that says so, and would be 43 million pixels. */
  @Test
  void framesWithoutACanvasAreRefused() {
    byte[] webp =
        latin1(
            "RIFF\u0040\0\0\0WEBPTP8X\12\0\0\0\2\0\0\0\10\0\0\5\u004e\u0049"
                + "ANMF\32\0\0\0\0\0\0\0\0\0\10\0\0\5\0\0\0\0\0\2VP8L\2\0\0\0\u002f\10");
    assertThatThrownBy(() -> ImageDecoder.read("frames.webp", webp))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the canvas of its frames is missing");
  }

  @Test
  void memoryOfAnImageLargerThanItsHeaderIsAskedFor() throws IOException {
    EncodedImage file = EncodedImage.of("small.png", png(200, 100, 9), Long.MAX_VALUE);
    assertThatThrownBy(() -> file.requireSize(500_000_000, 10_000, Long.MAX_VALUE))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining("MB are needed to decode it");
  }

  @Test
  void memoryThatIsNotThereIsNamedWithTheWayOut() throws IOException {
    byte[] png = png(200, 100, 9);
    ImageHeader huge = new ImageHeader(500_000_000, 10_000, 24, 0);
    EncodedImage file = new EncodedImage("huge.png", png, Optional.empty(), Optional.of(huge));
    assertThatThrownBy(() -> file.decoded(() -> "not reached"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("28610229 MB are needed to decode it and")
        .hasMessageContaining("MB of the heap are free; raise Java's heap")
        .hasMessageContaining("(skip-unreadable)")
        .hasCauseInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void hundredsOfScansAreRefused() throws IOException {
    byte[] jpeg = resource(SCANS);
    assertThatThrownBy(() -> ImageDecoder.read("scans.jpg", jpeg))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("it has 310 scans; beyond 32, scans times pixels may be at most");
  }

  @Test
  void textOfAPngIsLeftOutBeforeItIsInflated() throws IOException {
    byte[] png = png(20, 10, 9);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.write(latin1("Comment\0\0"));
    text.write(deflated(new byte[100_000]));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(png, 0, 33);
    for (int i = 0; i < 3; i++) {
      file.write(chunk("zTXt", text.toByteArray()));
    }
    file.write(png, 33, png.length - 33);
    assertThat(PngText.without(file.toByteArray())).isEqualTo(png);
    assertThat(PngText.without(png)).isSameAs(png);
    assertThat(ImageDecoder.read("text.png", file.toByteArray()).width()).isEqualTo(20);
  }

  @Test
  void theOrientationOfAPngIsInItsExifChunk() throws IOException {
    byte[] png = png(20, 10, 9);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(png, 0, 33);
    file.write(chunk("eXIf", tiff(274, 6)));
    file.write(png, 33, png.length - 33);
    assertThat(Orientation.of(png)).isEqualTo(1);
    assertThat(Orientation.of(file.toByteArray())).isEqualTo(6);
    assertThat(ImageDecoder.read("turned.png", file.toByteArray()).width()).isEqualTo(10);
    assertThat(Orientation.of(tiff(274, 3))).isEqualTo(3);
    assertThat(Orientation.of(Arrays.copyOf(tiff(274, 3), 15))).isEqualTo(1);
  }

  @Test
  void aFileBeyondTheLargestArrayIsRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("large.tif");
    try (var sparse = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(3L << 30);
    }
    assertThatThrownBy(() -> ImageDecoder.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("it has 3221225472 bytes, and at most 2147483639 are read");
  }

  @Test
  void aFlatLosslessWebpGetsWhatItsReaderAsksForAhead() {
    // 16383x16383 black pixels in 34 bytes, and the same data as 300x200.
    String flat = "524946461a000000574542505650384c0e0000002ffebfff0f071011fd0f4444ff03";
    byte[] large = HexFormat.of().parseHex(flat);
    byte[] small = large.clone();
    ByteBuffer.wrap(small).order(ByteOrder.LITTLE_ENDIAN).putInt(21, 299 | 199 << 14);
    EncodedImage alone =
        WebP.alone(
            EncodedImage.of("flat.webp", small, Decoding.DEFAULT_MAX_PIXELS),
            Decoding.DEFAULT,
            Chunks.ofWebp(small).getFirst());
    ByteBuffer padded = ByteBuffer.wrap(alone.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(padded.capacity()).isEqualTo(34 + 16);
    assertThat(padded.getInt(4)).isEqualTo(padded.capacity() - 8);
    assertThat(padded.getInt(16)).isEqualTo(14 + 16);
    Pixels read = ImageDecoder.read("flat.webp", small);
    assertThat(read.width()).isEqualTo(300);
    assertThat(read.height()).isEqualTo(200);
    assertThat(read.rgb()).containsOnly(0);
    assertThatThrownBy(() -> EncodedImage.of("flat.webp", large, 200_000_000))
        .hasMessageContaining("16383x16383 pixels")
        .hasMessageContaining("(max-pixels)");
    assertThatThrownBy(() -> ImageDecoder.read("cut.webp", Arrays.copyOf(small, 31)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("it is cut short");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = HugeImagesTest.class.getResourceAsStream("/cases/" + name)) {
      return in.readAllBytes();
    }
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A black grey PNG. */
  private static byte[] png(int width, int height, int level) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 8);
    out.write(chunk("IHDR", header.array()));
    out.write(chunk("IDAT", deflated(height, width + 1, level)));
    out.write(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  private static byte[] chunk(String name, byte[] data) {
    ByteBuffer chunk = ByteBuffer.allocate(data.length + 12).putInt(data.length);
    chunk.put(latin1(name)).put(data);
    CRC32 check = new CRC32();
    check.update(chunk.array(), 4, data.length + 4);
    return chunk.putInt((int) check.getValue()).array();
  }

  private static byte[] deflated(byte[] zeros) {
    return deflated(1, zeros.length, 9);
  }

  private static byte[] deflated(int rows, int length, int level) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 16];
    try (Deflater deflater = new Deflater(level)) {
      byte[] row = new byte[length];
      for (int y = 0; y < rows; y++) {
        deflater.setInput(row);
        while (!deflater.needsInput()) {
          out.write(buffer, 0, deflater.deflate(buffer));
        }
      }
      deflater.finish();
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
    }
    return out.toByteArray();
  }

  /** The headers of a BMP of 24 bits. */
  private static byte[] bmp(int width, int height) {
    ByteBuffer file = ByteBuffer.allocate(60).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'B').put((byte) 'M').putInt(14, 40).putInt(18, width).putInt(22, height);
    return file.putShort(28, (short) 24).array();
  }

  /** A TIFF's directory: tags and their values, of 32 bits each. */
  private static byte[] tiff(int... tags) {
    ByteBuffer file = ByteBuffer.allocate(14 + tags.length * 6);
    file.putInt(0x4d4d002a).putInt(8).putShort((short) (tags.length / 2));
    for (int i = 0; i < tags.length; i += 2) {
      file.putShort((short) tags[i]).putShort((short) 4).putInt(1).putInt(tags[i + 1]);
    }
    return file.array();
  }
}
