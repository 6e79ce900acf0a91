package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Completion in the shells that are here, manual pages, help, and typos. */
class ShellTest {
  @TempDir Path folder;

  private static CommandFixture.Result run(String... words) {
    return CommandFixture.runBare(words);
  }

  private Path script(String shell) throws IOException {
    CommandFixture.Result result = run("completion", shell);
    assertThat(result.status()).as(result.err()).isZero();
    return Files.writeString(folder.resolve("script"), result.out());
  }

  private static boolean isHere(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  private static List<String> output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text.lines().toList();
  }

  @ParameterizedTest
  @CsvSource({
    "ver, verify",
    "fit padim --prov, --provenance",
    "predict --rec, --receipt",
    "weights ins, inspect",
    "completion f, fish",
    "jsh, jshell"
  })
  void bashCompletes(String typed, String completed) throws IOException, InterruptedException {
    assumeTrue(isHere("bash"), "there is no bash");
    Path script = script("bash");
    String words = "./kintsugi " + typed;
    int last = words.split(" ").length - 1;
    String ask =
        "source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; COMP_LINE='%s'; COMP_POINT=${#COMP_LINE};"
            + " _complete_kintsugi; printf '%%s\\n' \"${COMPREPLY[@]}\"";
    assertThat(output("bash", "-c", ask.formatted(script, words, last, words))).contains(completed);
  }

  @Test
  void zshLoadsTheScript() throws IOException, InterruptedException {
    assumeTrue(isHere("zsh"), "there is no zsh");
    Path script = script("zsh");
    assertThat(output("zsh", "-fc", "source " + script + "; whence -w _complete_kintsugi"))
        .containsExactly("_complete_kintsugi: function");
  }

  @ParameterizedTest
  @CsvSource({"ver, verify", "fit --prov, --provenance", "weights ins, inspect"})
  void fishCompletes(String typed, String completed) throws IOException, InterruptedException {
    Path script = script("fish");
    assumeTrue(isHere("fish"), "there is no fish");
    String ask = "source " + script + "; complete -C 'kintsugi " + typed + "'";
    assertThat(output("fish", "--no-config", "-c", ask))
        .anySatisfy(line -> assertThat(line.split("\t")[0]).isEqualTo(completed));
  }

  @Test
  void fishHasEveryOptionOfEveryCommand() throws IOException {
    List<String> lines = Files.readAllLines(script("fish"));
    assertThat(lines)
        .anyMatch(line -> line.contains("-a help -d 'Display help information"))
        .anyMatch(line -> line.contains("-a jshell -d 'Starts"));
    Commands.line()
        .getSubcommands()
        .forEach(
            (name, command) -> {
              if (command.getSubcommands().isEmpty()) {
                String seen = "-n '__fish_seen_subcommand_from " + name + "'";
                assertThat(lines.stream().filter(line -> line.contains(seen)))
                    .as(name)
                    .hasSize(command.getCommandSpec().options().size());
              }
            });
  }

  @Test
  void aPagePerCommand() throws IOException, InterruptedException {
    Path out = folder.resolve("man1");
    assertThat(run("man", "--out", "" + out).status()).isZero();
    List<String> pages = new ArrayList<>();
    names(pages, Commands.line());
    assertThat(out.toFile().list()).containsAll(pages).hasSize(pages.size() + 1);
    String fit = Files.readString(out.resolve("kintsugi-fit.1"));
    assertThat(fit).startsWith(".TH \"KINTSUGI-FIT\" \"1\"").contains("\\-\\-provenance");
    assertThat(fit.lines().skip(1)).allMatch(line -> line.matches("(?!\\.).*|\\.(SH .*|nf|fi)"));
    for (String name : pages) {
      assertThat(out.resolve(name)).content().doesNotContain("%n").doesNotContain(" \\- \n");
    }
    if (isHere("groff")) {
      String page = "" + out.resolve("kintsugi-fit.1");
      assertThat(output("groff", "-man", "-Tutf8", "-ww", "-z", page)).isEmpty();
    }
  }

  private static void names(List<String> pages, CommandLine line) {
    pages.add(line.getCommandSpec().qualifiedName("-") + ".1");
    line.getSubcommands().values().forEach(command -> names(pages, command));
  }

  @Test
  void helpOfACommandIsItsHelp() {
    CommandFixture.Result help = run("help", "fit");
    assertThat(help.status()).isZero();
    assertThat(help.out()).isEqualTo(run("fit", "--help").out());
    assertThat(run("help").out()).isEqualTo(run("--help").out());
    assertThat(run("help", "fti").status()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "predcit a.png, predict",
    "fit padim --trian x --model y, --train",
    "fit padim --train x --modle y, --model",
    "verify --modle x, --model",
    "weights inspct x, inspect",
    "info --jsn, --json"
  })
  void aTypoNamesTheNearestFirst(String typed, String meant) {
    CommandFixture.Result result = run(typed.split(" "));
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).containsPattern("did you mean " + meant + "[,?]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcsh", ""})
  void anUnknownShellIsRefused(String shell) {
    CommandFixture.Result result = run("completion", shell);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains("bash, zsh, fish");
  }
}
