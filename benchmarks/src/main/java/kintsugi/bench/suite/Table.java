package kintsugi.bench.suite;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The results for a person: medians and means with their meaning, GFLOP/s, the fraction of the peak
 * measured in the same run, and the ratio to a peer.
 */
final class Table {
  private static final Set<String> PEERS = Set.of("onnxruntime", "openblas");

  private Table() {}

  static String of(Results results) {
    StringBuilder table = new StringBuilder();
    JvmCard jvm = results.jvm();
    MachineCard machine = results.machine();
    Load load = results.load();
    line(
        table,
        "%n%s, %d cores, %s, Linux %s, governor %s%n%s, %s, %s, heap %d MiB, vectors of %d bits",
        machine.processor(),
        machine.cores(),
        String.join(" ", machine.caches()),
        machine.kernel(),
        machine.governor() == null ? "unknown" : machine.governor(),
        jvm.label(),
        jvm.vendor(),
        String.join(" and ", jvm.collectors()),
        jvm.maximumHeapMib(),
        jvm.vectorBits());
    line(
        table,
        "commit %s, weights %s, blackholes: %s, steal %s%n",
        results.commit(),
        results.weights().length() > 20 ? results.weights().substring(0, 19) : results.weights(),
        results.blackholes(),
        load.stealPercent() == null
            ? "unknown"
            : String.format(Locale.ROOT, "%.1f %%", load.stealPercent()));
    int width = results.measured().stream().mapToInt(m -> m.key().length()).max().orElse(1);
    line(
        table,
        "%-" + width + "s  %10s  %10s  %-25s%s",
        "",
        "median",
        "mean",
        "95 % interval over forks",
        "");
    for (Measured m : results.measured()) {
      line(
          table,
          "%-" + width + "s  %10s  %10s  %-25s%s %s%s",
          m.key(),
          number(m.median()),
          number(m.mean()),
          m.low() == null ? "one fork: unknown" : number(m.low()) + " to " + number(m.high()),
          m.unit(),
          meaning(m, results),
          m.steady() ? "" : "  (not steady)");
      m.profilers().forEach((name, value) -> line(table, "%" + width + "s  %s", name, value));
    }
    return table.toString();
  }

  private static void line(StringBuilder table, String format, Object... values) {
    table.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }

  /** Four digits that count. */
  static String number(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return Double.toString(value);
    }
    int whole = (int) Math.floor(Math.log10(Math.abs(value)));
    return String.format(Locale.ROOT, "%." + Math.clamp(3 - whole, 0, 9) + "f", value);
  }

  private static String meaning(Measured m, Results results) {
    StringBuilder meaning = new StringBuilder();
    Work work = Work.of(m).orElse(null);
    if (work != null && work.operations() > 0) {
      double speed = work.gigaflops(m.millis());
      meaning.append(String.format(Locale.ROOT, "  %.1f GFLOP/s", speed));
      OptionalDouble peak = Work.peak(results);
      if (peak.isPresent() && work.bytes() > 0) {
        meaning.append(
            String.format(
                Locale.ROOT,
                ", %.0f %% of the peak",
                100 * speed / peak.getAsDouble() / work.threads()));
      }
    } else if (work != null) {
      meaning.append(String.format(Locale.ROOT, "  %.1f GB/s", work.gigabytes(m.millis())));
    }
    peer(m, results.measured())
        .ifPresent(
            peer -> {
              Interval ratio = Interval.pairedRatio(m.means(), peer.means());
              meaning.append(
                  String.format(
                      Locale.ROOT,
                      "  %.2f%s of %s's time",
                      ratio.estimate(),
                      ratio.known()
                          ? String.format(Locale.ROOT, " (%.2f to %.2f)", ratio.low(), ratio.high())
                          : "",
                      peer.parameters().get("who")));
            });
    return meaning.toString();
  }

  /** The measurement of the same work by the peer that ours is to be a fraction of. */
  private static Optional<Measured> peer(Measured m, List<Measured> all) {
    if (!m.mode().equals("avgt") || PEERS.contains(who(m)) || who(m).isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> wanted = new LinkedHashMap<>(m.parameters());
    wanted.remove("who");
    return all.stream()
        .filter(other -> other.benchmark().equals(m.benchmark()) && other.mode().equals(m.mode()))
        .filter(other -> PEERS.contains(who(other)))
        .filter(other -> other.parameters().entrySet().containsAll(wanted.entrySet()))
        .filter(other -> other.forks().size() == m.forks().size())
        .findFirst();
  }

  private static String who(Measured m) {
    return m.parameters().getOrDefault("who", "");
  }
}
