package kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command line for some arguments, which leaves out what they do not need. */
class CommandsTest {
  @ParameterizedTest
  @ValueSource(strings = {"-h", "--help", "-V", "--version"})
  void theHelpOfOutlinesIsTheWholeHelp(String argument) {
    CommandLine line = Commands.line(argument);
    assertThat(line.getUsageMessage()).isEqualTo(Commands.line().getUsageMessage());
    assertThat(line.getSubcommands().get("fit").getCommandSpec().options()).isEmpty();
  }

  @Test
  void aNamedCommandIsAloneAndWhole() {
    Commands.line()
        .getSubcommands()
        .forEach(
            (name, whole) -> {
              CommandLine line = Commands.line(name, "--threads", "2");
              if (name.equals("help")) {
                assertThat(line.getSubcommands()).hasSizeGreaterThan(20);
                return;
              }
              assertThat(line.getSubcommands().keySet()).isEqualTo(Set.of(name));
              CommandLine alone = line.getSubcommands().get(name);
              assertThat(alone.getUsageMessage()).isEqualTo(whole.getUsageMessage());
            });
  }

  @Test
  void aNameThatIsMistypedIsComparedWithAll() {
    for (String[] arguments : new String[][] {{}, {"predcit"}, {"--help", "predict"}, {"@file"}}) {
      assertThat(
              Commands.line(arguments).getSubcommands().get("predict").getCommandSpec().options())
          .isNotEmpty();
    }
    CommandFixture.Result result = CommandFixture.runBare("predcit", "a.jpg");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("predict").hasLineCount(1);
  }
}
