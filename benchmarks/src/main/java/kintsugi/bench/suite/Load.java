package kintsugi.bench.suite;

import java.nio.file.Path;
import java.util.List;

/**
 * How busy the machine was between two looks at {@code /proc/stat}, over all hardware threads.
 *
 * @param stealPercent of the time in which the hypervisor ran somebody else though there was work
 *     here; null where it is not known
 * @param busyPercent of the time in which anything ran here, the benchmarks included
 * @param loadAverage of the last minute, at the second look
 */
public record Load(Double stealPercent, Double busyPercent, String loadAverage) {

  /** A look: ticks since the machine was started. */
  record Look(long steal, long idle, long total) {
    /** {@return the counts of now} */
    static Look now() {
      return of(MachineCard.lines(Path.of("/proc/stat")));
    }

    /** {@return the counts of a file's lines; of its first, which sums up} */
    static Look of(List<String> stat) {
      if (stat.isEmpty() || !stat.getFirst().startsWith("cpu ")) {
        return new Look(0, 0, 0);
      }
      String[] fields = stat.getFirst().strip().split("\\s+");
      long total = 0;
      // user nice system idle iowait irq softirq steal; guests' times are in user and nice
      for (int i = 1; i < Math.min(fields.length, 9); i++) {
        total += Long.parseLong(fields[i]);
      }
      long steal = fields.length > 8 ? Long.parseLong(fields[8]) : 0;
      return new Look(steal, Long.parseLong(fields[4]) + Long.parseLong(fields[5]), total);
    }
  }

  /** {@return the load between two looks} */
  static Load between(Look before, Look after) {
    double total = after.total - before.total;
    String average = MachineCard.line(Path.of("/proc/loadavg")).orElse(null);
    if (!(total > 0)) {
      return new Load(null, null, average);
    }
    double steal = 100 * (after.steal - before.steal) / total;
    double idle = 100 * (after.idle - before.idle) / total;
    return new Load(steal, 100 - idle - steal, average);
  }
}
