package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import org.junit.jupiter.api.Test;

/** A fit that cannot have the heap it needs says so, with the amount, before it begins. */
class HeapTest {
  private static final ImageSource IMAGE =
      ImageSource.of(new BufferedImage(64, 64, BufferedImage.TYPE_3BYTE_BGR));

  private static final Session.Options PATCHES_IN_A_FILE =
      new Session.Options(
          Progress.SILENT, false, 0, Decoding.DEFAULT_MAX_PIXELS, () -> false, line -> {});

  private static void assertRefused(
      String method, Map<String, ?> choices, int images, String... words) {
    try (Parallel parallel = new Parallel(1)) {
      Session session =
          Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
      Recipe recipe = Choices.with(Methods.recipe(method), choices);
      List<ImageSource> many = Collections.nCopies(images, IMAGE);
      try (Fit fit = Methods.named(recipe.method()).fit(session, recipe, 1)) {
        assertThatThrownBy(() -> fit.add(many))
            .isInstanceOf(InputException.class)
            .message()
            .contains(words);
      }
    }
  }

  @Test
  void theAmountAndTheWayOutAreNamed() {
    assertThatThrownBy(() -> Heap.require("a fit", 1300L << 20, ", or less", 256L << 20))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "a fit needs about 1.3 GB of heap where Java may take 256 MB; run with"
                + " JDK_JAVA_OPTIONS=-Xmx2g, or less");
    assertThatCode(() -> Heap.require("a fit", 1300L << 20, "", 1300L << 20))
        .doesNotThrowAnyException();
  }

  @Test
  void padimCountsItsAccumulators() {
    try (Parallel parallel = new Parallel(1)) {
      Session session =
          Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
      InputSize size = new InputSize(224, 224);
      Recipe all = Choices.with(Methods.recipe("padim"), Map.of("channels", "all"));
      long bytes = Methods.named("padim").fit(session, all, 1).heap(size, 250);
      assertThat(bytes).isEqualTo(56 * 56 * (448 * 449 / 2 + 448) * 8L);
      // Known to fit.
      assertThatCode(() -> Heap.require("", Heap.backbone(all, size, 250) + bytes, "", 4L << 30))
          .doesNotThrowAnyException();
      long usual = Methods.named("padim").fit(session, Methods.recipe("padim"), 1).heap(size, 250);
      assertThatThrownBy(
              () -> Heap.require("", Heap.backbone(all, size, 250) + usual, "", 256L << 20))
          .hasMessageContaining("needs about 280 MB");
    }
  }

  @Test
  void aFitThatWillBeSavedCountsItsTensorsToo() {
    try (Parallel parallel = new Parallel(1)) {
      Session session =
          Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
      InputSize size = new InputSize(224, 224);
      Fit padim = Methods.named("padim").fit(session, Methods.recipe("padim"), 1);
      assertThat(padim.heapToSave(size, 250)).isEqualTo(2 * padim.heap(size, 250));
      Fit patchCore = Methods.named("patchcore").fit(session, Methods.recipe("patchcore"), 1);
      assertThat(patchCore.heapToSave(size, 10)).isEqualTo(2 * 10 * 28 * 28 * 384L * 4);
    }
  }

  @Test
  void aFitThatHasNoRoomToBeSavedIsNotBegun() {
    try (Parallel parallel = new Parallel(1)) {
      Session session =
          new Session(
              new VectorEngine(parallel), parallel, ResNet.randomWeights(1), PATCHES_IN_A_FILE);
      Recipe recipe =
          Choices.with(Methods.recipe("patchcore"), Map.of("resize", "1024x1024", "crop", "same"));
      // Not there, so that the test ends soon where nothing is refused.
      List<ImageSource> many = Collections.nCopies(1300, ImageSource.of(Path.of("not-there.png")));
      try (Fit fit = Methods.named("patchcore").fit(session, recipe, 1)) {
        fit.expectSave();
        assertThatThrownBy(() -> fit.add(many))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("needs about 31.9 GB");
      }
    }
  }

  @Test
  void aModelThatNoFileCouldHoldIsNotBegun() {
    assertRefused(
        "padim",
        Map.of("channels", "all", "resize", "512x512", "crop", "same"),
        2,
        "the factors take 6591348736 bytes");
  }

  @Test
  void moreChannelsThanThereAreCannotBeDrawn() {
    assertRefused("padim/paper", Map.of("channels", 449), 2, "of 448 channels 449 cannot be drawn");
  }

  @Test
  void patchCoreCountsThePatchesOfAllImages() {
    assertRefused(
        "patchcore",
        Map.of("resize", "1024x1024", "projection", "none"),
        1300,
        "needs about",
        "(memory)",
        "(ratio)");
    assertRefused("patchcore", Map.of("resize", "2048x2048"), 1000, "65536000 patches are more");
  }
}
