package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Parallel;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.padim.PadimRecipe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A display hears of every image, though a whole batch is computed at once. */
class ImageCountTest {
  private static final int SIDE = 32;

  private final Parallel parallel = new Parallel(1);

  /** What a display was told, one call after the other. */
  private final List<Integer> told = new ArrayList<>();

  private final Session session =
      new Session(
          new ScalarEngine(parallel),
          parallel,
          ResNet.randomWeights(1),
          new Session.Options(
              (task, total) -> told::add,
              true,
              Long.MAX_VALUE,
              Decoding.DEFAULT_MAX_PIXELS,
              () -> false,
              line -> {}));

  @AfterEach
  void close() {
    parallel.close();
  }

  private static List<ImageSource> images(int count) {
    return IntStream.range(0, count).mapToObj(ImageCountTest::image).toList();
  }

  private static ImageSource image(int seed) {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i * 31 % 251 * (seed + 1));
    }
    return ImageSource.of("image " + seed, new Pixels(SIDE, SIDE, rgb));
  }

  private Model fitted(List<ImageSource> images, String tile) {
    Map<String, Object> choices =
        Map.of("resize", "same", "crop", "same", "channels", 10, "tile", tile);
    Fit fit = Methods.named("padim").fit(session, Choices.with(PadimRecipe.MATLAB, choices), 1);
    fit.add(images);
    return fit.finish();
  }

  private int sum() {
    return told.stream().mapToInt(Integer::intValue).sum();
  }

  @Test
  void aFitCountsEveryImageOfABatch() {
    fitted(images(18), "none");
    assertThat(told).hasSize(18).containsOnly(1);
  }

  @Test
  void scoringCountsEveryImageAndNoneBeforeItsResultWasTaken() {
    Model model = fitted(images(2), "none");
    told.clear();
    List<Integer> before = new ArrayList<>();
    try (Stream<Scored> scored = model.detector().score(images(18), "predict")) {
      scored.forEach(one -> before.add(sum()));
    }
    // Sixteen together: eight for their features, then one for every two results; and two more.
    assertThat(before)
        .containsExactly(8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 17, 17);
    assertThat(told).hasSize(18).containsOnly(1);
  }

  @Test
  void anImageInTilesIsCountedOnce() {
    Model model = fitted(images(3), "16");
    assertThat(told).containsExactly(1, 1, 1);
    told.clear();
    model.detector().score(images(3), "predict").toList();
    assertThat(sum()).isEqualTo(3);
  }

  @Test
  void imagesThatCannotBeReadAreCountedWithTheirBatch() {
    List<ImageSource> images = new ArrayList<>(images(4));
    images.set(1, ImageSource.of("damaged", new byte[] {1, 2, 3}));
    fitted(images, "none");
    assertThat(sum()).isEqualTo(4);
    told.clear();
    fitted(images(2), "none").detector().score(images.subList(1, 2), "predict").toList();
    assertThat(sum()).isEqualTo(3);
  }
}
