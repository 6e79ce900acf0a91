package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  @TempDir Path folder;

  private Path metrics(String name, String recipe, double auroc, String more) throws IOException {
    Path run = Files.createDirectories(folder.resolve(name));
    Files.writeString(
        run.resolve("metrics.json"),
        """
        {"recipe": "%s", "engine": "vector", "seed": 1, "image_auroc": %s, "accuracy": 0.9,
         "f1": "NaN", "choices": {"name": "%s", "epsilon": 0.01, "border": "%s"},
         "confidence95": {"image_auroc": {"low": 0.7, "high": 0.99},
                          "accuracy": {"low": 0.8, "high": 0.95}}%s}
        """
            .formatted(recipe, auroc, recipe, recipe.length(), more));
    return run;
  }

  @Test
  void settingsThatDifferAreNamedAndOthersAreNot() throws IOException {
    Path one = metrics("runs/a/one", "padim/matlab", 0.95, "");
    Path two = metrics("runs/b", "padim/paper", 0.9, ", \"aupro\": 0.5");
    Comparison comparison = Comparison.read(List.of(one, two.resolve("metrics.json")));
    assertThat(comparison.runs()).extracting(Comparison.Run::name).containsExactly("a/one", "b");
    assertThat(comparison.runs()).extracting(Comparison.Run::f1).containsOnlyNulls();
    assertThat(comparison.runs()).extracting(Comparison.Run::aupro).containsExactly(null, 0.5);
    assertThat(comparison.differences()).containsOnlyKeys("recipe", "border");
    assertThat(comparison.differences().get("border")).containsExactly("12", "11");
    Path out = folder.resolve("out");
    comparison.write(out);
    List<String> rows = Files.readAllLines(out.resolve("compare.csv"));
    assertThat(rows).hasSize(3);
    assertThat(rows.get(1)).startsWith("a/one,padim/matlab,vector,1,0.95,");
    assertThat(out.resolve("compare.json")).content().contains("\"aupro\" : 0.5");
    try (Browser browser = new Browser()) {
      browser.open(out.resolve("compare.html"));
      assertThat(browser.all("#figures tbody tr")).hasSize(2);
      assertThat(browser.all("#figures .best"))
          .extracting(cell -> cell.getText())
          .containsExactly("0.9500", "0.9000", "0.9000", "0.5000");
      assertThat(browser.all("#differences tbody tr")).hasSize(2);
      browser.assertAccessible("compare");
      browser.assertClean();
    }
  }

  @Test
  void aFileOfAnotherKindIsNamed() throws IOException {
    Path good = metrics("good", "padim/matlab", 0.95, "");
    Path other = Files.writeString(folder.resolve("other.json"), "{}");
    assertThatThrownBy(() -> Comparison.read(List.of(good, other)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(other + ": is not the metrics.json of an evaluation");
    Files.writeString(other, "{");
    assertThatThrownBy(() -> Comparison.read(List.of(good, other)))
        .hasMessageContaining(other + ": is not JSON");
    assertThatThrownBy(() -> Comparison.read(List.of(good, folder)))
        .hasMessageContaining("metrics.json: there is no such file");
  }
}
