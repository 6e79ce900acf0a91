package kintsugi.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import org.junit.jupiter.api.Test;

class GridTest {
  private static final Recipe RECIPE = Methods.recipe("padim/paper");

  @Test
  void theIntervalOfAMeanIsStudents() {
    Grid.Mean mean = Grid.Mean.of(0.90, 0.92, 0.94);
    assertThat(mean.mean()).isCloseTo(0.92, within(1e-12));
    // 4.302653 is the 97.5th percentile for two degrees of freedom.
    assertThat(mean.high() - mean.mean()).isCloseTo(4.302653 * 0.02 / Math.sqrt(3), within(1e-6));
    assertThat(mean.mean() - mean.low()).isCloseTo(mean.high() - mean.mean(), within(1e-12));
    assertThat(Grid.Mean.of(0.5).low()).isNaN();
  }

  private static Grid.Outcome outcome(String object, long seed, double auroc, double ms) {
    return new Grid.Outcome(
        object, "r", seed, Map.of("image_auroc", auroc, "ms_per_test_image", ms));
  }

  @Test
  void rowsAreObjectByObjectAndTheirMeanIsOfWholeSeeds() {
    List<Grid.Row> rows =
        Grid.rows(
            List.of(
                outcome("a", 1, 0.9, 5),
                outcome("a", 2, 1.0, 500),
                outcome("b", 1, 0.5, 5),
                outcome("b", 2, 0.6, 5)));
    assertThat(rows).extracting(Grid.Row::object).containsExactly("a", "b", "");
    assertThat(rows.get(0).seeds()).containsExactly(1L, 2L);
    Grid.Mean first = rows.get(0).figures().get("image_auroc");
    assertThat(first.mean()).isCloseTo(0.95, within(1e-12));
    assertThat(first.high()).isEqualTo(1);
    assertThat(rows.get(0).figures().get("ms_per_test_image").high()).isGreaterThan(1000);
    Grid.Mean all = rows.get(2).figures().get("image_auroc");
    assertThat(all).isEqualTo(clamped(Grid.Mean.of((0.9 + 0.5) / 2, (1.0 + 0.6) / 2)));
  }

  private static Grid.Mean clamped(Grid.Mean mean) {
    return new Grid.Mean(mean.mean(), Math.max(0, mean.low()), Math.min(1, mean.high()));
  }

  @Test
  void thereIsNoMeanOverObjectsOfWhichOneIsMissing() {
    List<Grid.Row> rows =
        Grid.rows(List.of(outcome("a", 1, 0.9, 5), outcome("a", 2, 1, 5), outcome("b", 1, 1, 5)));
    assertThat(rows).extracting(Grid.Row::object).containsExactly("a", "b");
    assertThat(rows.get(1).figures().get("image_auroc").low()).isNaN();
  }

  @Test
  void everyExperimentHasAFolderOfItsOwn() {
    List<Grid.Cell> cells =
        Grid.cells(
            List.of("../a", "b"), Map.of("padim/paper+resize=scale:0.4", RECIPE), List.of(1L, 7L));
    assertThat(cells)
        .extracting(cell -> cell.folder(Path.of("o")))
        .containsExactly(
            Path.of("o/_._a/padim/paper+resize=scale_0.4/seed-1"),
            Path.of("o/_._a/padim/paper+resize=scale_0.4/seed-7"),
            Path.of("o/b/padim/paper+resize=scale_0.4/seed-1"),
            Path.of("o/b/padim/paper+resize=scale_0.4/seed-7"));
    assertThatThrownBy(() -> Grid.cells(List.of("a?", "a_"), Map.of("r", RECIPE), List.of(1L)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is listed twice");
  }
}
