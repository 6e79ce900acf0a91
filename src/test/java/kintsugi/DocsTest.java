package kintsugi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The truth of the documents: links and images lead somewhere, classes and methods that are named
 * exist, and code is the source's own. {@code mvn test -Dtest=DocsTest -Ddocs.write} puts the
 * source's code into the documents.
 */
class DocsTest {
  private static final List<Path> SOURCES =
      List.of(
          Path.of("src/main/java/kintsugi"),
          Path.of("src/tornado/java/kintsugi"),
          Path.of("src/examples/java/kintsugi"));

  /** Its code may be shown too: a test computes what only the book needs. */
  private static final Path TESTS = Path.of("src/test/java/kintsugi");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
  private static final Pattern CODE =
      Pattern.compile("<!-- code: (\\S+)#(\\w+) -->\\n```java\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern NAME =
      Pattern.compile("`(?:kintsugi\\.)?([a-z]+(?:\\.[a-z]+)?)\\.([A-Z]\\w+)(?:#(\\w+))?`");

  private static final Pattern ENTRY = Pattern.compile("\"([^\"|]+\\.md)\\|");

  static Stream<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      List<Path> all = docs.filter(p -> p.toString().endsWith(".md")).sorted().toList();
      return Stream.concat(
          all.stream(), Stream.of(Path.of("README.md"), Path.of("weights/README.md")));
    }
  }

  /** The site is built in a profile only; a new document shall not wait for it. */
  @Test
  void navigationOfTheSiteNamesEveryDocument() throws IOException {
    Path navigation = Path.of("src/site/java/kintsugi/site/Navigation.java");
    Matcher entries = ENTRY.matcher(Files.readString(navigation));
    List<Path> named = entries.results().map(entry -> Path.of(entry.group(1))).toList();
    assertThat(named).doesNotHaveDuplicates().containsAll(documents().toList());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linksLeadSomewhere(Path document) throws IOException {
    Matcher links = LINK.matcher(Files.readString(document));
    while (links.find()) {
      String link = links.group(1);
      if (!link.startsWith("http")) {
        assertThat(document.resolveSibling(link).normalize().toAbsolutePath()).exists();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void namesExist(Path document) throws IOException {
    Matcher names = NAME.matcher(Files.readString(document));
    while (names.find()) {
      for (Path sources : SOURCES) {
        Path source =
            sources.resolve(names.group(1).replace('.', '/')).resolve(names.group(2) + ".java");
        if (Files.isDirectory(source.getParent())) {
          assertThat(source).exists();
          if (names.group(3) != null) {
            assertThat(source).content().contains(names.group(3) + "(");
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void codeIsTheSourcesOwn(Path document) throws IOException {
    String text = Files.readString(document);
    Matcher blocks = CODE.matcher(text);
    String written =
        blocks.replaceAll(
            block ->
                Matcher.quoteReplacement(
                    "<!-- code: "
                        + block.group(1)
                        + "#"
                        + block.group(2)
                        + " -->\n```java\n"
                        + method(block.group(1), block.group(2))
                        + "```"));
    if (System.getProperty("docs.write") != null) {
      Files.writeString(document, written);
    }
    assertThat(text.equals(written) || System.getProperty("docs.write") != null)
        .as(document + " shows code that is not the source's; run with -Ddocs.write")
        .isTrue();
  }

  /** A method without its comment, as far left as it goes. */
  private static String method(String file, String name) {
    try {
      Path source =
          Stream.concat(SOURCES.stream(), Stream.of(TESTS))
              .map(s -> s.resolve(file))
              .filter(Files::exists)
              .findFirst()
              .orElseThrow();
      List<String> lines = Files.readAllLines(source);
      Pattern start = Pattern.compile("^(\\s+)(?!return|\\*|/|\\.)[\\w<].*\\b" + name + "\\(.*");
      for (int i = 0; i < lines.size(); i++) {
        Matcher matcher = start.matcher(lines.get(i));
        if (matcher.matches() && !lines.get(i).endsWith(";")) {
          String indent = matcher.group(1);
          StringBuilder code = new StringBuilder();
          for (int k = i; k < lines.size(); k++) {
            String line = lines.get(k);
            code.append(line.startsWith(indent) ? line.substring(indent.length()) : line)
                .append('\n');
            if (line.equals(indent + "}")) {
              return code.toString();
            }
          }
        }
      }
      throw new AssertionError(file + " has no method " + name);
    } catch (IOException | NoSuchElementException e) {
      throw new AssertionError(file + ": there is no such source", e);
    }
  }
}
