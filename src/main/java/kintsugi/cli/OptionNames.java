package kintsugi.cli;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * The options' names in the library's messages. The library names a choice in parentheses, such as
 * {@code (any-size)}; here, and only here, it becomes the option {@code (--any-size)}.
 */
final class OptionNames {
  private static final Pattern CHOICE = Pattern.compile("\\(([a-z][a-z0-9-]+)\\)");
  private static final Pattern RULE = Pattern.compile("^(?:[a-z]+: )?([a-z][a-z0-9_]*): ");

  private OptionNames() {}

  /** A message in which choices are the options of any command. */
  static String inMessage(CommandLine line, String message) {
    CommandLine root = line;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    Set<String> options = new TreeSet<>();
    collect(root, options);
    return CHOICE
        .matcher(message)
        .replaceAll(
            found -> {
              String option = "--" + found.group(1);
              return Matcher.quoteReplacement(
                  options.contains(option) ? "(" + option + ")" : found.group());
            });
  }

  private static void collect(CommandLine line, Set<String> options) {
    line.getCommandSpec().options().forEach(option -> options.addAll(Set.of(option.names())));
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
