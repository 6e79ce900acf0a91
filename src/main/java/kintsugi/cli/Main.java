package kintsugi.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.Version;
import kintsugi.dataset.ImageFolder;
import kintsugi.detector.Model;
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
    description = "Learns from images of good parts what is wrong in a new one, and where.")
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
      line = Commands.line(arguments).setOut(out).setErr(err);
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

  /**
   * Prints what is wrong with a command line: one line with its message, and what else may have
   * been meant.
   *
   * @param e what picocli, or a command, found
   * @param arguments the command line
   * @return the exit status
   */
  public static int wrong(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    Optional<Typo> typo = Typo.of(e, arguments);
    if (typo.isPresent()) {
      // Of a mistyped option that was required picocli says only that it is missing.
      String said =
          e instanceof CommandLine.UnmatchedArgumentException
              ? e.getMessage()
              : "Unknown option: '" + typo.get().typed() + "'";
      String meant = "; did you mean " + typo.get().meant() + "?";
      line.getErr().println("kintsugi: " + Printable.line(said + meant));
      return line.getCommandSpec().exitCodeOnInvalidInput();
    }
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

  /** Makes what options choose; a choice that does not exist is a wrong command line. */
  static <T> T chosen(CommandSpec spec, Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      CommandLine line = spec.commandLine();
      throw new ParameterException(line, OptionNames.inChoiceMessage(line, e.getMessage()), e);
    }
  }

  /** The same for a check. */
  static void check(CommandSpec spec, Runnable check) {
    chosen(
        spec,
        () -> {
          check.run();
          return null;
        });
  }

  /**
   * Throws, naming it, unless a file is there: the check before long work.
   *
   * @param file the file; null for none
   */
  static void requireFile(Path file) {
    if (file != null && !Files.exists(file)) {
      throw new InputException(file + ": there is no such file; check the name");
    }
  }

  /** The same for folders of images, or lists of them. */
  static void requireImages(Collection<Path> foldersOrLists, Path... more) {
    Stream.concat(foldersOrLists.stream(), Arrays.stream(more))
        .filter(Objects::nonNull)
        .forEach(ImageFolder::require);
  }

  /** Throws, naming the file, unless a model is calibrated. */
  static void requireCalibration(Path file, Model model) {
    try {
      model.requireCalibration();
    } catch (InputException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
  }

  /** The version, for the help of this command line and the cluster's. */
  public static final class VersionProvider implements CommandLine.IVersionProvider {
    /** For picocli. */
    public VersionProvider() {}

    @Override
    public String[] getVersion() {
      return new String[] {"Kintsugi " + Version.number()};
    }
  }
}
