package kintsugi.bench.suite;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jdk.incubator.vector.FloatVector;
import kintsugi.report.Json;

/**
 * A JVM as the forks have it, asked of one that is started with their options.
 *
 * @param java its executable
 * @param version of the JVM
 * @param vendor of the JDK
 * @param compiler the last compiler: C2 or Graal
 * @param collectors of garbage
 * @param maximumHeapMib the most it may take
 * @param vectorBits of the Vector API's preferred species of floats
 * @param processors that it sees
 * @param arguments its options
 * @param flags of HotSpot that decide what code it makes and where data lies
 */
public record JvmCard(
    String java,
    String version,
    String vendor,
    String compiler,
    List<String> collectors,
    long maximumHeapMib,
    int vectorBits,
    int processors,
    List<String> arguments,
    Map<String, String> flags) {
  private static final List<String> FLAGS =
      List.of(
          "UseAVX",
          "UseSVE",
          "MaxVectorSize",
          "TieredCompilation",
          "UseJVMCICompiler",
          "UseCompactObjectHeaders",
          "UseLargePages",
          "UseTransparentHugePages");

  /** {@return the card of this JVM} */
  static JvmCard here() {
    HotSpotDiagnosticMXBean hotspot =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    Map<String, String> flags = new TreeMap<>();
    for (String name : FLAGS) {
      try {
        flags.put(name, hotspot.getVMOption(name).getValue());
      } catch (IllegalArgumentException e) {
        // Another processor's, or none of this JVM.
      }
    }
    return new JvmCard(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
        System.getProperty("java.vendor"),
        "true".equals(flags.get("UseJVMCICompiler")) ? "Graal" : "C2",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(GarbageCollectorMXBean::getName)
            .toList(),
        Runtime.getRuntime().maxMemory() >> 20,
        FloatVector.SPECIES_PREFERRED.vectorBitSize(),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getRuntimeMXBean().getInputArguments(),
        flags);
  }

  /**
   * {@return the card of another JVM}
   *
   * @param java its executable
   * @param arguments of the forks
   * @throws UsageException if it does not start
   */
  static JvmCard of(String java, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(java));
    command.addAll(arguments);
    command.addAll(List.of("-cp", classPath(), JvmCard.class.getName()));
    try {
      Path errors = Files.createTempFile("jvm", ".txt");
      try {
        Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() == 0) {
          return Json.read(answer.substring(answer.indexOf('{')), JvmCard.class);
        }
        throw new UsageException(java + ": does not run the benchmarks" + why(answer, errors));
      } finally {
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UsageException(java + ": cannot be started; name a JDK's folder");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UsageException("interrupted");
    }
  }

  private static String why(String answer, Path errors) throws IOException {
    return (answer + "\n" + Files.readString(errors))
        .lines()
        .filter(line -> line.matches("(?i).*(error|exception|unrecognized|invalid|conflict).*"))
        .findFirst()
        .map(line -> " (" + line.strip() + ")")
        .orElse("");
  }

  static String classPath() {
    return System.getProperty("java.class.path", "." + File.pathSeparator);
  }

  /** {@return which JVM it is, in a few words} */
  String label() {
    List<String> own =
        arguments.stream()
            .filter(
                each -> !each.startsWith("--add-modules") && !each.startsWith("--enable-native"))
            .filter(each -> !each.startsWith("--upgrade-module-path") && !each.contains("JVMCI"))
            .filter(each -> !each.equals("-XX:+UnlockExperimentalVMOptions"))
            .toList();
    String name = version.replaceFirst("OpenJDK 64-Bit Server VM ", "") + " " + compiler;
    return own.isEmpty() ? name : name + " " + String.join(" ", own);
  }

  /**
   * Prints the card of this JVM as JSON.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) {
    System.out.println(Json.line(here()));
  }
}
