package kintsugi.bench.suite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.report.Page;

/** The program that compares results files: prints ratios and draws a page. */
public final class Compare {
  private static final Path PAGE = Path.of("benchmarks", "results", "compare.html");

  private Compare() {}

  /** The data of the page's script. */
  private record Contents(Comparison comparison, List<Card> cards) {}

  /** The settings of one of the results. */
  private record Card(String label, Map<String, String> settings) {}

  /**
   * Compares.
   *
   * @param arguments two or more files, the base first; {@code --out} and the page's name
   */
  public static void main(String[] arguments) {
    int status = 0;
    try {
      compare(List.of(arguments));
    } catch (UsageException e) {
      System.err.println("benchmarks/compare: " + e.getMessage());
      status = 2;
    } catch (InputException e) {
      System.err.println("benchmarks/compare: " + e.getMessage());
      status = 1;
    }
    System.exit(status);
  }

  private static void compare(List<String> arguments) {
    List<Path> files = new ArrayList<>();
    Path page = PAGE;
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      if (word.equals("--out")) {
        if (i + 1 == arguments.size()) {
          throw new UsageException("--out: name the page's file");
        }
        page = Places.of(arguments.get(++i));
      } else if (word.startsWith("-")) {
        throw new UsageException(word + ": there is no such option; name results files, or --out");
      } else {
        files.add(Places.of(word));
      }
    }
    if (files.size() < 2) {
      throw new UsageException("name two or more results files, the base first");
    }
    List<Results> all = files.stream().map(Results::read).toList();
    Comparison comparison = Comparison.of(all);
    System.out.print(comparison.text());
    write(page, comparison, all);
    System.out.println("\n" + page);
  }

  /** Writes the page. */
  static void write(Path page, Comparison comparison, List<Results> all) {
    List<Card> cards = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      cards.add(new Card(comparison.labels().get(i), Settings.of(all.get(i))));
    }
    AtomicOutput.file(
        page,
        part ->
            Page.write(
                part, "benchmarks", List.of("benchmarks"), new Contents(comparison, cards), ""));
  }
}
