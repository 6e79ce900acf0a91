package kintsugi.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The table of coverage by package that {@code mvn -Pcoverage test} prints from JaCoCo's CSV. */
final class CoverageTable {
  private static final int PACKAGE = 1;
  private static final int BRANCHES = 5;
  private static final int LINES = 7;

  private CoverageTable() {}

  /** Lines and branches of a package, and how many of them a test ran. */
  private record Covered(long lines, long linesRun, long branches, long branchesRun) {
    static final Covered NOTHING = new Covered(0, 0, 0, 0);

    static Covered of(String[] row) {
      long lines = Long.parseLong(row[LINES + 1]);
      long branches = Long.parseLong(row[BRANCHES + 1]);
      return new Covered(
          lines + Long.parseLong(row[LINES]),
          lines,
          branches + Long.parseLong(row[BRANCHES]),
          branches);
    }

    Covered plus(Covered more) {
      return new Covered(
          lines + more.lines,
          linesRun + more.linesRun,
          branches + more.branches,
          branchesRun + more.branchesRun);
    }

    String line(String name) {
      return String.format(
          Locale.ROOT,
          "%-26s %7d %8s %9d %8s",
          name,
          lines,
          percent(linesRun, lines),
          branches,
          percent(branchesRun, branches));
    }

    private static String percent(long part, long whole) {
      return whole == 0 ? "-" : String.format(Locale.ROOT, "%.1f%%", 100.0 * part / whole);
    }
  }

  public static void main(String[] arguments) throws IOException {
    lines(Files.readAllLines(Path.of(arguments[0]))).forEach(System.out::println);
  }

  /** {@return the table's lines, the sum last} */
  static List<String> lines(List<String> csv) {
    Map<String, Covered> packages = new TreeMap<>();
    Covered all = Covered.NOTHING;
    for (String line : csv.subList(1, csv.size())) {
      String[] row = line.split(",");
      packages.merge(row[PACKAGE], Covered.of(row), Covered::plus);
      all = all.plus(Covered.of(row));
    }
    List<String> table = new ArrayList<>();
    table.add("package                      lines  covered  branches  covered");
    packages.forEach((name, covered) -> table.add(covered.line(name)));
    table.add(all.line("all"));
    return table;
  }
}
