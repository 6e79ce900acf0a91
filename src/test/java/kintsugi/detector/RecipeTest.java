package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
        "patchcore/matlab",
        "patchcore/anomalib",
        "patchcore/amazon"
      })
  void isWrittenAndRead(String name) {
    Recipe recipe = Recipe.named(name);
    assertThat(recipe.name()).isEqualTo(name);
    assertThat(RecipeFormat.read(RecipeFormat.write(recipe), recipe.getClass())).isEqualTo(recipe);
    assertThat(recipe.with(Map.of("blur_sigma", recipe.blurSigma()))).isEqualTo(recipe);
  }

  @Test
  void everyChoiceCanBeSetAlone() {
    Map<String, Object> others =
        Map.ofEntries(
            Map.entry("resize", "scale:0.5"),
            Map.entry("interpolation", "bicubic"),
            Map.entry("crop", "same"),
            Map.entry("taps", List.of("layer2")),
            Map.entry("channels", 7),
            Map.entry("replacement", false),
            Map.entry("epsilon", 0.5),
            Map.entry("map_interpolation", "nearest"),
            Map.entry("blur_sigma", 2.0),
            Map.entry("border", "symmetric"),
            Map.entry("score", "top-9"),
            Map.entry("threshold", "max-fpr:0.1"));
    Recipe plain = PadimRecipe.MATLAB;
    assertThat(others).hasSize(plain.choices().size() - 1);
    others.forEach(
        (choice, value) -> {
          Recipe changed = plain.with(Map.of(choice, value));
          assertThat(changed.choices().get(choice)).isEqualTo(value);
          assertThat(changed.name()).isEqualTo("padim/matlab*");
          assertThat(changed.with(Map.of(choice, plain.choices().get(choice))).choices())
              .containsEntry(choice, plain.choices().get(choice));
        });
  }

  @Test
  void whatIsNoChoiceIsRefused() {
    Recipe plain = PadimRecipe.MATLAB;
    assertThatThrownBy(() -> plain.with(Map.of("colour", "red"))).hasMessageContaining("colour");
    assertThatThrownBy(() -> plain.with(Map.of("score", "least"))).hasMessageContaining("least");
    assertThatThrownBy(() -> plain.with(Map.of("border", "open"))).hasMessageContaining("open");
    assertThatThrownBy(() -> plain.with(Map.of("epsilon", -1))).hasMessageContaining("epsilon");
    assertThatThrownBy(() -> Recipe.named("padim/best")).hasMessageContaining("padim/paper");
  }

  @Test
  void channelsAreDrawnByTheSeed() {
    int[] channels = PadimRecipe.MATLAB.drawChannels(448, 9);
    assertThat(channels).hasSize(100).isEqualTo(PadimRecipe.MATLAB.drawChannels(448, 9));
    assertThat(channels).isNotEqualTo(PadimRecipe.MATLAB.drawChannels(448, 8));
    assertThat(Arrays.stream(channels).distinct().count()).isLessThan(100);
    assertThat(PadimRecipe.PAPER.drawChannels(448, 9)).doesNotHaveDuplicates().isSorted();
    PadimRecipe all = (PadimRecipe) PadimRecipe.MATLAB.with(Map.of("channels", 0));
    assertThat(all.drawChannels(3, 1)).containsExactly(0, 1, 2);
    assertThatThrownBy(() -> PadimRecipe.PAPER.drawChannels(64, 1)).hasMessageContaining("of 64");
  }
}
