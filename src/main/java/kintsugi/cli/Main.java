package kintsugi.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import kintsugi.InputException;
import kintsugi.Version;
import kintsugi.detector.Model;
import kintsugi.engine.EngineException;
import kintsugi.metric.ThresholdRule;
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
      ExperimentCommand.class,
      FitCommand.class,
      MergeCommand.class,
      CalibrateCommand.class,
      EvaluateCommand.class,
      CompareCommand.class,
      PredictCommand.class,
      AuditCommand.class,
      TraceCommand.class,
      InfoCommand.class,
      WeightsCommand.class
    })
public final class Main implements Runnable {
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
    System.exit(run(arguments));
  }

  /** Runs one command and returns its exit status. */
  static int run(String... arguments) {
    return commandLine().execute(arguments);
  }

  /** The command line with the options of all methods. */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    ((FitCommand) line.getSubcommands().get("fit").getCommand()).method.addChoices();
    ((ExperimentCommand) line.getSubcommands().get("experiment").getCommand()).method.addChoices();
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(ThresholdRule.class, text -> converted(text, ThresholdRule::parse));
    line.setExecutionExceptionHandler(Main::failed);
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

  /** Input or a device that cannot be used is one line; anything else is a defect. */
  private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    PrintWriter err = line.getErr();
    if (e instanceof InputException || e instanceof EngineException) {
      err.println("kintsugi: " + OptionNames.inMessage(line, e.getMessage()));
    } else {
      err.println("kintsugi: a defect of the program; please report what follows");
      e.printStackTrace(err);
    }
    return line.getCommandSpec().exitCodeOnExecutionException();
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
    List<String> arguments = spec.commandLine().getParent().getParseResult().originalArgs();
    StringBuilder typed = new StringBuilder("./kintsugi");
    for (String argument : arguments) {
      boolean plain = argument.matches("[-\\w./:=,@%+~]+");
      typed.append(' ').append(plain ? argument : "'" + argument.replace("'", "'\\''") + "'");
    }
    return typed.toString();
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
