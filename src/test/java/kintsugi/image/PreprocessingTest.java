package kintsugi.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.geom.Point2D;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreprocessingTest {

  @Test
  void halvingAveragesWithTheStretchedTriangle() {
    // 4 to 2: support 2, centre 1, weights of pixels 0 to 2 are 0.75, 0.75, 0.25 over their sum.
    Pixels line = grey(4, 1, 0, 100, 200, 40);
    Pixels half = Resize.resize(line, 2, 1, Interpolation.BILINEAR);
    assertThat(half.at(0, 0, 0)).isEqualTo(Math.round((0.75 * 0 + 0.75 * 100 + 0.25 * 200) / 1.75));
    assertThat(half.at(1, 0, 0))
        .isEqualTo(Math.round((0.25 * 100 + 0.75 * 200 + 0.75 * 40) / 1.75));
  }

  @Test
  void cubicOvershootIsClipped() {
    Pixels edge = grey(4, 1, 0, 0, 255, 255);
    Pixels large = Resize.resize(edge, 16, 1, Interpolation.BICUBIC);
    assertThat(large.at(0, 0, 0)).isZero();
    assertThat(large.at(15, 0, 0)).isEqualTo(255);
    assertThat(large.at(7, 0, 0)).isLessThan(large.at(8, 0, 0));
  }

  @Test
  void aDimensionThatStaysIsNotFiltered() {
    Pixels image = grey(3, 2, 1, 2, 3, 4, 5, 6);
    assertThat(Resize.resize(image, 3, 2, Interpolation.BICUBIC).rgb()).isEqualTo(image.rgb());
  }

  /** The values are those of torch's {@code interpolate} of the image over 255. */
  @ParameterizedTest
  @CsvSource({
    "BILINEAR_FLOAT, 0.17395 0.52963 0.42451 0.485224 0.346078 0.421008",
    "BILINEAR_ALIASED, 0.10915 0.780392 0.447712 0.563072 0.321569 0.398693"
  })
  void tensorsAreResizedAsTorchDoes(Interpolation how, String values) {
    Pixels image = grey(5, 3, 0, 40, 255, 90, 130, 7, 200, 31, 64, 128, 250, 3, 99, 180, 60);
    Tensor exact =
        new Preprocessing(new TargetSize.Exact(3, 2), how, new TargetSize.Same())
            .input(image)
            .exact()
            .orElseThrow();
    double[] wanted = Arrays.stream(values.split(" ")).mapToDouble(Double::parseDouble).toArray();
    for (int i = 0; i < exact.size(); i++) {
      assertThat((double) exact.data()[i]).isCloseTo(wanted[i / 3], within(1e-6));
    }
  }

  @Test
  void theCentreIsCutFromTheWholeResizedImage() {
    Random random = new Random(1);
    int[][] sizes = {{227, 211, 256, 248}, {61, 90, 40, 40}, {20, 30, 20, 64}, {1, 9, 70, 9}};
    for (int[] size : sizes) {
      byte[] rgb = new byte[size[0] * size[1] * 3];
      random.nextBytes(rgb);
      Pixels image = new Pixels(size[0], size[1], rgb);
      for (Interpolation how : Interpolation.values()) {
        Pixels whole = Resize.resize(image, size[2], size[3], how);
        int width = size[2] - 11;
        int height = size[3] - 1;
        Pixels centre =
            new Preprocessing(
                    new TargetSize.Exact(size[2], size[3]),
                    how,
                    new TargetSize.Exact(width, height))
                .crop(image);
        // Half of 11 and half of 1, rounded to the even neighbour.
        for (int i = 0; i < width * height * 3; i++) {
          int x = i / 3 % width;
          int y = i / 3 / width;
          assertThat(centre.at(x, y, i % 3)).isEqualTo(whole.at(x + 6, y, i % 3));
        }
      }
    }
  }

  @Test
  void inputIsTheNormalisedCentre() {
    Pixels image = grey(4, 4, 0, 0, 0, 0, 0, 51, 102, 0, 0, 153, 204, 0, 0, 0, 0, 0);
    var preprocessing =
        new Preprocessing(
            new TargetSize.Exact(4, 4), Interpolation.BILINEAR, new TargetSize.Exact(2, 2));
    Tensor input = preprocessing.apply(image);
    assertThat(input.shape()).containsExactly(1, 2, 2, 3);
    assertThat(input.data()[0]).isCloseTo((0.2f - 0.485f) / 0.229f, within(1e-6f));
    assertThat(input.data()[11]).isCloseTo((0.8f - 0.406f) / 0.225f, within(1e-6f));
  }

  @Test
  void theTransformLeadsBackToTheImage() {
    var preprocessing =
        new Preprocessing(
            new TargetSize.ShorterSide(256),
            Interpolation.BILINEAR,
            new TargetSize.Exact(224, 224));
    Point2D corner = preprocessing.toImage(1000, 512).toImage(0, 0);
    // 1000x512 becomes 500x256; the crop starts at 138, 16.
    assertThat(corner.getX()).isCloseTo(276, within(1e-9));
    assertThat(corner.getY()).isCloseTo(32, within(1e-9));
  }

  @Test
  void anImageSmallerThanTheCropIsRefused() {
    var preprocessing =
        new Preprocessing(
            new TargetSize.Exact(4, 4), Interpolation.BILINEAR, new TargetSize.Exact(5, 4));
    assertThatThrownBy(() -> preprocessing.apply(grey(1, 1, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("an image resized to 4x4 is smaller than the centre crop of 5x4");
  }

  @Test
  void sizesAreWrittenAndRead() {
    assertThat(TargetSize.parse("640x480")).isEqualTo(new TargetSize.Exact(640, 480));
    assertThat(TargetSize.parse("shorter:256").toString()).isEqualTo("shorter:256");
    for (String text : List.of("scale:0.4", "same")) {
      assertThat(TargetSize.parse(text).toString()).isEqualTo(text);
    }
    TargetSize scaled = TargetSize.parse("scale:0.4");
    assertThat(scaled.width(1500, 1001)).isEqualTo(600);
    assertThat(scaled.height(1500, 1001)).isEqualTo(401);
    for (String text : List.of("0x4", "99999x4", "scale:-1", "scale:NaN", "shorter:x")) {
      assertThatThrownBy(() -> TargetSize.parse(text)).hasMessageContaining(text);
    }
    assertThatThrownBy(() -> TargetSize.parse("large"))
        .hasMessageContaining("large is not an image size; write 256x256");
  }

  private static Pixels grey(int width, int height, int... values) {
    byte[] rgb = new byte[values.length * 3];
    for (int i = 0; i < values.length; i++) {
      Arrays.fill(rgb, i * 3, i * 3 + 3, (byte) values[i]);
    }
    return new Pixels(width, height, rgb);
  }
}
