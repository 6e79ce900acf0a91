package kintsugi.cli;

import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The commands. picocli looks at every option of a command by reflection, which takes a third of a
 * second for all of them: a command line is built with only the commands its arguments need.
 */
final class Commands {
  /** In the order of the help. */
  private static final List<Class<?>> ALL =
      List.of(
          DemoCommand.class,
          LearnCommand.class,
          ExperimentCommand.class,
          GridCommand.class,
          FitCommand.class,
          MergeCommand.class,
          ImportCommand.class,
          CalibrateCommand.class,
          TeachCommand.class,
          EvaluateCommand.class,
          CompareCommand.class,
          PredictCommand.class,
          ServeCommand.class,
          WatchCommand.class,
          AuditCommand.class,
          DoctorCommand.class,
          LessonCommand.class,
          MarkCommand.class,
          VerifyCommand.class,
          TraceCommand.class,
          ExportCommand.class,
          InfoCommand.class,
          WeightsCommand.class,
          CompletionCommand.class,
          ManCommand.class,
          CommandLine.HelpCommand.class);

  /** The command that needs all others. */
  private static final String HELP = "help";

  private static final Set<String> HELP_OR_VERSION = Set.of("-h", "--help", "-V", "--version");

  private Commands() {}

  /** The command line with all commands and all their options. */
  static CommandLine line() {
    CommandLine line = new CommandLine(new Main());
    ALL.forEach(line::addSubcommand);
    return ready(line);
  }

  /**
   * The command line that parses some arguments as {@link #line()} does: with the command that they
   * begin with; for the help and the version alone with the commands' outlines; else with all.
   */
  static CommandLine line(String... arguments) {
    String first = arguments.length == 0 ? "" : arguments[0];
    List<Class<?>> named = ALL.stream().filter(type -> name(type).equals(first)).toList();
    CommandLine line = new CommandLine(new Main());
    if (!named.isEmpty() && !first.equals(HELP)) {
      named.forEach(line::addSubcommand);
    } else if (arguments.length == 1 && HELP_OR_VERSION.contains(first)) {
      ALL.forEach(type -> line.addSubcommand(name(type), outline(type)));
    } else {
      ALL.forEach(line::addSubcommand);
    }
    return ready(line);
  }

  private static String name(Class<?> type) {
    return type.getAnnotation(Command.class).name();
  }

  /** What the list of commands says of a command. */
  private static CommandSpec outline(Class<?> type) {
    CommandSpec outline = CommandSpec.create().name(name(type));
    Command command = type.getAnnotation(Command.class);
    outline.usageMessage().header(command.header()).description(command.description());
    return outline;
  }

  /** What a command does, on one line: the first of its header, else of its description. */
  static String outline(CommandSpec command) {
    String[] header = command.usageMessage().header();
    String[] lines = header.length > 0 ? header : command.usageMessage().description();
    return lines.length == 0 ? "" : lines[0].replace("%n", " ").strip();
  }

  /** Adds the methods' choices, the conversion of values, and what becomes of failures. */
  private static CommandLine ready(CommandLine line) {
    for (CommandLine command : line.getSubcommands().values()) {
      Object object = command.getCommand();
      if (object instanceof FitCommand fit) {
        fit.method.addChoices();
      } else if (object instanceof ExperimentCommand experiment) {
        experiment.method.addChoices();
      }
    }
    Converters.register(line);
    line.setExecutionExceptionHandler((e, of, parsed) -> Failure.print(e, of, of.getErr()));
    line.setParameterExceptionHandler(Main::wrong);
    return line;
  }
}
