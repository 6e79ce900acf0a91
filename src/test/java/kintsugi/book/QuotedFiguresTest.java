package kintsugi.book;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The measured figures in the book's running text, which other pages have in their tables. */
class QuotedFiguresTest {
  private static final Pattern FIGURE = Pattern.compile("(?<![\\d.])0\\.\\d{4}(?!\\d)");
  private static final Pattern NOT_TEXT =
      Pattern.compile("```.*?```|^\\|[^\n]*$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern PAGE = Pattern.compile("\\]\\(\\.\\./([\\w/-]+\\.md)");

  static Stream<Path> chapters() throws IOException {
    return GlossaryTest.chapters().filter(chapter -> chapter.startsWith(Book.FOLDER));
  }

  @ParameterizedTest
  @MethodSource("chapters")
  void aFigureOfFourDecimalsIsOnAPageThatItsParagraphLinksTo(Path chapter) throws IOException {
    assertThat(withoutSource(Files.readString(chapter))).as("" + chapter).isEmpty();
  }

  private static List<String> withoutSource(String text) throws IOException {
    List<String> missing = new ArrayList<>();
    for (String paragraph : NOT_TEXT.matcher(text).replaceAll("").split("\n\n")) {
      StringBuilder pages = new StringBuilder();
      Matcher links = PAGE.matcher(paragraph);
      while (links.find()) {
        pages.append(Files.readString(Path.of("docs", links.group(1))));
      }
      FIGURE
          .matcher(paragraph)
          .results()
          .map(figure -> figure.group())
          .filter(figure -> !pages.toString().contains(figure))
          .forEach(missing::add);
    }
    return missing;
  }

  /** Figures of another form, in the chapter and on the page that they come from. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1-task.md | cut from 458 photographs | variants.md | cut from 458 photographs",
        "3-patchcore.md | less than 0.053 % | variants.md | less than 0.053 %",
        "3-patchcore.md | looks at 600x400 pixels | variants.md | sees the image at 600x400",
        "6-floats.md | of 760 test images | performance.md | 760 test images",
        "6-floats.md | 2.9·10⁻⁶ | performance.md | 2.9e-6",
      })
  void otherFiguresAreOnTheirPages(String chapter, String text, String page, String source)
      throws IOException {
    assertThat(Files.readString(Book.FOLDER.resolve(chapter)).replace("\n", " ")).contains(text);
    assertThat(Files.readString(Path.of("docs", page)).replace("\n", " ")).contains(source);
  }

  @Test
  void ofTwoHundredPixelsOneIsAnomalous() throws IOException {
    assertThat(Files.readString(Book.FOLDER.resolve("1-task.md")).replace("\n", " "))
        .contains("nearly all pixels are normal: here 199 of 200");
    double anomalous =
        Example.TEST.stream().mapToInt(image -> image.anomalous().cardinality()).average().orElse(0)
            / (Concrete.SIDE * Concrete.SIDE);
    assertThat(Math.rint(200 * anomalous)).as("" + anomalous).isEqualTo(1);
  }

  @Test
  void aFigureWithoutItsPageIsFound() throws IOException {
    String linked = "It is 0.9953 ([variants](../variants.md)).";
    assertThat(withoutSource(linked)).isEmpty();
    assertThat(withoutSource(linked.replace('3', '9'))).containsExactly("0.9959");
    assertThat(withoutSource("It is 0.9953.\n\n" + linked)).containsExactly("0.9953");
  }
}
