package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Embedded profiles: kept out of the values, or applied where that was chosen. */
class ColorProfileTest {
  private static final Decoding CONVERT =
      new Decoding(OptionalInt.empty(), ColorProfile.CONVERT, Decoding.DEFAULT_MAX_PIXELS);

  /** The corpus' PNG with a profile: of linear light, whose middle values are brighter in sRGB. */
  private static byte[] png(String name, int space) throws Exception {
    byte[] png = ImageCorpus.files().get(name);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes("profile\0\0".getBytes(StandardCharsets.US_ASCII));
    content.writeBytes(TiffWriter.deflated(ICC_Profile.getInstance(space).getData()));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(png, 0, 33);
    file.writeBytes(ImageCorpus.chunk("iCCP", content.toByteArray()));
    file.write(png, 33, png.length - 33);
    return file.toByteArray();
  }

  @Test
  void storedValuesAreKeptUnlessConversionIsChosen() throws Exception {
    byte[] linear = png("bands3_8.png", ColorSpace.CS_LINEAR_RGB);
    byte[] plain = ImageCorpus.files().get("bands3_8.png");
    Pixels stored = ImageDecoder.read("plain", plain);
    assertThat(ImageDecoder.read("linear", linear).rgb()).isEqualTo(stored.rgb());
    Pixels converted = ImageDecoder.read("linear", linear, CONVERT).pixels();
    int x = ImageCorpus.WIDTH / 2;
    int y = ImageCorpus.HEIGHT / 2;
    assertThat(stored.at(x, y, 0)).isEqualTo(127);
    // 0.498 of linear light is 0.735 in sRGB: 187.
    assertThat(converted.at(x, y, 0)).isBetween(186, 189);
    assertThat(converted.at(0, y, 0)).isZero();
    assertThat(converted.at(ImageCorpus.WIDTH - 1, y, 0)).isEqualTo(255);
    assertThat(ImageDecoder.read("plain", plain, CONVERT).pixels().rgb()).isEqualTo(stored.rgb());
  }

  @Test
  void aProfileOfOtherColoursIsNotedAndNotApplied() throws Exception {
    Decoded grey = ImageDecoder.read("g", png("bands1_8.png", ColorSpace.CS_LINEAR_RGB), CONVERT);
    assertThat(grey.notes())
        .containsExactly(
            "has a colour profile for 3 components, not 1; the stored values are used");
    assertThat(grey.pixels().at(22, 3, 0)).isEqualTo(127);
  }

  @Test
  void aGreyProfileIsApplied() throws Exception {
    Decoded grey = ImageDecoder.read("g", png("bands1_8.png", ColorSpace.CS_GRAY), CONVERT);
    assertThat(grey.notes()).isEmpty();
    // The JDK's grey profile is of linear light.
    assertThat(grey.pixels().at(22, 3, 0)).isBetween(186, 189);
  }

  @Test
  void aLibraryThatAppliesProfilesIsNotAskedTo() {
    for (String name : new String[] {"profile.jpg", "lossless_profile.webp"}) {
      byte[] file = ImageCorpus.files().get(name);
      Pixels stored = ImageDecoder.read(name, file);
      Pixels converted = ImageDecoder.read(name, file, CONVERT).pixels();
      assertThat(stored.at(40, 5, 0) - stored.at(40, 5, 2)).isGreaterThan(50);
      // The profile is that of sRGB with red and blue exchanged.
      for (int band = 0; band < 3; band++) {
        assertThat(converted.at(40, 5, band))
            .as(name)
            .isCloseTo(stored.at(40, 5, 2 - band), within(3));
      }
    }
  }
}
