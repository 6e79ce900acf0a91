package kintsugi.bench.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

class CommandLineTest {
  private static final OutputFormat LOG =
      OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);

  private static List<Cell> chosen(String... words) {
    CommandLine command = CommandLine.parse(words);
    return Cell.chosen(command.jmh(), command.parameters(), LOG);
  }

  @Test
  void optionsOfJmhPassThrough() {
    CommandLine command =
        CommandLine.parse(
            "-f",
            "7",
            "-wi",
            "9",
            "-prof",
            "gc",
            "-jvmArgsAppend",
            "-XX:UseAVX=2",
            "-rf",
            "csv",
            "-rff",
            "x.csv",
            "Peak",
            "-t",
            "2",
            "-foe",
            "false");
    assertThat(command.jmh().getForkCount().get()).isEqualTo(7);
    assertThat(command.jmh().getWarmupIterations().get()).isEqualTo(9);
    assertThat(command.jmh().getProfilers()).hasSize(1);
    assertThat(command.jmh().getJvmArgsAppend().get()).containsExactly("-XX:UseAVX=2");
    assertThat(command.jmh().getIncludes()).containsExactly("Peak");
    assertThat(command.jmh().getThreads().get()).isEqualTo(2);
    assertThat(command.jmh().getResult().get()).isEqualTo("x.csv");
    // Of a fork alone no file is written, and the builder names its benchmark.
    assertThat(command.forks().getResult().hasValue()).isFalse();
    assertThat(command.forks().getResultFormat().hasValue()).isFalse();
    assertThat(command.forks().getIncludes()).isEmpty();
    assertThat(command.forks().shouldFailOnError().get()).isFalse();
  }

  @Test
  void parametersMayBeBareWords() {
    assertThat(chosen("Convolution", "how=DIRECT,scalar", "-p", "shape=56-64-64-3-1"))
        .extracting(Cell::parameters)
        .extracting(parameters -> parameters.get("how") + " " + parameters.get("shape"))
        .containsExactly("DIRECT 56-64-64-3-1", "scalar 56-64-64-3-1");
    // But not the value of an option.
    CommandLine command = CommandLine.parse("-jvmArgs", "-Da=b", "-prof", "stack:lines=2", "Peak");
    assertThat(command.parameters()).isEmpty();
    assertThat(command.jmh().getJvmArgs().get()).containsExactly("-Da=b");
  }

  @Test
  void ownShapesAreTaken() {
    assertThat(chosen("BackboneBenchmark", "input=2x100x80", "threads=4", "who=direct")).hasSize(1);
  }

  @Test
  void aBenchmarkTakesOnlyValuesThatItDeclares() {
    List<Cell> cells = chosen("who=winograd4,openblas", "threads=3");
    assertThat(cells)
        .filteredOn(cell -> cell.benchmark().contains("BackboneBenchmark"))
        .hasSize(3)
        .allMatch(cell -> cell.parameters().get("who").equals("winograd4"));
    assertThat(cells)
        .filteredOn(cell -> cell.benchmark().contains("MemoryBankBenchmark"))
        .hasSize(6)
        .allMatch(cell -> cell.parameters().get("who").equals("openblas"));
    // One that declares other values is left out, and one without the parameter is not.
    assertThat(cells)
        .extracting(Cell::shortName)
        .noneMatch(name -> name.startsWith("NeighborIndexBenchmark"))
        .contains("PeakBenchmark.preferred14");
  }

  @Test
  void everythingIsChosenWithoutAPatternAndQuickIsTheBackbone() {
    assertThat(chosen())
        .extracting(Cell::shortName)
        .contains("PeakBenchmark.preferred10", "PadimBenchmark.scoreOne", "WorkBenchmark.fit");
    assertThat(chosen("--quick")).hasSize(9);
    assertThat(chosen("--quick", "threads=2")).hasSize(5);
    assertThat(chosen("--quick", "NeighborIndex")).hasSizeGreaterThanOrEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({
    "-nonsense, n is not a recognized option",
    "--wrong, wrong is not a recognized option",
    "-f x, Cannot parse argument 'x' of option f",
    "Peak(, Peak(: is not a regular expression (Unclosed group)",
    "Nothing, no benchmark matches Nothing; -l lists them",
    "-prof nonsense, nonsense",
    "Convolution hwo=DIRECT, no benchmark that was chosen has a parameter hwo; they have",
    "Peak who=direct, no benchmark that was chosen has a parameter who",
    "Convolution how=DIREC, 'how=DIREC: use one of DIRECT, WINOGRAD2'",
    "Convolution shape=1-2, shape=1-2: use one of 224-3-64-7-2",
    "Backbone threads=0, 'threads=0: use one of 1, 2'",
    "Backbone|NeighborIndex|Factoring who=scalar d=0, 'd=0: use one of 100, 448'",
    "MemoryBank|Backbone who=openblas threads=2 shape=784x7840x1024 input=1x224, input=1x224: use one of",
    "Backbone input=1x224, input=1x224: use one of",
    "--jdk, --jdk: name a JDK's folder",
    "--out, --out: name a file",
    "--quick --smoke, --smoke: only one kind of run can be named"
  })
  void aWrongCommandLineIsOneLine(String line, String message) {
    assertThatThrownBy(() -> chosen(line.split(" ")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message.replaceAll("^'|'$", ""))
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n");
  }

  @Test
  void jdksMayHaveFlagsOfTheirOwn() {
    String here = System.getProperty("java.home");
    CommandLine command =
        CommandLine.parse("--jdk", here, here + " -XX:UseAVX=2 -Xmx1g", "Peak", "-f", "1");
    List<Variant> variants = Variant.of(command.jdks(), command.jmh());
    assertThat(variants)
        .extracting(Variant::flags)
        .containsExactly(List.of(), List.of("-XX:UseAVX=2", "-Xmx1g"));
    assertThat(variants.getFirst().java()).isEqualTo(here + "/bin/java");
    assertThat(command.jmh().getIncludes()).containsExactly("Peak");
    assertThatThrownBy(() -> Variant.of(List.of("/nowhere/at all"), command.jmh()))
        .hasMessage("/nowhere/at all: is not a JDK, it has no bin/java");
  }

  @Test
  void aJvmTellsOfItself() {
    JvmCard card =
        JvmCard.of(
            CommandLineTest.java(),
            List.of(
                "--add-modules=jdk.incubator.vector",
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:+UseTransparentHugePages"));
    assertThat(card.collectors()).contains("Copy");
    assertThat(card.maximumHeapMib()).isBetween(50L, 64L);
    assertThat(card.vectorBits()).isIn(128, 256, 512);
    assertThat(card.flags()).containsEntry("UseTransparentHugePages", "true");
    assertThat(card.label()).contains("C2").contains("-Xmx64m");
    assertThatThrownBy(() -> JvmCard.of(java(), List.of("-XX:+Nonsense")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Unrecognized VM option 'Nonsense'");
    assertThatThrownBy(() -> JvmCard.of("/nowhere/java", List.of()))
        .hasMessage("/nowhere/java: cannot be started; name a JDK's folder");
  }

  private static String java() {
    return System.getProperty("java.home") + "/bin/java";
  }
}
