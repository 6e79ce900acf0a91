package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kintsugi.padim.PadimRecipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "padim/matlab",
        "padim/anomalib",
        "padim/paper",
        "padim/kintsugi",
        "patchcore/kintsugi",
        "patchcore/matlab",
        "patchcore/anomalib",
        "patchcore/amazon"
      })
  void isWrittenAndRead(String name) {
    Recipe recipe = Methods.recipe(name);
    assertThat(recipe.name()).isEqualTo(name);
    String json = RecordJson.write((Record) recipe);
    assertThat(RecordJson.read(json, ((Record) recipe).getClass())).isEqualTo(recipe);
    double sigma = recipe.map().sigma();
    assertThat(Choices.with(recipe, Map.of("blur_sigma", sigma))).isEqualTo(recipe);
  }

  @Test
  void everyChoiceCanBeSetAlone() {
    Map<String, Object> others =
        Map.ofEntries(
            Map.entry("resize", "scale:0.5"),
            Map.entry("interpolation", "bicubic"),
            Map.entry("crop", "100x100"),
            Map.entry("tile", 96L),
            Map.entry("overlap", 0L),
            Map.entry("bit_depth", 12L),
            Map.entry("color_profile", "convert"),
            Map.entry("taps", List.of("layer2")),
            Map.entry("channels", 7L),
            Map.entry("replacement", true),
            Map.entry("neighbourhood", 3L),
            Map.entry("window", 5L),
            Map.entry("layer_scale", "image"),
            Map.entry("epsilon", 0.5),
            Map.entry("map_interpolation", "nearest"),
            Map.entry("blur_sigma", 2.0),
            Map.entry("border", "symmetric"),
            Map.entry("score", "top-9"),
            Map.entry("threshold", "max-fpr:0.1"));
    Recipe plain = PadimRecipe.ANOMALIB;
    assertThat(others).hasSize(Choices.of(plain).size() - 1);
    others.forEach(
        (choice, value) -> {
          Recipe changed = Choices.with(plain, Map.of(choice, value));
          assertThat(Choices.of(changed).get(choice)).isEqualTo(value);
          assertThat(changed.name()).isEqualTo("padim/anomalib*");
          Object before = Choices.of(plain).get(choice);
          Recipe back = Choices.with(changed, Map.of(choice, before));
          assertThat(Choices.of(back)).containsEntry(choice, before);
        });
  }

  @Test
  void anUnknownChoiceOrValueIsRefused() {
    Recipe plain = PadimRecipe.MATLAB;
    assertThatThrownBy(() -> Choices.with(plain, Map.of("colour", "red")))
        .hasMessageContaining("colour");
    assertThatThrownBy(() -> Choices.with(plain, Map.of("score", "least")))
        .hasMessageContaining("least");
    assertThatThrownBy(() -> Choices.with(plain, Map.of("border", "open")))
        .hasMessageContaining("open");
    assertThatThrownBy(() -> Choices.with(plain, Map.of("epsilon", -1)))
        .hasMessageContaining("epsilon");
    assertThatThrownBy(() -> Methods.recipe("padim/best")).hasMessageContaining("padim/paper");
  }

  @Test
  void aRecipeWrittenBeforeImagesHadChoicesHasTheirDefaults() {
    String json = RecordJson.write(PadimRecipe.MATLAB);
    String earlier = json.replaceFirst(",\"bit_depth\":null,\"color_profile\":\"keep\"", "");
    assertThat(earlier).isNotEqualTo(json).doesNotContain("bit_depth");
    Method padim = Methods.named("padim");
    assertThat(Choices.read(padim, earlier)).isEqualTo(PadimRecipe.MATLAB);
    earlier = json.replaceFirst("\"layers\":\\{[^}]*},", "");
    assertThat(earlier).isNotEqualTo(json);
    assertThat(Choices.read(padim, earlier)).isEqualTo(PadimRecipe.MATLAB);
    Recipe amazon = Methods.recipe("patchcore/amazon");
    json = RecordJson.write((Record) amazon);
    earlier = json.replaceFirst(",\"scale\":\"none\"", "");
    assertThat(earlier).isNotEqualTo(json);
    assertThat(Choices.read(Methods.named("patchcore"), earlier)).isEqualTo(amazon);
    Recipe deep = Choices.with(PadimRecipe.MATLAB, Map.of("bit_depth", "12"));
    assertThat(Choices.read(padim, RecordJson.write((Record) deep))).isEqualTo(deep);
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "17", "-12", "1e300", "twelve"})
  void aBitDepthIsOfASixteenBitFile(String depth) {
    assertThatThrownBy(() -> Choices.with(PadimRecipe.MATLAB, Map.of("bit_depth", depth)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("bit_depth: ");
  }

  @Test
  void aSmallEpsilonOfAProjectionIsWrittenAndRead() {
    Recipe recipe =
        Choices.with(Methods.recipe("patchcore"), Map.of("projection", "sparse:0.0001"));
    assertThat(Choices.of(recipe)).containsEntry("projection", "sparse:0.0001");
  }

  @Test
  void channelsAreDrawnByTheSeed() {
    int[] channels = PadimRecipe.MATLAB.draw().draw(448, 9);
    assertThat(channels).hasSize(100).isEqualTo(PadimRecipe.MATLAB.draw().draw(448, 9));
    assertThat(channels).isNotEqualTo(PadimRecipe.MATLAB.draw().draw(448, 8));
    assertThat(Arrays.stream(channels).distinct().count()).isLessThan(100);
    assertThat(PadimRecipe.PAPER.draw().draw(448, 9)).doesNotHaveDuplicates().isSorted();
    PadimRecipe all = (PadimRecipe) Choices.with(PadimRecipe.MATLAB, Map.of("channels", 0));
    assertThat(all.draw().draw(3, 1)).containsExactly(0, 1, 2);
    assertThatThrownBy(() -> PadimRecipe.PAPER.draw().draw(64, 1)).hasMessageContaining("of 64");
  }
}
