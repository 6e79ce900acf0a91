package kintsugi.book;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The book's files. What a test draws or computes is compared with them, or written to them with
 * {@code -Ddocs.write}.
 */
final class Book {
  static final Path FOLDER = Path.of("docs/book");
  private static final boolean WRITE = System.getProperty("docs.write") != null;

  private Book() {}

  /** Compares or writes a figure of the book. */
  static void figure(String name, Figure figure) throws IOException {
    figure(FOLDER, name, figure);
  }

  /** Compares or writes a figure of the documents in a folder. */
  static void figure(Path folder, String name, Figure figure) throws IOException {
    Path file = folder.resolve("figures/" + name + ".svg");
    if (WRITE) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, figure.svg());
    }
    assertThat(Files.readString(file).equals(figure.svg()))
        .as(file + " is not what the code draws; run with -Ddocs.write")
        .isTrue();
  }

  /** Compares or writes the table below a marker of a chapter. */
  static void table(String chapter, String name, String table) throws IOException {
    Path file = FOLDER.resolve(chapter + ".md");
    String text = Files.readString(file);
    String marker = "<!-- table: " + name + " -->\n\n";
    Matcher block = Pattern.compile(Pattern.quote(marker) + "(?:\\|.*\n)*\n?").matcher(text);
    assertThat(block.find()).as(file + " has no table " + name).isTrue();
    String written =
        text.substring(0, block.start()) + marker + table + "\n" + text.substring(block.end());
    if (WRITE) {
      Files.writeString(file, written);
    }
    assertThat(text.equals(written) || WRITE)
        .as(file + " has an old table " + name + "; run with -Ddocs.write")
        .isTrue();
  }
}
