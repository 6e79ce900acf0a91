package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class PrintableTest {
  private static final String HOSTILE =
      "a\u001b[2J\u009b31m\rb\nc\td\u202egnp.exe\u2066\u200f\u061c\u2028\u2029\u007f\ufeff\ud800";

  private record Named(String name) {}

  @Test
  void ordinaryNamesStayAsTheyAre() {
    for (String name :
        List.of("part 1.png", "ümlaut/日本語.png", "\ud83d\udc69\u200d\ud83d\udd27.png", "a\\nb")) {
      assertThat(Printable.line(name)).isEqualTo(name);
    }
  }

  @Test
  void whatDoesNotShowIsAnEscape() {
    assertThat(Printable.line(HOSTILE))
        .isEqualTo(
            "a\\u001b[2J\\u009b31m\\rb\\nc\\td\\u202egnp.exe\\u2066\\u200f\\u061c\\u2028\\u2029\\u007f"
                + "\\ufeff\\ud800");
    assertThat(Printable.line("\udb40\udc41")).isEqualTo("\\udb40\\udc41");
  }

  @Test
  void jsonForATerminalMeansTheSame() {
    String json = Json.pretty(new Named(HOSTILE));
    assertThat(json.strip().chars().filter(c -> c < ' ' && c != '\n')).isEmpty();
    assertThat(json).doesNotContain("\u202e", "\u009b", "\u2028").contains("\\u202e");
    assertThat(JsonMapper.shared().readTree(json).get("name").asString()).isEqualTo(HOSTILE);
    assertThat(Json.lines(List.of(new Named(HOSTILE), new Named("b")))).hasLineCount(2);
  }

  @Test
  void jsonForAPageShowsTheEscapes() {
    String json = Json.forPage(new Named("</script>\u202e"));
    assertThat(json).doesNotContain("<");
    assertThat(JsonMapper.shared().readTree(json).get("name").asString())
        .isEqualTo("</script>\\u202e");
  }
}
