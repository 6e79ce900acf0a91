package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kintsugi.OutputFolder;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.experiment.Grid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GridReportTest {
  @TempDir Path folder;

  private void metrics(Grid.Cell cell, double auroc, String more) throws IOException {
    Path file = cell.folder(folder).resolve("metrics.json");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        String.format(
            Locale.ROOT,
            "{\"recipe\": \"%s\", \"seed\": %d, \"image_auroc\": %s, \"ms_per_test_image\": 20%s}",
            cell.recipe().name(),
            cell.seed(),
            auroc,
            more));
  }

  @Test
  void thePageHasATableAChartPerObjectAndALinkToEveryExperiment() throws IOException {
    Map<String, Recipe> recipes = new LinkedHashMap<>();
    recipes.put("padim/paper", Methods.recipe("padim/paper"));
    recipes.put("patchcore/amazon", Methods.recipe("patchcore/amazon"));
    List<Grid.Cell> cells = Grid.cells(List.of("bolt", "nut <b>"), recipes, List.of(1L, 2L));
    for (int i = 0; i < cells.size(); i++) {
      metrics(cells.get(i), 0.9 + 0.01 * i, i < 4 ? ", \"aupro\": 0.8" : ", \"f1\": \"NaN\"");
    }
    try (OutputFolder out = GridReport.open(folder)) {
      GridReport.Heading heading =
          new GridReport.Heading(
              "Grid on parts", "./kintsugi grid", List.of("bolt: twice"), List.of("x: broken"));
      List<Grid.Row> rows = GridReport.write(out, folder, heading, cells);
      assertThat(rows).hasSize(6);
    }
    List<String> lines = Files.readAllLines(folder.resolve("grid.csv"));
    assertThat(lines.get(0)).startsWith("object,recipe,seeds,image_auroc,image_auroc_low");
    assertThat(lines.get(1)).startsWith("bolt,padim/paper,2,0.905,").endsWith(",20.0");
    try (Browser browser = new Browser()) {
      browser.open(folder.resolve("grid.html"));
      assertThat(browser.all("#means tbody tr")).hasSize(6);
      assertThat(browser.all("#means tbody tr:first-child td"))
          .extracting(cell -> cell.getText())
          .contains("padim/paper", "1, 2", "0.9050 (0.8415 – 0.9685)", "20.0");
      assertThat(browser.all("#notes li"))
          .extracting(cell -> cell.getText())
          .containsExactly("bolt: twice", "not run: x: broken");
      assertThat(browser.all("#charts figure")).hasSize(4);
      assertThat(browser.all("#runs a"))
          .extracting(link -> link.getDomAttribute("href"))
          .hasSize(8)
          .contains("bolt/padim/paper/seed-1/report.html")
          .contains("nut%20_b_/patchcore/amazon/seed-2/report.html");
      browser.assertAccessible("grid");
      browser.assertClean();
    }
  }
}
