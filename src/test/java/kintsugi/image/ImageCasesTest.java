package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.OptionalInt;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that were once read wrongly without a word, or refused though they are common. */
class ImageCasesTest {
  private static final String INKS = "03-cmyk-washed-out/";
  private static final String FLOATS = "05-float-tiff-black/";
  private static final String DEEP = "06-12-bits-in-16-bit-file/";
  private static final String TIFFS = "14-tiff-kinds-refused/";

  private static byte[] bytes(String name) throws IOException {
    try (var in = ImageCasesTest.class.getResourceAsStream("/cases/" + name)) {
      return in.readAllBytes();
    }
  }

  private static Pixels read(String name) throws IOException {
    return ImageDecoder.read(name, bytes(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "j_cmyk_plain.jpg",
        "j_cmyk_noadobe.jpg",
        "t_cmyk_im.tif",
        "t_cmyk_noicc.tif",
        "t_cmyk_rgbprofile.tif"
      })
  void fourInksAreWhatPillowShows(String name) throws IOException {
    byte[] actual = read(INKS + name).rgb();
    byte[] expected = read(INKS + name + ".png").rgb();
    assertThat(actual).hasSameSizeAs(expected);
    int maximum = 0;
    for (int i = 0; i < expected.length; i++) {
      maximum = Math.max(maximum, Math.abs((actual[i] & 0xff) - (expected[i] & 0xff)));
    }
    assertThat(maximum).isLessThanOrEqualTo(name.endsWith("jpg") ? 2 : 0);
  }

  @Test
  void aPixelOfFourInks() throws IOException {
    Pixels image = read(INKS + "j_cmyk_plain.jpg");
    assertThat(new int[] {image.at(5, 5, 0), image.at(5, 5, 1), image.at(5, 5, 2)})
        .containsExactly(8, 7, 5);
  }

  @ParameterizedTest
  @CsvSource({
    "t_float.tif, 06-12-bits-in-16-bit-file/p_grey.png",
    "t_double.tif, 06-12-bits-in-16-bit-file/p_grey.png",
    "t_float255.tif, 06-12-bits-in-16-bit-file/p_grey.png",
    "t_rgb8_f32.tif, 14-tiff-kinds-refused/t_big.tif"
  })
  void floatingPointSamplesAreScaled(String name, String original) throws IOException {
    assertThat(read(FLOATS + name).rgb()).isEqualTo(read(original).rgb());
  }

  @ParameterizedTest
  @ValueSource(strings = {"p_grey12in16.png", "t_grey12in16.tif"})
  void twelveBitsInSixteen(String name) throws IOException {
    byte[] original = read(DEEP + "p_grey.png").rgb();
    Decoding twelve = new Decoding(OptionalInt.of(12), ColorProfile.KEEP, Decoding.MAX_PIXELS);
    assertThat(ImageDecoder.read(name, bytes(DEEP + name), twelve).pixels().rgb())
        .isEqualTo(original);
    Decoded dark = ImageDecoder.read(name, bytes(DEEP + name), Decoding.DEFAULT);
    assertThat(dark.maximum16()).isEqualTo(4087);
    assertThat(dark.pixels().at(5, 5, 0)).isEqualTo(135 >> 8);
    Decoding ten = new Decoding(OptionalInt.of(10), ColorProfile.KEEP, Decoding.MAX_PIXELS);
    assertThatThrownBy(() -> ImageDecoder.read(name, bytes(DEEP + name), ten))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(name + ": has a sample of ")
        .hasMessageContaining("where 1023 is the maximum; choose more bits (bit-depth)");
  }

  @Test
  void bigTiffAndPredictorAtSixteenBits() throws IOException {
    Pixels big = read(TIFFS + "t_big.tif");
    assertThat(new int[] {big.at(5, 5, 0), big.at(5, 5, 1), big.at(5, 5, 2)})
        .containsExactly(8, 9, 5);
    assertThat(read(TIFFS + "t_lzw_pred16.tif").rgb()).isEqualTo(big.rgb());
    DecodedImage mask =
        ImageDecoder.decode("u16_01", bytes(TIFFS + "u16_01.tif"), Decoding.DEFAULT);
    assertThat(mask.bits()).containsExactly(16);
    assertThat(mask.samples().getSample(0, 0, 0)).isZero();
    int[] all = mask.samples().getSamples(0, 0, 227, 227, 0, (int[]) null);
    assertThat(all).contains(1).doesNotContain(256);
  }

  @Test
  void zstdIsNamed() throws IOException {
    byte[] bytes = bytes(TIFFS + "t_zstd.tif");
    assertThatThrownBy(() -> ImageDecoder.read("t_zstd.tif", bytes))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "t_zstd.tif: is a TIFF with zstd compression; save it as PNG or as an uncompressed"
                + " TIFF, or leave unreadable images out (skip-unreadable)");
  }

  @ParameterizedTest
  @CsvSource({
    "0000000c6a5020200d0a870a, a JPEG 2000",
    "ff4fff51002f0000, a JPEG 2000",
    "0000001c6674797061766966, an AVIF",
    "00000018667479706865696300, a HEIC",
    "0000000c4a584c200d0a870a, a JPEG XL",
    "384250530001, a Photoshop file",
    "762f310102000000, an OpenEXR file"
  })
  void otherFormatsAreNamed(String head, String name) {
    byte[] bytes = java.util.Arrays.copyOf(java.util.HexFormat.of().parseHex(head), 200);
    assertThatThrownBy(() -> ImageDecoder.read("image", bytes))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("image: is " + name + "; save it as PNG or TIFF");
  }

  @ParameterizedTest
  @CsvSource({"animated.png, has 3 frames", "pages.tif, has 3 pages"})
  void moreImagesInAFileAreNoted(String name, String note) {
    byte[] bytes = ImageCorpus.files().get(name);
    assertThat(ImageDecoder.read(name, bytes, Decoding.DEFAULT).notes())
        .containsExactly(note + "; the first is used");
  }

  @ParameterizedTest
  @CsvSource({
    "-0.5, 1, from -0.5 to 1.0",
    "0, 256, from 0.0 to 256.0",
    "0, NaN, that are not a number",
    "0, Infinity, from 0.0 to Infinity"
  })
  void floatingPointSamplesOfAnotherRangeAreRefused(float low, float high, String range) {
    long[] samples = new long[4];
    samples[0] = Float.floatToRawIntBits(low) & 0xffffffffL;
    samples[3] = Float.floatToRawIntBits(high) & 0xffffffffL;
    TiffWriter writer = new TiffWriter(2, 2, 1, samples);
    writer.bits = 32;
    writer.format = 3;
    assertThatThrownBy(() -> ImageDecoder.read("f", writer.write()))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("f: has floating-point samples " + range)
        .hasMessageContaining("save it with 0 to 1 or 0 to 255");
  }

  @ParameterizedTest
  @CsvSource({"65536, 65536", "1, 4294967295", "70000, 16777215"})
  void wideWholeNumbersOfNoKnownScaleAreRefused(long low, long high) {
    TiffWriter writer = new TiffWriter(2, 1, 1, new long[] {low, high});
    writer.bits = 32;
    writer.format = high > Integer.MAX_VALUE ? 2 : 1;
    assertThatThrownBy(() -> ImageDecoder.read("w", writer.write()))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("w: has 32-bit samples from ");
  }
}
