package kintsugi.cli;

import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The completion script of fish: a line per command, and per option of each. */
final class FishCompletion {
  private static final String START = "complete -c kintsugi -n '";

  private FishCompletion() {}

  static String of(CommandLine all) {
    StringBuilder script = new StringBuilder("# Completion of kintsugi for fish\n");
    commands(script, all, "__fish_use_subcommand");
    options(script, all, "__fish_use_subcommand");
    all.getSubcommands()
        .forEach(
            (name, command) -> {
              String seen = "__fish_seen_subcommand_from " + name;
              Map<String, CommandLine> own = command.getSubcommands();
              if (own.isEmpty()) {
                options(script, command, seen);
                return;
              }
              String inner = String.join(" ", new TreeSet<>(own.keySet()));
              commands(script, command, seen + "; and not __fish_seen_subcommand_from " + inner);
              own.forEach(
                  (part, sub) ->
                      options(script, sub, seen + "; and __fish_seen_subcommand_from " + part));
            });
    return script.toString();
  }

  private static void commands(StringBuilder script, CommandLine of, String condition) {
    of.getSubcommands()
        .forEach(
            (name, command) ->
                script
                    .append(START)
                    .append(condition)
                    .append("' -f -a ")
                    .append(name)
                    .append(" -d ")
                    .append(quoted(first(Commands.outline(command.getCommandSpec()))))
                    .append('\n'));
  }

  private static void options(StringBuilder script, CommandLine of, String condition) {
    of.getCommandSpec().options().stream()
        .filter(option -> !option.hidden())
        .forEach(option -> option(script.append(START).append(condition).append('\''), option));
  }

  private static void option(StringBuilder script, OptionSpec option) {
    for (String name : option.names()) {
      String plain = name.replaceFirst("^-+", "");
      script.append(plain.length() == 1 ? " -s " : " -l ").append(plain);
    }
    if (option.arity().max() > 0) {
      script.append(" -r");
    }
    if (option.completionCandidates() != null) {
      script
          .append(" -f -a ")
          .append(
              quoted(
                  StreamSupport.stream(option.completionCandidates().spliterator(), false)
                      .collect(Collectors.joining(" "))));
    }
    script
        .append(" -d ")
        .append(quoted(first(String.join(" ", option.description()))))
        .append('\n');
  }

  /** The first sentence of a text. */
  private static String first(String text) {
    int end = text.indexOf(". ");
    return (end < 0 ? text : text.substring(0, end + 1))
        .replace("%n", " ")
        .replaceAll(" *\\([^)]*\\$\\{[^)]*\\)", "")
        .strip();
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
