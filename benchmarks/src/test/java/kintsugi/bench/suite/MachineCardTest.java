package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineCardTest {
  @TempDir Path root;

  private void file(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void aMachineIsReadFromItsFiles() throws IOException {
    StringBuilder cpuinfo = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      cpuinfo.append(
          """
          processor\t: %d
          model name\t: AMD EPYC 7763: 64-Core
          physical id\t: 0
          core id\t\t: %d
          flags\t\t: fpu sse4_2 avx avx2 fma hypervisor

          """
              .formatted(i, i % 2));
    }
    file("proc/cpuinfo", cpuinfo.toString());
    file("proc/meminfo", "MemTotal:       16384 kB\nMemFree: 1 kB\n");
    file("proc/sys/kernel/osrelease", "6.1.0\n");
    String cpu0 = "sys/devices/system/cpu/cpu0/";
    file(cpu0 + "cpufreq/scaling_governor", "performance\n");
    file(cpu0 + "cache/index0/level", "1\n");
    file(cpu0 + "cache/index0/type", "Data\n");
    file(cpu0 + "cache/index0/size", "32K\n");
    file(cpu0 + "cache/index1/level", "2\n");
    file(cpu0 + "cache/index1/type", "Unified\n");
    file(cpu0 + "cache/index1/size", "512K\n");
    assertThat(MachineCard.of(root))
        .isEqualTo(
            new MachineCard(
                "AMD EPYC 7763: 64-Core",
                2,
                4,
                List.of("L1 data 32K", "L2 512K"),
                List.of("sse4_2", "avx", "avx2", "fma"),
                "6.1.0",
                "performance",
                null,
                true,
                16L,
                null));
  }

  @Test
  void anUnknownSystemHasACardAllTheSame() {
    MachineCard card = MachineCard.of(root);
    assertThat(card.processor()).isEqualTo(System.getProperty("os.arch"));
    assertThat(card.governor()).isNull();
    assertThat(card.caches()).isEmpty();
    assertThat(card.kernel()).isEqualTo(System.getProperty("os.version"));
  }

  @Test
  void stolenTimeIsTheEighthFieldBetweenTwoLooks() {
    Load.Look before =
        Load.Look.of(List.of("cpu  100 0 50 800 10 0 0 40 7 0", "cpu0 1 1 1 1 1 1 1 1 1 1"));
    Load.Look after = Load.Look.of(List.of("cpu  160 0 60 810 10 0 0 60 9 0"));
    Load load = Load.between(before, after);
    assertThat(load.stealPercent()).isCloseTo(20, within(1e-9));
    assertThat(load.busyPercent()).isCloseTo(70, within(1e-9));
    assertThat(Load.between(Load.Look.of(List.of()), Load.Look.of(List.of())).stealPercent())
        .isNull();
  }
}
