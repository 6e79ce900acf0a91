package kintsugi.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import kintsugi.Version;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A manual page in troff, with the macros of man(7): name, and the help of the command, in whose
 * sections and columns nothing is filled.
 */
final class ManPage {
  private ManPage() {}

  /**
   * The page of a command.
   *
   * @param others the pages of the commands below it
   */
  static String of(CommandLine command, List<String> others) {
    CommandSpec spec = command.getCommandSpec();
    String name = spec.qualifiedName("-");
    StringBuilder page = new StringBuilder();
    page.append(".TH \"")
        .append(name.toUpperCase(Locale.ROOT))
        .append("\" \"1\" \"\" \"Kintsugi ")
        .append(escaped(Version.number()))
        .append("\" \"Kintsugi\"\n");
    page.append(".SH NAME\n")
        .append(name)
        .append(" \\- ")
        .append(escaped(Commands.outline(spec)))
        .append('\n');
    section(page, "SYNOPSIS AND OPTIONS", usage(command));
    section(
        page,
        "EXIT STATUS",
        "0: the work is done. 1: it failed, or verify or doctor found something.\n"
            + "2: the command line is wrong.");
    section(page, "SEE ALSO", String.join("\n", others.isEmpty() ? List.of("kintsugi") : others));
    return page.toString();
  }

  private static String usage(CommandLine command) {
    return command.getUsageMessage(Help.Ansi.OFF).strip();
  }

  /** Lines as they are. */
  private static void section(StringBuilder page, String title, String text) {
    page.append(".SH ").append(title).append("\n.nf\n");
    Arrays.stream(text.split("\n")).forEach(line -> page.append(escaped(line)).append('\n'));
    page.append(".fi\n");
  }

  /** A line in which troff sees neither requests nor escapes. */
  private static String escaped(String line) {
    String plain = line.replace("\\", "\\e").replace("-", "\\-");
    return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
  }
}
