package kintsugi.book;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The words of the book: each term of the glossary is a link to it where a chapter first uses it,
 * and formulas have the glossary's letters alone.
 */
class GlossaryTest {
  private static final Path GLOSSARY = Book.FOLDER.resolve("glossary.md");
  private static final Pattern TERM = Pattern.compile("\\| <a id=\"([^\"]+)\"></a>([^|]+) \\|");
  private static final Pattern LINK =
      Pattern.compile("\\[([^\\]]+)\\]\\((?:book/)?glossary\\.md#([^)]+)\\)");
  private static final Pattern FORMULA =
      Pattern.compile("\\$\\$(.+?)\\$\\$|\\$([^$\n]+)\\$", Pattern.DOTALL);

  private static final Pattern NOT_PROSE =
      Pattern.compile(
          String.join(
              "|",
              "```.*?```",
              "<!-- table: [^\n]*\n\n(?:\\|[^\n]*\n)*",
              "<!--.*?-->",
              "\\$\\$.+?\\$\\$",
              "\\$[^$\n]+\\$",
              "`[^`\n]+`",
              "^#.*?$",
              "\\[[^\\]]*\\]\\((?!(?:book/)?glossary)[^)]*\\)",
              "\\*[^*]+\\*, (?:19|20)\\d\\d"),
          Pattern.DOTALL | Pattern.MULTILINE);

  /** What a formula may hold that is not a letter with a meaning. */
  private static final Set<String> LAYOUT =
      Set.of(
          "frac", "sum", "sqrt", "top", "cdot", "ldots", "left", "right", "le", "ge", "max", "min",
          "arg", "exp", "lVert", "rVert", "lvert", "rvert", "in", "quad", "times", "odot", "prod",
          "lceil", "rceil", "approx", "begin", "end", "bmatrix", "cap", "bigl", "bigr", "lt",
          "qquad", "infty", "ne", "subset", "to");

  static Stream<Path> chapters() throws IOException {
    try (Stream<Path> files = Files.list(Book.FOLDER)) {
      Stream<Path> parts = files.filter(f -> f.getFileName().toString().matches("\\d.*\\.md"));
      Stream<Path> outside =
          Stream.of("ladder.md", "exercises.md", "lessons.md").map(Path.of("docs")::resolve);
      return Stream.concat(parts, outside).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("chapters")
  void eachTermIsALinkWhereItIsFirstUsed(Path chapter) throws IOException {
    assertThat(unlinked(Files.readString(chapter), terms()))
        .as(chapter + " without links")
        .isEmpty();
  }

  /** The terms whose first use in a text is not a link to the glossary. */
  private static List<String> unlinked(String text, Map<String, String> terms) {
    String rest = prose(text);
    List<String> missing = new ArrayList<>();
    List<String> longestFirst = new ArrayList<>(terms.keySet());
    longestFirst.sort(Comparator.comparingInt(String::length).reversed());
    for (String term : longestFirst) {
      Matcher use = use(term).matcher(rest);
      if (use.find()) {
        Matcher links = LINK.matcher(rest);
        boolean linked = false;
        while (!linked && links.find() && links.start() <= use.start()) {
          linked = links.end() > use.start() || links.group(2).equals(terms.get(term));
        }
        if (!linked) {
          missing.add(term);
        }
        // A longer term's words are not uses of the shorter ones in it.
        rest = use.replaceAll(match -> "·".repeat(match.group().length()));
      }
    }
    return missing;
  }

  private static Pattern use(String term) {
    boolean initials = term.equals(term.toUpperCase(java.util.Locale.ROOT));
    String words = Pattern.quote(term).replace(" ", "\\E\\s+\\Q");
    return Pattern.compile(
        "(?<![\\w·(#/.-])" + words + "(?:s|es)?(?![\\w·/]|-\\w)",
        initials ? 0 : Pattern.CASE_INSENSITIVE);
  }

  /** A text in which all that is not prose is blank: code, formulas, computed tables, titles. */
  private static String prose(String text) {
    return NOT_PROSE.matcher(text).replaceAll(match -> match.group().replaceAll("[^\n]", " "));
  }

  private static Map<String, String> terms() throws IOException {
    Map<String, String> terms = new LinkedHashMap<>();
    Matcher rows = TERM.matcher(Files.readString(GLOSSARY));
    while (rows.find()) {
      for (String term : rows.group(2).split(", ")) {
        terms.put(term.strip(), rows.group(1));
      }
    }
    return terms;
  }

  @ParameterizedTest
  @MethodSource("chapters")
  void linksNameTermsThatExist(Path chapter) throws IOException {
    Matcher links = LINK.matcher(Files.readString(chapter));
    while (links.find()) {
      assertThat(terms().values()).as(chapter.toString()).contains(links.group(2));
    }
  }

  @ParameterizedTest
  @MethodSource("chapters")
  void formulasHaveTheGlossarysLetters(Path chapter) throws IOException {
    Set<String> unknown = letters(Files.readString(chapter));
    String glossary = Files.readString(GLOSSARY);
    unknown.removeAll(letters(glossary.substring(glossary.indexOf("## Letters"))));
    assertThat(unknown).as(chapter + " has letters that the glossary does not know").isEmpty();
  }

  /** The letters of a text's formulas: single Latin ones and Greek ones by their names. */
  private static Set<String> letters(String text) {
    Set<String> letters = new TreeSet<>();
    Matcher formulas = FORMULA.matcher(text.replaceAll("(?s)```.*?```", ""));
    while (formulas.find()) {
      String formula = formulas.group(1) == null ? formulas.group(2) : formulas.group(1);
      String plain = formula.replaceAll("\\\\(?:text|mathrm|operatorname)\\{[^}]*\\}", " ");
      Matcher names =
          Pattern.compile("\\\\([a-zA-Z]+)(?:\\{bmatrix\\})?|([a-zA-Z])").matcher(plain);
      while (names.find()) {
        String name = names.group(1) == null ? names.group(2) : names.group(1);
        if (!LAYOUT.contains(name)) {
          letters.add(name);
        }
      }
    }
    return letters;
  }

  @Test
  void missingLinksAndUnknownLettersAreFound() throws IOException {
    String linked = "The [ROC](glossary.md#roc) and its [AUROC](glossary.md#auroc): ROC again.";
    assertThat(unlinked(linked, terms())).isEmpty();
    assertThat(unlinked("The ROC and its [AUROC](glossary.md#auroc)", terms()))
        .containsExactly("ROC");
    assertThat(unlinked("ROC, then a [ROC](glossary.md#roc)", terms())).containsExactly("ROC");
    assertThat(letters("$$\\frac{Z_i}{\\mu}$$ and $\\text{word} + t$"))
        .containsExactly("Z", "i", "mu", "t");
  }
}
