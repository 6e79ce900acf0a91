package kintsugi.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.util.Locale;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.engine.EngineException;
import kintsugi.report.Printable;
import picocli.CommandLine;

/**
 * The end of a command that failed, as its user reads it: one line that names the reason and the
 * way out. A defect of the program alone is printed with its trace.
 */
public final class Failure {
  private static final int MEGA = 1 << 20;

  private Failure() {}

  /**
   * Prints a failure.
   *
   * @param failure what was thrown
   * @param line the command that failed
   * @param err receives the line, or the trace of a defect
   * @return the exit status
   */
  public static int print(Throwable failure, CommandLine line, PrintWriter err) {
    String why = why(failure);
    if (why == null) {
      err.println("kintsugi: a defect of the program; please report what follows");
      failure.printStackTrace(err);
    } else {
      err.println("kintsugi: " + Printable.line(OptionNames.inMessage(line, why)));
    }
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The reason, null for a defect. */
  private static String why(Throwable failure) {
    if (failure instanceof InputException || failure instanceof EngineException) {
      return failure.getMessage();
    }
    // An error of another thread may have become the cause of an exception.
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof Error error) {
        return why(error);
      }
    }
    if (failure instanceof InvalidPathException path) {
      return path.getInput() + ": is not a path here (" + path.getReason() + "); use another name";
    }
    if (failure instanceof UncheckedIOException unchecked) {
      return why(unchecked.getCause());
    }
    return failure instanceof IOException e ? unusable(e) : null;
  }

  private static String unusable(IOException e) {
    String file = e instanceof FileSystemException system ? system.getFile() : null;
    return (file == null ? "a file" : file + ":")
        + " cannot be read or written ("
        + AtomicOutput.reason(e)
        + "); check that there is room, and access";
  }

  private static String why(Error error) {
    if (error instanceof OutOfMemoryError) {
      return outOfMemory(String.valueOf(error.getMessage()));
    }
    if (error instanceof StackOverflowError) {
      return "the input is nested more deeply than the stack of a thread allows; check the files, or"
          + " allow more with JDK_JAVA_OPTIONS=-Xss16m";
    }
    return "the program cannot run on here ("
        + error
        + "); check the installation of Java and of"
        + " Kintsugi, and report it where that does not help";
  }

  private static String outOfMemory(String message) {
    if (message.contains("native thread")) {
      return "the system refuses another thread (" + message + "); use fewer threads (threads)";
    }
    if (message.contains("irect buffer") || message.contains("Map failed")) {
      return "out of memory outside of the heap ("
          + message
          + "); allow more with JDK_JAVA_OPTIONS=-XX:MaxDirectMemorySize=4g";
    }
    long heap = Runtime.getRuntime().maxMemory() / MEGA;
    return String.format(
        Locale.ROOT,
        "out of memory: a heap of %d MB is not enough (%s); allow more with"
            + " JDK_JAVA_OPTIONS=-Xmx%dm, or use smaller images",
        heap,
        message,
        2 * heap);
  }
}
