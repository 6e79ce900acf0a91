package kintsugi.cli;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what a shell needs to complete commands and options.",
      "",
      "Examples:",
      "  source <(./kintsugi completion bash)",
      "  ./kintsugi completion fish > ~/.config/fish/completions/kintsugi.fish",
      ""
    })
final class CompletionCommand implements Callable<Integer> {
  private static final String PROGRAM = "kintsugi";

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "SHELL",
      completionCandidates = Shells.class,
      description = "One of ${COMPLETION-CANDIDATES}.")
  private String shell;

  /** The shells; zsh takes the script of bash, which loads zsh's functions for such scripts. */
  static final class Shells implements Iterable<String> {
    private static final List<String> NAMES = List.of("bash", "zsh", "fish");

    @Override
    public Iterator<String> iterator() {
      return NAMES.iterator();
    }
  }

  @Override
  public Integer call() {
    if (!Shells.NAMES.contains(shell)) {
      throw new ParameterException(
          spec.commandLine(),
          "SHELL: one of " + String.join(", ", Shells.NAMES) + ", not " + shell);
    }
    CommandLine all = Commands.line();
    // The launcher's own word.
    CommandSpec jshell = CommandSpec.create();
    jshell.usageMessage().description("Starts a Java shell in which everything is imported.");
    all.addSubcommand("jshell", jshell);
    String script = shell.equals("fish") ? FishCompletion.of(all) : AutoComplete.bash(PROGRAM, all);
    spec.commandLine().getOut().print(script);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
