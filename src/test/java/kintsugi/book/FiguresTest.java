package kintsugi.book;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The figures of all documents: each is drawn by a command that the text names after it, which
 * compares or writes it, so that none can grow old.
 */
class FiguresTest {
  private static final Pattern IMAGE = Pattern.compile("!\\[[^\\]]+\\]\\(([^)]+)\\)");
  private static final Pattern COMMAND =
      Pattern.compile("mvn\\s+-q\\s+test\\s+-Dtest=(\\w+)#(\\w+)\\s+-Ddocs.write");

  /** The README's photograph of a page that {@code ./kintsugi demo} writes, which is not a plot. */
  private static final Path DEMO = Path.of("docs/demo.jpg");

  static Stream<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      List<Path> all = docs.filter(file -> file.toString().endsWith(".md")).sorted().toList();
      return Stream.concat(Stream.of(Path.of("README.md")), all.stream());
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void eachFigureHasItsCommand(Path document) throws IOException {
    assertThat(undrawn(document, Files.readString(document))).isEmpty();
  }

  /** The figures of a text that no command between them and the next figure draws. */
  private static List<String> undrawn(Path document, String text) throws IOException {
    List<String> undrawn = new ArrayList<>();
    List<MatchResult> images = IMAGE.matcher(text).results().toList();
    for (int i = 0; i < images.size(); i++) {
      String image = images.get(i).group(1);
      int end = i + 1 < images.size() ? images.get(i + 1).start() : text.length();
      if (!document.resolveSibling(image).equals(DEMO)
          && !draws(text.substring(images.get(i).end(), end), image)) {
        undrawn.add(image);
      }
    }
    return undrawn;
  }

  private static boolean draws(String text, String image) throws IOException {
    Matcher command = COMMAND.matcher(text);
    return command.find()
        && image.endsWith(".svg")
        && names(command.toMatchResult(), image.replaceAll(".*/|\\.svg$", ""));
  }

  /** Whether the method that a command runs has a figure's or a table's name. */
  private static boolean names(MatchResult command, String name) throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/kintsugi/book/" + command.group(1) + ".java"));
    String method = source.substring(source.indexOf("void " + command.group(2) + "("));
    return method.substring(0, method.indexOf("\n  }\n")).contains('"' + name + '"');
  }

  @ParameterizedTest
  @MethodSource("documents")
  void eachTableHasItsCommand(Path document) throws IOException {
    assertThat(uncomputed(Files.readString(document))).isEmpty();
  }

  /** The tables of a text that no command between them and the next table computes. */
  private static List<String> uncomputed(String text) throws IOException {
    List<String> uncomputed = new ArrayList<>();
    String[] parts = text.split("<!-- table: ");
    for (int i = 1; i < parts.length; i++) {
      String name = parts[i].substring(0, parts[i].indexOf(" -->"));
      boolean computed = false;
      for (MatchResult command : COMMAND.matcher(parts[i]).results().toList()) {
        computed |= names(command, name);
      }
      if (!computed) {
        uncomputed.add(name);
      }
    }
    return uncomputed;
  }

  @Test
  void aTableWithoutItsCommandIsFound() throws IOException {
    String table = "<!-- table: confusion -->\n\n| |\n\n`mvn -q test -Dtest=TaskFiguresTest#";
    assertThat(uncomputed(table + "scores -Ddocs.write`")).isEmpty();
    assertThat(uncomputed(table + "overlap -Ddocs.write`")).containsExactly("confusion");
    assertThat(uncomputed("<!-- table: lost -->\n\n| |\n")).containsExactly("lost");
  }

  @Test
  void noFigureIsLeftOver() throws IOException {
    Set<Path> used = new TreeSet<>();
    for (Path document : documents().toList()) {
      IMAGE
          .matcher(Files.readString(document))
          .results()
          .forEach(image -> used.add(document.resolveSibling(image.group(1)).normalize()));
    }
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      assertThat(docs.filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(".md")))
          .allMatch(used::contains);
    }
  }

  @Test
  void aFigureWithoutItsCommandIsFound() throws IOException {
    Path page = Path.of("docs/book/x.md");
    String drawn = "![A](figures/ladder.svg)\n\n`mvn -q test -Dtest=LadderFigureTest#ladder";
    assertThat(undrawn(page, drawn + " -Ddocs.write`")).isEmpty();
    assertThat(undrawn(page, drawn + "`")).containsExactly("figures/ladder.svg");
    assertThat(undrawn(page, drawn.replace("ladder.svg", "other.svg") + " -Ddocs.write`"))
        .containsExactly("figures/other.svg");
    assertThat(undrawn(page, "![A](photo.jpg)")).containsExactly("photo.jpg");
  }
}
