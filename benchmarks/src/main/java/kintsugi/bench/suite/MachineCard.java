package kintsugi.bench.suite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The machine, as Linux describes it; on another system most is unknown and null.
 *
 * @param processor its model
 * @param cores physical ones that this system sees; hardware threads where it does not tell them
 *     apart
 * @param threads hardware threads
 * @param caches of one core, such as {@code L1 data 32K}
 * @param vectorInstructions the widest sets of the processor
 * @param kernel of the operating system
 * @param governor of the first core's frequency; null where the system does not let it be seen, as
 *     in most virtual machines
 * @param boost whether the frequency may rise above its base; null where it cannot be seen
 * @param hypervisor whether this is a virtual machine
 * @param memoryMib of the machine
 * @param transparentHugePages the kernel's setting
 */
public record MachineCard(
    String processor,
    int cores,
    int threads,
    List<String> caches,
    List<String> vectorInstructions,
    String kernel,
    String governor,
    String boost,
    boolean hypervisor,
    Long memoryMib,
    String transparentHugePages) {
  private static final List<String> SETS =
      List.of("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "asimd", "sve", "sve2");

  /** {@return the card of this machine} */
  static MachineCard here() {
    return of(Path.of("/"));
  }

  /**
   * {@return a card}
   *
   * @param root the folder that has {@code proc} and {@code sys}
   */
  static MachineCard of(Path root) {
    List<String> cpuinfo = lines(root.resolve("proc/cpuinfo"));
    Path first = root.resolve("sys/devices/system/cpu/cpu0");
    int threads = (int) cpuinfo.stream().filter(line -> line.startsWith("processor")).count();
    int cores = cores(cpuinfo);
    List<String> flags =
        List.of((field(cpuinfo, "flags") + " " + field(cpuinfo, "Features")).split("\\s+"));
    return new MachineCard(
        processor(cpuinfo),
        cores > 0 ? cores : threads,
        threads,
        caches(first.resolve("cache")),
        SETS.stream().filter(flags::contains).toList(),
        line(root.resolve("proc/sys/kernel/osrelease")).orElse(System.getProperty("os.version")),
        line(first.resolve("cpufreq/scaling_governor")).orElse(null),
        line(root.resolve("sys/devices/system/cpu/cpufreq/boost")).orElse(null),
        flags.contains("hypervisor"),
        memory(lines(root.resolve("proc/meminfo"))),
        line(root.resolve("sys/kernel/mm/transparent_hugepage/enabled")).orElse(null));
  }

  /** Hardware threads of the same core have the same two numbers. */
  private static int cores(List<String> cpuinfo) {
    Set<String> cores = new HashSet<>();
    String socket = "";
    for (String line : cpuinfo) {
      if (line.startsWith("physical id")) {
        socket = line;
      } else if (line.startsWith("core id")) {
        cores.add(socket + line);
      }
    }
    return cores.size();
  }

  private static String processor(List<String> cpuinfo) {
    String model = field(cpuinfo, "model name");
    return model.isEmpty() ? System.getProperty("os.arch") : model;
  }

  private static String field(List<String> cpuinfo, String name) {
    return cpuinfo.stream()
        .filter(line -> line.replaceFirst("\\s*:.*", "").equals(name))
        .findFirst()
        .map(line -> line.replaceFirst("[^:]*:\\s*", ""))
        .orElse("");
  }

  private static List<String> caches(Path folder) {
    List<String> caches = new ArrayList<>();
    for (int i = 0; ; i++) {
      Path cache = folder.resolve("index" + i);
      Optional<String> size = line(cache.resolve("size"));
      if (size.isEmpty()) {
        return caches;
      }
      String type = line(cache.resolve("type")).orElse("").toLowerCase(Locale.ROOT);
      String level = "L" + line(cache.resolve("level")).orElse("?");
      caches.add((level + (type.equals("unified") ? "" : " " + type) + " " + size.get()).strip());
    }
  }

  private static Long memory(List<String> meminfo) {
    return meminfo.stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .findFirst()
        .map(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .orElse(null);
  }

  static Optional<String> line(Path file) {
    return lines(file).stream().findFirst().map(String::strip).filter(line -> !line.isEmpty());
  }

  static List<String> lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }
}
