package kintsugi.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageTest {
  private record Named(String title) {}

  @Test
  void aPartIsNotSearchedForPlaces() throws IOException {
    StringWriter page = new StringWriter();
    Page.fill(
        "<a>/*{one}*/</a>/*{two}*/.",
        Map.of("one", "/*{two}*/ $1 \\ ${x}", "two", "/*{one}*/"),
        page);
    assertThat(page).hasToString("<a>/*{two}*/ $1 \\ ${x}</a>/*{one}*/.");
  }

  @Test
  void aFolderNamedAsAPlaceChangesNoOtherPartOfAPage(@TempDir Path folder) throws IOException {
    Path plain = folder.resolve("plain.html");
    Path hostile = folder.resolve("hostile.html");
    Page.write(plain, "trace", List.of("trace"), new Named("NAME"), "AAAA");
    String name = "/*{script}*/ /*{images}*/ /*{data}*/ $& ${x} <!-- </script>";
    Page.write(hostile, "trace", List.of("trace"), new Named(name), "AAAA");
    assertThat(Files.readString(hostile))
        .isEqualTo(
            Files.readString(plain)
                .replace("\"NAME\"", "\"" + name.replace("<", "\\u003c") + "\""));
    assertThat(Files.readString(plain)).contains("\"NAME\"").doesNotContain("*{");
  }
}
