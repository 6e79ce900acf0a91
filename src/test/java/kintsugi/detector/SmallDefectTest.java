package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.metric.ThresholdRule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A defect of a few pixels in an image of a million: tiles show what a resize makes disappear. */
class SmallDefectTest {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 800;
  private static final int DEFECT = 12;
  private static final int AT_X = 811;
  private static final int AT_Y = 402;
  private static final Parallel PARALLEL = new Parallel(2);
  private static Session session =
      Session.strict(
          new VectorEngine(PARALLEL, Convolutions.WINOGRAD4), PARALLEL, ResNet.randomWeights(1));

  @AfterAll
  static void close() {
    PARALLEL.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    session = null;
  }

  /** A wavy, rough surface, and on it a patch of lines or none; the lines have its own mean. */
  private static ImageSource image(int seed, boolean defect) {
    Random random = new Random(seed);
    byte[] rgb = new byte[WIDTH * HEIGHT * 3];
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      int x = i % WIDTH;
      int y = i / WIDTH;
      double wave = 30 * Math.sin(0.11 * x + seed) * Math.cos(0.13 * y - seed);
      boolean inside = defect && Math.abs(x - AT_X) * 2 < DEFECT && Math.abs(y - AT_Y) * 2 < DEFECT;
      int line = inside ? 60 - y % 2 * 120 : 0;
      Arrays.fill(rgb, 3 * i, 3 * i + 3, (byte) (128 + wave + line + random.nextInt(12)));
    }
    return ImageSource.of("image " + seed, new Pixels(WIDTH, HEIGHT, rgb));
  }

  private static Model fitted(Map<String, Object> choices) {
    Map<String, Object> all = new LinkedHashMap<>(choices);
    all.put("bank_size", 200);
    Fit fit =
        Methods.named("patchcore")
            .fit(session, Choices.with(Methods.recipe("patchcore/anomalib"), all), 1);
    fit.add(List.of(image(1, false), image(2, false)));
    return fit.finish();
  }

  private static double[] scores(Model model) {
    return IntStream.range(3, 6)
        .mapToDouble(seed -> model.detector().score(image(seed, seed == 5)).score())
        .toArray();
  }

  @Test
  void aTiledModelFindsWhatTheWholeImageDoesNotShow() {
    double[] whole = scores(fitted(Map.of()));
    assertThat(whole[2]).isLessThan(1.05 * Math.max(whole[0], whole[1]));

    Model tiled = fitted(Map.of("resize", "same", "tile", 256, "candidates", 1500));
    assertThat(tiled.detector().tiles().count()).isEqualTo(24);
    double[] found = scores(tiled);
    assertThat(found[2]).isGreaterThan(1.3 * Math.max(found[0], found[1]));

    List<ImageSource> normal = List.of(image(3, false), image(4, false));
    Calibration calibration =
        Calibration.of(tiled, normal, List.of(), Optional.of(ThresholdRule.parse("margin:0.1")));
    Prediction prediction =
        Prediction.of(tiled.with(calibration), tiled.detector().score(image(5, true)));
    assertThat(prediction.isAnomalous()).isTrue();
    Explanation.Box region = prediction.regions().getFirst();
    assertThat(region.x()).isLessThan(AT_X);
    assertThat(region.x() + region.width()).isGreaterThan(AT_X);
    assertThat(region.y()).isLessThan(AT_Y);
    assertThat(region.y() + region.height()).isGreaterThan(AT_Y);
  }

  @Test
  void theDrawOfCandidatesDependsOnTheImageAndNotOnItsPlace() {
    Map<String, Object> choices =
        Map.of("resize", "same", "tile", 256, "candidates", 40, "ratio", 1, "projection", "none");
    Recipe recipe = Choices.with(Methods.recipe("patchcore/anomalib"), choices);
    Fit one = Methods.named("patchcore").fit(session, recipe, 1);
    one.add(List.of(image(1, false), image(2, false)));
    Fit other = Methods.named("patchcore").fit(session, recipe, 1);
    other.add(List.of(image(2, false)));
    other.add(List.of(image(1, false)));
    Model model = one.finish();
    assertThat(model.detector().summary().lines().getFirst()).contains("80 of 80 patches");
    Model reversed = other.finish();
    ImageSource image = image(3, false);
    assertThat(reversed.detector().score(image).distances().data())
        .isEqualTo(model.detector().score(image).distances().data());
  }
}
