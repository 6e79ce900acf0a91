package kintsugi.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import kintsugi.InputException;

/**
 * The entry point of the fuzzer, which calls the two methods by their names. It needs no class of
 * the fuzzer, so that the saved inputs run in the ordinary tests too.
 */
public final class Fuzz {
  /** The name of the image or the file, without its extension. */
  static final String NAME = "fuzz";

  private static Target target;

  private Fuzz() {}

  /**
   * Selects the target.
   *
   * @param arguments its name
   */
  public static void fuzzerInitialize(String[] arguments) {
    target = Target.named(arguments[0]);
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
    if (message.matches(".*[(:] ?null\\b.*") || !message.contains(NAME)) {
      throw new AssertionError("does not name file and reason: " + message, refusal);
    }
    for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
      if (cause instanceof VirtualMachineError) {
        throw new AssertionError("refused for lack of memory only: " + message, refusal);
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
