package kintsugi.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages of the built site: links, formulas, images, and nothing from a network. */
class SitePagesTest {
  private static final Path SITE = Path.of("target/site");
  private static final Pattern IMAGE = Pattern.compile("<img [^>]*>");
  private static final Pattern FORMULA =
      Pattern.compile("\\$\\$(.+?)\\$\\$|\\$([^$\n]+)\\$", Pattern.DOTALL);
  private static final Pattern CODE =
      Pattern.compile("```.*?```|`[^`]+`|<!--.*?-->", Pattern.DOTALL);
  private static Links links;

  @BeforeAll
  static void read() throws IOException {
    links = new Links(SITE);
  }

  @Test
  void everyLinkAndAnchorIsThere() {
    assertThat(links.pages()).hasSizeGreaterThan(300);
    assertThat(links.broken()).isEmpty();
  }

  @Test
  void noPageHasAnIdTwice() {
    assertThat(links.repeated()).isEmpty();
  }

  @Test
  void nothingIsLoadedFromElsewhere() {
    assertThat(links.loaded()).isEmpty();
  }

  @Test
  void brokenLinksAreFound(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("a.html"),
        """
        <h1 id="top">A</h1><a href="b.html#here">b</a><a href="b.html#there">b</a>
        <a href="c.html">c</a><a href="#top">a</a><a href="#bottom">a</a>
        <a href="https://example.org/">away</a><script src="https://example.org/a.js"></script>
        """);
    Files.writeString(folder.resolve("b.html"), "<p id=\"here\">B</p><p id=\"here\">B</p>");
    Links some = new Links(folder);
    assertThat(some.broken())
        .containsExactly("a.html → b.html#there", "a.html → c.html", "a.html → #bottom");
    assertThat(some.repeated()).containsExactly("b.html → #here");
    assertThat(some.loaded()).containsExactly("a.html → https://example.org/a.js");
  }

  @Test
  void everyFormulaOfTheDocumentsIsOnItsPage() throws IOException {
    int all = 0;
    for (Navigation.Entry entry : Navigation.ALL.pages()) {
      String text = Files.readString(Path.of(entry.file()));
      // What a command line's variables may not pass for.
      boolean mathematical = text.contains("\\") || entry.file().startsWith("docs/book");
      long formulas = FORMULA.matcher(CODE.matcher(text).replaceAll("")).results().count();
      String html = Files.readString(SITE.resolve(entry.address()));
      long typeset = html.split("<math ", -1).length - 1;
      if (mathematical) {
        assertThat(typeset).as(entry.file()).isEqualTo(formulas);
      }
      assertThat(html.replaceAll("(?s)<annotation.*?</annotation>|<code>.*?</code>", ""))
          .as(entry.file())
          .doesNotContain("\\frac", "\\sum", "$$");
      all += (int) typeset;
    }
    assertThat(all).isGreaterThan(100);
  }

  @Test
  void aFormulaThatCannotBeParsedStopsTheBuild(@TempDir Path root) throws IOException {
    Files.writeString(
        root.resolve("README.md"), "# Wrong\n\nA $\\frac{1}{N$ and $\\unknown{x}$.\n");
    Navigation.Entry entry = new Navigation.Entry("README.md", "Wrong");
    try (Formulas formulas = new Formulas()) {
      Document wrong = new Document(root, entry, new Names(root, root), formulas);
      assertThatThrownBy(wrong::html)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("README.md: $\\frac{1}{N$")
          .hasMessageContaining("KaTeX parse error");
      assertThatThrownBy(() -> formulas.mathml("\\unknown{x}", false))
          .hasMessageContaining("\\unknown");
    }
  }

  @Test
  void aLinkOfADocumentToNothingStopsTheBuild(@TempDir Path root) throws IOException {
    Files.writeString(root.resolve("README.md"), "# Wrong\n\n[nothing](docs/nothing.md)\n");
    Navigation.Entry entry = new Navigation.Entry("README.md", "Wrong");
    try (Formulas formulas = new Formulas()) {
      assertThatThrownBy(() -> new Document(root, entry, new Names(root, root), formulas))
          .hasMessage("README.md: docs/nothing.md does not exist");
    }
  }

  @Test
  void noPageOfAnEarlierBuildIsLeft() throws IOException {
    assertThat(outlived("api/kintsugi/kintsugi", Path.of("src/main/java/kintsugi"))).isEmpty();
    assertThat(outlived("docs", Path.of("docs"))).isEmpty();
    assertThat(outlived("source", Path.of(""))).isEmpty();
  }

  /** Pages whose document, class or source is not there any more. */
  private static List<String> outlived(String pages, Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(SITE.resolve(pages))) {
      return files
          .map(file -> "" + SITE.resolve(pages).relativize(file))
          .filter(page -> page.endsWith(".html"))
          .filter(page -> !isMadeOf(page, sources))
          .toList();
    }
  }

  private static boolean isMadeOf(String page, Path sources) {
    String name = page.replaceFirst("\\.html$", "").replaceFirst("(^|/)index$", "$1README");
    // A nested class is in the file of the class around it; a package's pages have small letters.
    String around = name.replaceFirst("(/[A-Z]\\w*|^[A-Z]\\w*)\\..*$", "$1");
    return Files.exists(sources.resolve(name))
        || Files.exists(sources.resolve(name + ".md"))
        || Files.exists(sources.resolve(around + ".java"))
        || name.matches("(.*/)?package-(summary|tree|use)|(.*/)?class-use/.*");
  }

  @Test
  void everyImageHasItsText() {
    List<String> without =
        Navigation.ALL.pages().stream()
            .map(page -> links.pages().get(SITE.resolve(page.address())))
            .flatMap(html -> IMAGE.matcher(html).results())
            .map(image -> image.group())
            .filter(image -> !image.matches(".*alt=\"[^\"]+\".*"))
            .toList();
    assertThat(without).isEmpty();
  }

  @Test
  void namesOfTheProgramLeadToTheJavadocOrTheSource() throws IOException {
    String padim = Files.readString(SITE.resolve("docs/book/2-padim.html"));
    assertThat(padim)
        .contains("href=\"../../api/kintsugi/kintsugi/padim/Cholesky.html#factor(double[],int)\"")
        .containsPattern(
            "href=\"../../source/src/main/java/kintsugi/padim/GaussianSums.java.html#L\\d+\"");
  }

  @Test
  void javaIsMarkedLineByLine() {
    assertThat(Highlight.html("int i = 1; // < 2\n/* a\nb */ \"if\"", "java"))
        .isEqualTo(
            "<span class=\"k\">int</span> i = 1; <span class=\"c\">// &lt; 2</span>\n"
                + "<span class=\"c\">/* a</span>\n<span class=\"c\">b */</span>"
                + " <span class=\"t\">&quot;if&quot;</span>");
    assertThat(Highlight.html("a < b", "sh")).isEqualTo("a &lt; b");
    String source =
        links
            .pages()
            .get(SITE.resolve("source/src/main/java/kintsugi/padim/GaussianSums.java.html"));
    assertThat(Pattern.compile("<span class=\"[ctk]\">[^<]*\n").matcher(source).find()).isFalse();
  }
}
