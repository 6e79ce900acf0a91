package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.engine.Parallel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class FailureTest {
  private static String printed(Throwable failure) {
    StringWriter text = new StringWriter();
    assertThat(Failure.print(failure, Commands.line(), new PrintWriter(text))).isEqualTo(1);
    return text.toString();
  }

  private static Throwable thrownBy(Runnable work) {
    try {
      work.run();
      return null;
    } catch (RuntimeException | Error e) {
      return e;
    }
  }

  @Test
  void anErrorIsOneLineWithAWayOut() {
    Map<Throwable, String> ways =
        Map.of(
            new OutOfMemoryError("Java heap space"), "JDK_JAVA_OPTIONS=-Xmx",
            new IllegalStateException("x", new OutOfMemoryError("Java heap space")), "-Xmx",
            new OutOfMemoryError("unable to create native thread"), "(--threads)",
            new OutOfMemoryError("Cannot reserve 9 bytes of direct buffer memory"),
                "MaxDirectMemorySize",
            new StackOverflowError(), "-Xss",
            new InvalidPathException("a\0b", "Nul character not allowed"), "a\\u0000b",
            new UncheckedIOException(new IOException("No space left on device")), "No space left",
            new NoClassDefFoundError("x/Y"), "x/Y");
    ways.forEach(
        (failure, way) -> {
          String line = printed(failure);
          assertThat(line).startsWith("kintsugi: ").contains(way).hasLineCount(1);
          assertThat(line).doesNotContain("\tat ", "defect");
        });
  }

  @Test
  void anErrorOfAWorkersThreadIsOneLineToo() {
    try (Parallel parallel = new Parallel(2)) {
      Throwable failure =
          thrownBy(
              () ->
                  parallel.forEach(
                      8,
                      i -> {
                        throw new OutOfMemoryError("Java heap space");
                      }));
      assertThat(printed(failure)).contains("-Xmx").hasLineCount(1);
    }
  }

  @Test
  void aNameInAMessageCannotForgeALine() {
    assertThat(printed(new InputException("a\nkintsugi: all is well\u001b[2K: is broken")))
        .isEqualTo("kintsugi: a\\nkintsugi: all is well\\u001b[2K: is broken\n");
  }

  @Test
  void aDefectHasItsTrace() {
    assertThat(printed(new IllegalStateException("oops"))).contains("a defect", "oops", "\tat ");
  }

  @Test
  void aFullOrClosedOutputEndsWithOne() {
    PrintStream before = System.out;
    System.setOut(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("No space left on device");
              }
            }));
    try {
      assertThat(Main.run("info")).isEqualTo(1);
      assertThat(Main.run("dance")).isEqualTo(2);
    } finally {
      System.setOut(before);
    }
  }

  @Test
  void aWrongCommandLineShowsNoEscapeSequence() {
    CommandFixture.Result result = CommandFixture.runBare("info", "--\u001b[31m\u202e");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("\\u001b[31m\\u202e").doesNotContain("\u202e");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "info --weights a\0b | a\\u0000b is not a path here | try ./kintsugi info --help",
        "info --weights _ | it is empty; write . for | try ./kintsugi info --help",
        "info --threads x | option '--threads': x is not a whole number | try ./kintsugi info --help",
        "info --max-pixels 0 | --max-pixels: from 1 to | try ./kintsugi info --help",
        "info --thread | Unknown option: '--thread' | --threads",
        "weights inspekt | Unmatched argument at index 1: 'inspekt' | inspect",
        "weights | Missing command | try ./kintsugi weights --help",
        "fit padim | Missing required | try ./kintsugi fit --help"
      })
  void aWrongCommandLineIsOneLineWithTheWayToTheHelp(String typed, String why, String way) {
    String[] arguments =
        Arrays.stream(typed.split(" ")).map(a -> a.equals("_") ? "" : a).toArray(String[]::new);
    CommandFixture.Result result = CommandFixture.runBare(arguments);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).startsWith("kintsugi: ").contains(why, way).hasLineCount(1);
    assertThat(result.err()).doesNotContain("Exception");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aChoiceIsTheOptionOfTheCommandOrLeftOut() {
    CommandLine teach = Commands.line().getSubcommands().get("teach");
    String message =
        "a.png: damaged; leave it out (skip-unreadable), or name weights (weights) (x)";
    assertThat(OptionNames.inMessage(teach, message))
        .isEqualTo("a.png: damaged; leave it out, or name weights (--weights) (x)");
    assertThat(
            InputException.withoutChoices("a (png): damaged; leave it out (skip-unreadable) (x)"))
        .isEqualTo("a (png): damaged; leave it out");
  }

  @Test
  void everyCommandHasAHelpThatIsAllThatItPrints() {
    assertHelps(Commands.line(), List.of());
  }

  private static void assertHelps(CommandLine line, List<String> path) {
    List<String> arguments = new ArrayList<>(path);
    arguments.add("--help");
    CommandFixture.Result result = CommandFixture.runBare(arguments.toArray(String[]::new));
    assertThat(result.status()).isZero();
    assertThat(result.err()).as(String.join(" ", arguments)).isEmpty();
    assertThat(result.out())
        .contains("Usage: kintsugi")
        .doesNotContain("%%", "%n", "default: null");
    line.getSubcommands()
        .forEach(
            (name, sub) -> {
              List<String> longer = new ArrayList<>(path);
              longer.add(name);
              assertHelps(sub, longer);
            });
  }
}
