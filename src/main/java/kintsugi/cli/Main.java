package kintsugi.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import kintsugi.InputException;
import kintsugi.Version;
import kintsugi.detector.Model;
import kintsugi.image.Alignment;
import kintsugi.metric.ThresholdRule;
import kintsugi.report.Printable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line. Ends with 0 when the work is done, 1 when it failed, 2 when the command line is
 * wrong.
 */
@Command(
    name = "kintsugi",
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionProvider.class,
    description = "Learns from images of good parts what is wrong in a new one, and where.",
    subcommands = {
      DemoCommand.class,
      LearnCommand.class,
      ExperimentCommand.class,
      GridCommand.class,
      FitCommand.class,
      MergeCommand.class,
      CalibrateCommand.class,
      TeachCommand.class,
      EvaluateCommand.class,
      CompareCommand.class,
      PredictCommand.class,
      ServeCommand.class,
      WatchCommand.class,
      AuditCommand.class,
      TraceCommand.class,
      InfoCommand.class,
      WeightsCommand.class
    })
public final class Main implements Runnable {
  private static final String PROXY_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

  @Spec private CommandSpec spec;

  /** For {@link #main}. */
  public Main() {}

  /**
   * Runs one command and ends the process with its status.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    System.setProperty("java.awt.headless", "true");
    // A proxy's password, which Java would not send on the way to https, stands in its address.
    if (System.getProperty(PROXY_SCHEMES) == null) {
      System.setProperty(PROXY_SCHEMES, "");
    }
    // Nothing that is printed depends on where the program runs, the libraries' texts included.
    Locale.setDefault(Locale.ROOT);
    System.exit(run(arguments));
  }

  /** Runs one command and returns its exit status. What it prints is UTF-8 everywhere. */
  static int run(String... arguments) {
    PrintWriter out = utf8(System.out);
    PrintWriter err = utf8(System.err);
    int status;
    CommandLine line = null;
    try {
      line = commandLine().setOut(out).setErr(err);
      status = line.execute(arguments);
    } catch (RuntimeException | Error e) {
      status = Failure.print(e, line, err);
    }
    out.flush();
    if (System.out.checkError() && status == 0) {
      err.println(
          "kintsugi: the output could not be printed: the standard output is closed or its disk is"
              + " full; the files of the command are complete");
      status = CommandLine.ExitCode.SOFTWARE;
    }
    err.flush();
    return status;
  }

  private static PrintWriter utf8(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /** The command line with the options of all methods. */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    ((FitCommand) line.getSubcommands().get("fit").getCommand()).method.addChoices();
    ((ExperimentCommand) line.getSubcommands().get("experiment").getCommand()).method.addChoices();
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(ThresholdRule.class, text -> converted(text, ThresholdRule::parse));
    line.registerConverter(
        Alignment.Limit.class, text -> converted(text, limit -> Alignment.Limit.parse(limit)));
    line.registerConverter(Path.class, text -> converted(text, Main::path));
    line.setExecutionExceptionHandler((e, of, parsed) -> Failure.print(e, of, of.getErr()));
    line.setParameterExceptionHandler(Main::wrong);
    return line;
  }

  /** Converts a text; the message of a wrong one has no exception's name. */
  private static <T> T converted(String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.TypeConversionException(e.getMessage());
    }
  }

  /** Converts a path; nothing, which a shell makes of an unset variable, is not the folder here. */
  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("it is empty; write . for the folder you are in");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          text + " is not a path here (" + e.getReason() + "); use another name", e);
    }
  }

  /** A wrong command line: one line with its message, and what else may have been meant. */
  private static int wrong(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    StringWriter suggested = new StringWriter();
    CommandLine.UnmatchedArgumentException.printSuggestions(e, new PrintWriter(suggested, true));
    String meant = suggested.toString().strip();
    String help =
        meant.isEmpty() ? "try ./" + line.getCommandSpec().qualifiedName() + " --help" : meant;
    line.getErr().println("kintsugi: " + Printable.line(e.getMessage() + "; " + help));
    return line.getCommandSpec().exitCodeOnInvalidInput();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** The folder that the launcher is in. */
  static Path project() {
    return Path.of(System.getProperty("kintsugi.home", ""));
  }

  /** The command line that was typed, as far as a shell does not need more quotes. */
  static String typed(CommandSpec spec) {
    return typed(spec.commandLine().getParent().getParseResult().originalArgs());
  }

  /** The same without an option and its value. */
  static String typedWithout(CommandSpec spec, String option) {
    List<String> arguments =
        new ArrayList<>(spec.commandLine().getParent().getParseResult().originalArgs());
    arguments.removeIf(argument -> argument.startsWith(option + "="));
    for (int at = arguments.indexOf(option); at >= 0; at = arguments.indexOf(option)) {
      arguments.subList(at, Math.min(at + 2, arguments.size())).clear();
    }
    return typed(arguments);
  }

  /** A command line as a shell takes it. */
  static String typed(List<String> arguments) {
    StringBuilder typed = new StringBuilder("./kintsugi");
    arguments.forEach(argument -> typed.append(' ').append(quoted(argument)));
    return typed.toString();
  }

  /** An argument as a shell takes it. */
  static String quoted(String argument) {
    if (argument.matches("[-\\w./:=,@%+]+")) {
      return argument;
    }
    String shown = Printable.line(argument);
    return shown.equals(argument)
        ? "'" + argument.replace("'", "'\\''") + "'"
        : "$'" + Printable.line(argument.replace("\\", "\\\\").replace("'", "\\'")) + "'";
  }

  /** Throws, naming the file, unless a model is calibrated. */
  static void requireCalibration(Path file, Model model) {
    try {
      model.requireCalibration();
    } catch (InputException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
  }

  static final class VersionProvider implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"Kintsugi " + Version.number()};
    }
  }
}
