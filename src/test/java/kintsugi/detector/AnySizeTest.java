package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The recipes whose input size follows from the images, and whose images may come in any order. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnySizeTest {
  private static final int[][] SIZES = {{90, 60}, {120, 80}, {60, 40}, {80, 80}, {150, 100}};

  @TempDir Path folder;

  private final Parallel parallel = new Parallel(2);
  private final Session session =
      Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
  private final List<ImageSource> images = images();

  private static List<ImageSource> images() {
    Random random = new Random(5);
    List<ImageSource> images = new ArrayList<>();
    for (int[] size : SIZES) {
      byte[] rgb = new byte[size[0] * size[1] * 3];
      random.nextBytes(rgb);
      images.add(ImageSource.of("image " + images.size(), new Pixels(size[0], size[1], rgb)));
    }
    return images;
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  private Fit fitted(Recipe recipe, List<ImageSource> list) {
    Fit fit = Methods.named(recipe.method()).fit(session, recipe, 1);
    fit.add(list);
    return fit;
  }

  private static Recipe small(String name) {
    return Choices.with(Methods.recipe(name), Map.of("resize", "auto:80-96"));
  }

  /** The names and bytes of all tensors. */
  private static String bytes(Model model) {
    return FitDigest.of(Map.of(), model.detector().tensors());
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void theDefaultTakesImagesOfAnySize(String method) {
    Fit fit = fitted(Methods.recipe(method), images);
    assertThat(fit.sizes()).contains("images of 60x40 to 150x100, input 320x208");
    Model model = fit.finish();
    assertThat(model.recipe().name()).isEqualTo(method + "/kintsugi");
    assertThat(model.recipe().preprocessing().resize()).hasToString("320x208");
    assertThat(model.detector().inputSize()).isEqualTo(new InputSize(320, 208));
    Path file = folder.resolve(method + ".safetensors");
    model.save(file);
    Model loaded = Model.load(file, session);
    assertThat(loaded.recipe()).isEqualTo(model.recipe());
    Calibration calibration = Calibration.of(loaded, images, List.of(), Optional.empty());
    Model calibrated = loaded.with(calibration);
    for (ImageSource image : images) {
      Prediction prediction = Prediction.of(calibrated, calibrated.detector().score(image));
      assertThat(prediction.map().shape()).containsExactly(208, 320);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void theOrderOfTheImagesChangesNoBit(String method) {
    Model first = fitted(small(method), images).finish();
    Model reversed = fitted(small(method), images.reversed()).finish();
    assertThat(bytes(reversed)).isEqualTo(bytes(first));
  }

  @Test
  void aPublishedRecipeTakesTheImagesAsTheyArePassed() {
    Recipe published =
        Choices.with(Methods.recipe("patchcore/anomalib"), Map.of("resize", "auto:80-96"));
    Model first = fitted(published, images).finish();
    Model reversed = fitted(published, images.reversed()).finish();
    assertThat(bytes(reversed)).isNotEqualTo(bytes(first));
  }

  @Test
  void aSizeOfOnesOwnKeepsTheOrderAndNeedsNoLine() {
    Recipe own = Choices.with(Methods.recipe("patchcore"), Map.of("resize", "64x96", "ratio", 0.2));
    Fit fit = fitted(own, images);
    assertThat(fit.sizes()).isEmpty();
    assertThat(bytes(fitted(own, images.reversed()).finish())).isEqualTo(bytes(fit.finish()));
  }

  @Test
  void partsOfDifferentSizesAreRefusedWithTheWayOut() {
    Fit wide = fitted(small("padim"), images.subList(0, 3));
    Fit square = fitted(small("padim"), images.subList(3, 4));
    assertThatThrownBy(() -> wide.merge(square))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "its images became 80x80, those of the first 96x64; choose one size for all of them"
                + " (size)");
    Path part = folder.resolve("wide.part");
    wide.save(part);
    Fit resumed = Fit.load(part, session);
    resumed.add(images.subList(3, 5));
    assertThat(resumed.finish().detector().inputSize()).isEqualTo(new InputSize(96, 64));
  }

  @Test
  void aPublishedRecipeNamesOursWhereSizesDiffer() {
    assertThatThrownBy(() -> fitted(Methods.recipe("patchcore/matlab"), images.subList(0, 2)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("fit with patchcore/kintsugi (recipe), which takes images of any");
  }
}
