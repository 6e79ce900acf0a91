package kintsugi.bench.suite;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The settings of results, by which they are told apart. */
final class Settings {
  private Settings() {}

  /** {@return all settings by name} */
  static Map<String, String> of(Results results) {
    Map<String, String> settings = new LinkedHashMap<>();
    MachineCard machine = results.machine();
    JvmCard jvm = results.jvm();
    settings.put("processor", machine.processor() + ", " + machine.cores() + " cores");
    settings.put("vector instructions", String.join(" ", machine.vectorInstructions()));
    settings.put("kernel", machine.kernel());
    settings.put("governor", String.valueOf(machine.governor()));
    settings.put("JVM", jvm.version());
    settings.put("vendor", jvm.vendor());
    settings.put("compiler", jvm.compiler());
    settings.put("collector", String.join(" and ", jvm.collectors()));
    settings.put("heap", jvm.maximumHeapMib() + " MiB");
    settings.put("vectors", jvm.vectorBits() + " bits");
    settings.put("arguments", String.join(" ", jvm.arguments()));
    new TreeMap<>(jvm.flags()).forEach((name, value) -> settings.put("flag " + name, value));
    settings.put("commit", results.commit());
    settings.put("weights", results.weights());
    settings.put("JMH", results.jmh());
    settings.put("blackholes", results.blackholes());
    new TreeMap<>(results.libraries()).forEach(settings::put);
    return settings;
  }

  /** {@return the settings in which results differ, with the value of each} */
  static Map<String, List<String>> differences(List<Results> all) {
    List<Map<String, String>> settings = all.stream().map(Settings::of).toList();
    Set<String> names = new LinkedHashSet<>();
    settings.forEach(each -> names.addAll(each.keySet()));
    Map<String, List<String>> differences = new LinkedHashMap<>();
    for (String name : names) {
      List<String> values = settings.stream().map(each -> each.getOrDefault(name, "none")).toList();
      if (Set.copyOf(values).size() > 1) {
        differences.put(name, values);
      }
    }
    return differences;
  }

  /** {@return a short name for each, of what differs} */
  static List<String> labels(List<Results> all, Map<String, List<String>> differences) {
    List<String> labels = new java.util.ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Results each = all.get(i);
      StringBuilder label = new StringBuilder(each.jvm().label());
      if (differences.containsKey("processor")) {
        label.append(", ").append(each.machine().processor());
      }
      if (differences.containsKey("commit")) {
        label.append(", ").append(each.commit());
      }
      String name = label.toString();
      labels.add(
          labels.contains(name)
                  || all.stream().filter(r -> r.jvm().label().equals(each.jvm().label())).count()
                          > 1
                      && !differences.containsKey("commit")
                      && !differences.containsKey("processor")
              ? name + ", " + each.when()
              : name);
    }
    return labels;
  }
}
