package kintsugi.fuzz;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kintsugi.InputException;

/**
 * The entry point of the fuzzer, which calls the two methods by their names. It needs no class of
 * the fuzzer, so that the saved inputs run in the ordinary tests too.
 */
public final class Fuzz {
  /** The name of the image or the file, without its extension. */
  static final String NAME = "fuzz";

  /** What the virtual machine says of memory that it did not get. */
  private static final Pattern VM =
      Pattern.compile(
          "null|Java heap space|GC overhead .*|Requested array size .*|Cannot reserve .*");

  private static Target target;

  private Fuzz() {}

  /**
   * Selects the target, and runs the inputs of the folders in the system property {@code
   * fuzz.warm}: to load and instrument the classes takes longer than an input may on a busy
   * machine.
   *
   * @param arguments its name
   * @throws IOException if a folder cannot be read
   */
  public static void fuzzerInitialize(String[] arguments) throws IOException {
    target = Target.named(arguments[0]);
    for (String folder : System.getProperty("fuzz.warm", "").split(File.pathSeparator)) {
      for (Path file : files(Path.of(folder))) {
        try {
          check(target, Files.readAllBytes(file));
        } catch (RuntimeException | Error e) {
          // The fuzzer runs it once more, and reports it.
        }
      }
    }
  }

  /** {@return the files in a folder and below, sorted; none where it does not exist} */
  static List<Path> files(Path folder) throws IOException {
    if (folder.toString().isEmpty() || !Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /**
   * Runs one input. Whatever is thrown is a finding.
   *
   * @param data the input
   * @throws IOException if the scratch file cannot be written
   */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    check(target, data);
  }

  /**
   * Runs one input of a target.
   *
   * @return whether it was accepted; if not, it was refused as it has to be
   */
  static boolean check(Target target, byte[] data) throws IOException {
    try {
      target.reader().read(data);
      return true;
    } catch (InputException e) {
      requireReason(e);
      return false;
    }
  }

  /** Does something that may be refused as a target may. */
  static void refusable(Runnable action) {
    try {
      action.run();
    } catch (InputException e) {
      requireReason(e);
    }
  }

  /** A refusal is a single line that names the file and the reason, and was no lack of memory. */
  private static void requireReason(InputException refusal) {
    String message = refusal.getMessage();
    requireLine(message);
    if (message.matches(".*(\\(|: )null\\b.*") || !message.contains(NAME)) {
      throw new AssertionError("does not name file and reason: " + message, refusal);
    }
    for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
      // Memory that is known to be missing before it is asked for has a text of its own.
      boolean asked =
          cause instanceof OutOfMemoryError && VM.matcher("" + cause.getMessage()).matches();
      if (asked || cause instanceof StackOverflowError) {
        throw new AssertionError("refused after the memory was used up: " + message, refusal);
      }
    }
  }

  /** What a person reads is a line. */
  static void requireLine(String message) {
    if (message.lines().count() != 1) {
      throw new AssertionError("not one line: " + message);
    }
  }

  /** Runs the inputs of a target once, without the fuzzer: {@code Fuzz TARGET FILE…}. */
  static void main(String[] arguments) throws IOException {
    fuzzerInitialize(arguments);
    for (String file : Arrays.asList(arguments).subList(1, arguments.length)) {
      boolean accepted = check(target, Files.readAllBytes(Path.of(file)));
      System.out.println(file + (accepted ? ": accepted" : ": refused"));
    }
  }
}
