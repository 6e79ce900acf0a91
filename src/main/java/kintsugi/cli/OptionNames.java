package kintsugi.cli;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * The options' names in the library's messages. The library names a choice in parentheses, such as
 * {@code (any-size)}; here, and only here, it becomes the option {@code (--any-size)}. Where a
 * command does not have that option it is left out: the words before it say the same.
 */
public final class OptionNames {
  private static final Pattern CHOICE = Pattern.compile(" ?\\(([a-z][a-z0-9-]+)\\)");
  private static final Pattern RULE = Pattern.compile("^(?:[a-z]+: )?([a-z][a-z0-9_]*): ");

  private OptionNames() {}

  /**
   * {@return a message in which choices are the options of a command; before there is one, of any}
   *
   * @param line the command
   * @param message of the library
   */
  public static String inMessage(CommandLine line, String message) {
    if (!CHOICE.matcher(message).find()) {
      return message;
    }
    Set<String> all = new TreeSet<>();
    collect(Commands.line(), all);
    return named(message, all, line.getParent() == null ? all : own(line));
  }

  private static String named(String message, Set<String> all, Set<String> named) {
    return CHOICE
        .matcher(message)
        .replaceAll(
            found -> {
              String option = "--" + found.group(1);
              String shown = named.contains(option) ? " (" + option + ")" : "";
              return Matcher.quoteReplacement(all.contains(option) ? shown : found.group());
            });
  }

  private static Set<String> own(CommandLine line) {
    Set<String> options = new TreeSet<>();
    line.getCommandSpec().options().forEach(option -> options.addAll(Set.of(option.names())));
    return options;
  }

  private static void collect(CommandLine line, Set<String> options) {
    options.addAll(own(line));
    line.getSubcommands().values().forEach(sub -> collect(sub, options));
  }

  /** A message that begins with a choice's name and rule, such as {@code "epsilon: 0 or above"}. */
  static String inChoiceMessage(CommandLine line, String message) {
    Matcher rule = RULE.matcher(message);
    if (rule.find()) {
      String option = "--" + rule.group(1).replace('_', '-');
      if (line.getCommandSpec().findOption(option) != null) {
        return option + ": " + message.substring(rule.end());
      }
    }
    return inMessage(line, message);
  }
}
