package kintsugi.bench.suite;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * One benchmark with one set of parameters.
 *
 * @param benchmark its method's full name
 * @param parameters their values by name
 */
record Cell(String benchmark, Map<String, String> parameters) {
  private static final Pattern NUMBERS = Pattern.compile("\\d+(?:([x-])\\d+)*");

  /**
   * {@return the cells that patterns and parameters choose, in the benchmarks' order} A benchmark
   * takes of a parameter's values those that it declares; one that declares none of them is left
   * out, one without the parameter is not.
   *
   * @param named the parameters that were typed
   * @throws UsageException if there are none, or a parameter does not fit any of them
   */
  static List<Cell> chosen(CommandLineOptions options, Set<String> named, OutputFormat log) {
    Collection<BenchmarkListEntry> entries =
        BenchmarkList.defaultList().find(log, options.getIncludes(), options.getExcludes());
    if (entries.isEmpty()) {
      throw new UsageException(
          "no benchmark matches " + String.join(" ", options.getIncludes()) + "; -l lists them");
    }
    Map<String, Set<String>> declared = new LinkedHashMap<>();
    Set<Cell> cells = new LinkedHashSet<>();
    for (BenchmarkListEntry entry : entries) {
      Map<String, String[]> parameters = entry.getParams().orElse(Map.of());
      parameters.forEach(
          (name, values) ->
              declared.computeIfAbsent(name, n -> new LinkedHashSet<>()).addAll(List.of(values)));
      cells.addAll(cells(entry.getUsername(), parameters, options));
    }
    check(options, named, declared);
    if (cells.isEmpty()) {
      throw new UsageException("no benchmark that was chosen takes these values together");
    }
    return List.copyOf(cells);
  }

  private static List<Cell> cells(
      String benchmark, Map<String, String[]> parameters, CommandLineOptions options) {
    List<Map<String, String>> all = List.of(Map.of());
    for (Map.Entry<String, String[]> parameter : parameters.entrySet()) {
      String name = parameter.getKey();
      List<String> own = List.of(parameter.getValue());
      List<String> values =
          options.getParameter(name).orElse(own).stream()
              .filter(value -> own.stream().anyMatch(like -> isLike(like, value)))
              .toList();
      List<Map<String, String>> more = new ArrayList<>();
      for (Map<String, String> some : all) {
        for (String value : values) {
          Map<String, String> next = new LinkedHashMap<>(some);
          next.put(name, value);
          more.add(next);
        }
      }
      all = more;
    }
    return all.stream().map(values -> new Cell(benchmark, values)).toList();
  }

  /** Without this a wrong name would be passed over, and a wrong value end as a stack trace. */
  private static void check(
      CommandLineOptions options, Set<String> named, Map<String, Set<String>> declared) {
    for (String name : named) {
      if (!declared.containsKey(name)) {
        throw new UsageException(
            "no benchmark that was chosen has a parameter "
                + name
                + (declared.isEmpty()
                    ? ""
                    : "; they have " + String.join(", ", declared.keySet())));
      }
      for (String value : options.getParameter(name).orElse(List.of())) {
        if (declared.get(name).stream().noneMatch(like -> isLike(like, value))) {
          throw new UsageException(
              name + "=" + value + ": use one of " + String.join(", ", declared.get(name)));
        }
      }
    }
  }

  /** The same word, or as many numbers where a benchmark declares numbers. */
  private static boolean isLike(String declared, String value) {
    if (declared.equals(value)) {
      return true;
    }
    return NUMBERS.matcher(declared).matches()
        && value.matches(declared.replaceAll("\\d+", "0*[1-9]\\\\d{0,5}"));
  }

  /** {@return the class and the method} */
  String shortName() {
    return benchmark.replaceFirst("^kintsugi\\.bench\\.", "");
  }
}
