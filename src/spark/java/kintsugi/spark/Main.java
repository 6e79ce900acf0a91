package kintsugi.spark;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import kintsugi.InputException;
import kintsugi.cli.Converters;
import kintsugi.cli.Failure;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of the cluster, for {@code spark-submit --class kintsugi.spark.Main} and {@code
 * ./kintsugi --spark}. Ends with 0 when the work is done, 1 when it failed, 2 when the command line
 * is wrong.
 */
@Command(
    name = "kintsugi --spark MASTER",
    mixinStandardHelpOptions = true,
    versionProvider = kintsugi.cli.Main.VersionProvider.class,
    subcommands = {
      FitCommand.class,
      CalibrateCommand.class,
      ScoreCommand.class,
      CoresetCommand.class
    },
    description = {
      "The work of many machines, on Apache Spark: the same options, models and results as on one.",
      "Without a master (local[4], spark://HOST:PORT, yarn) it runs on all cores here.",
      ""
    })
public final class Main implements Runnable {
  private static final String LOGGING = "log4j2.configurationFile";

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
    if (System.getProperty(LOGGING) == null) {
      System.setProperty(LOGGING, "classpath:kintsugi/spark/log4j2.properties");
    }
    Locale.setDefault(Locale.ROOT);
    int status = run(utf8(System.out), utf8(System.err), arguments);
    System.exit(status);
  }

  private static PrintWriter utf8(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /** Runs one command and returns its exit status. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine line = line().setOut(out).setErr(err);
    try {
      return line.execute(arguments);
    } finally {
      Worker.closeAll();
      out.flush();
      err.flush();
    }
  }

  private static CommandLine line() {
    CommandLine line = new CommandLine(new Main());
    line.getSubcommands().get("fit").<FitCommand>getCommand().method.addChoices();
    line.getSubcommands().get("coreset").<CoresetCommand>getCommand().method.addChoices();
    Converters.register(line);
    line.setParameterExceptionHandler(kintsugi.cli.Main::wrong);
    line.setExecutionExceptionHandler(
        (e, of, parsed) -> Failure.print(unwrapped(e), of, of.getErr()));
    return line;
  }

  /** What a person has to know of a failure of Spark, which comes with the traces of all tasks. */
  private static Throwable unwrapped(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof InputException) {
        return cause;
      }
      if (cause instanceof UncheckedIOException && failure instanceof SparkThrowable) {
        return new InputException(firstLine(cause), failure);
      }
    }
    if (failure instanceof AnalysisException) {
      return new InputException(
          firstLine(failure) + "; check the tables that are named, and --column", failure);
    }
    return failure instanceof SparkThrowable
        ? new InputException(
            "the job failed: "
                + firstLine(failure)
                + "; the workers' logs say more (Spark's page, or the folder work/ of a worker)",
            failure)
        : failure;
  }

  private static String firstLine(Throwable failure) {
    return ("" + failure.getMessage()).lines().findFirst().orElse("");
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
