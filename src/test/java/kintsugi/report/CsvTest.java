package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CsvTest {
  private record Row(String file, double score, String label) {}

  private static String written(Row... rows) {
    return Csv.of(Row.class, List.of(rows));
  }

  @Test
  void ordinaryTextsAndFiguresStayAsTheyAre() {
    assertThat(written(new Row("a/b-1.png", -0.5, "crack"), new Row("x,y\".png", 1e-9, "")))
        .isEqualTo("file,score,label\na/b-1.png,-0.5,crack\n\"x,y\"\".png\",1.0E-9,\n");
  }

  @Test
  void noSpreadsheetRunsAText() {
    for (String begin : List.of("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")) {
      String[] cells = written(new Row(begin + "cmd|' /C calc'!A0", 1, "x")).split("\n", 2);
      assertThat(cells[1].replaceFirst("^\"", "")).startsWith("'" + begin);
    }
    assertThat(written(new Row("a", 1, "-0.5"))).endsWith(",\"'-0.5\"\n");
  }
}
