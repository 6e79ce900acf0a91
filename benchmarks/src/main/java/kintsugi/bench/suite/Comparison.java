package kintsugi.bench.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kintsugi.InputException;

/**
 * Results next to those of another machine, JVM, set of flags or commit, the first of which is the
 * base.
 *
 * @param labels of the results, the base first
 * @param differences settings in which they differ, a value each
 * @param rows the benchmarks that two or more have
 * @param left benchmarks that only one has, or that were measured in another unit
 */
record Comparison(
    List<String> labels, Map<String, List<String>> differences, List<Row> rows, List<String> left) {

  /**
   * A benchmark.
   *
   * @param name with its parameters
   * @param unit of the means
   * @param rate whether more is better
   * @param paired whether the forks ran in turn, so that their ratios are those of pairs
   * @param means of each of the results; null where it was not measured
   * @param ratios to the base's time, below 1 where it takes less; null where there is none
   * @param steady whether all forks were
   */
  record Row(
      String name,
      String unit,
      boolean rate,
      boolean paired,
      List<Mean> means,
      List<Ratio> ratios,
      boolean steady) {}

  /** A mean with its interval; the ends are null for a single fork. */
  record Mean(double value, Double low, Double high) {}

  /**
   * A ratio with its interval.
   *
   * @param value times the base's
   * @param low end of the 95 % interval; null where a single fork does not tell
   * @param high end
   * @param verdict in words
   */
  record Ratio(double value, Double low, Double high, String verdict) {}

  /**
   * Compares.
   *
   * @throws InputException if they have no benchmark in common
   */
  static Comparison of(List<Results> all) {
    Map<String, List<Measured>> byName = new LinkedHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      for (Measured m : all.get(i).measured()) {
        List<Measured> row =
            byName.computeIfAbsent(
                m.key() + " " + m.unit(),
                name -> new ArrayList<>(java.util.Collections.nCopies(all.size(), null)));
        row.set(i, m);
      }
    }
    List<Row> rows = new ArrayList<>();
    List<String> left = new ArrayList<>();
    byName.forEach(
        (name, row) -> {
          if (row.getFirst() != null && row.stream().filter(m -> m != null).count() > 1) {
            rows.add(row(row, all));
          } else {
            left.add(name);
          }
        });
    if (rows.isEmpty()) {
      throw new InputException("the results have no benchmark in common");
    }
    Map<String, List<String>> differences = Settings.differences(all);
    return new Comparison(Settings.labels(all, differences), differences, rows, left);
  }

  private static Row row(List<Measured> row, List<Results> all) {
    Measured base = row.getFirst();
    List<Mean> means = new ArrayList<>();
    List<Ratio> ratios = new ArrayList<>();
    boolean pairs = true;
    boolean steady = true;
    for (int i = 0; i < row.size(); i++) {
      Measured m = row.get(i);
      means.add(m == null ? null : new Mean(m.mean(), m.low(), m.high()));
      if (m == null) {
        ratios.add(null);
        continue;
      }
      boolean paired =
          all.get(i).session().equals(all.getFirst().session())
              && m.forks().size() == base.forks().size();
      pairs &= paired;
      steady &= m.steady();
      ratios.add(
          ratio(
              paired
                  ? Interval.pairedRatio(m.means(), base.means())
                  : Interval.ratio(m.means(), base.means()),
              base.isRate()));
    }
    return new Row(base.key(), base.unit(), base.isRate(), pairs, means, ratios, steady);
  }

  private static Ratio ratio(Interval of, boolean rate) {
    String verdict =
        !of.known()
            ? "one fork: unknown"
            : !of.excludes(1)
                ? "no difference shown"
                : of.estimate() < 1 != rate ? "faster" : "slower";
    return new Ratio(
        of.estimate(), of.known() ? of.low() : null, of.known() ? of.high() : null, verdict);
  }

  /** {@return the comparison for a terminal} */
  String text() {
    StringBuilder text = new StringBuilder();
    line(text, "%nbase: %s", labels.getFirst());
    int width = rows.stream().mapToInt(row -> row.name.length()).max().orElse(0);
    for (int i = 1; i < labels.size(); i++) {
      line(text, "%n%s, times the base's score and 95 %% interval", labels.get(i));
      for (Row row : rows) {
        Ratio ratio = row.ratios.get(i);
        if (ratio != null) {
          line(
              text,
              "%-" + width + "s  %9s -> %9s %-6s  %.3f  %-16s %s%s",
              row.name,
              Table.number(row.means.getFirst().value),
              Table.number(row.means.get(i).value),
              row.unit,
              ratio.value,
              ratio.low == null
                  ? ""
                  : String.format(Locale.ROOT, "(%.3f to %.3f)", ratio.low, ratio.high),
              ratio.verdict,
              row.steady ? "" : ", not steady");
        }
      }
    }
    if (!differences.isEmpty()) {
      line(text, "%nwhat differs:");
      differences.forEach(
          (name, values) -> line(text, "  %s: %s", name, String.join(" | ", values)));
    }
    if (!left.isEmpty()) {
      line(text, "%nnot in the base or in it alone: %s", String.join("; ", left));
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
