package kintsugi.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kintsugi.AtomicOutput;
import kintsugi.InputException;

/** A token or a password in a file of its own, so that no command line shows it. */
public final class Secret {
  private static final int LONGEST = 4096;

  private Secret() {}

  /**
   * {@return the first line of a file, without the space around it}
   *
   * @param file the file
   * @param wayOut what to do if it cannot be read, such as {@code write the token there (choice)}
   * @throws InputException if the file cannot be read, is long, or its first line is empty
   */
  public static String firstLine(Path file, String wayOut) {
    String line;
    try {
      if (Files.size(file) > LONGEST) {
        throw new IOException("it is longer than " + LONGEST + " bytes");
      }
      line = Files.readString(file).lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be read (" + AtomicOutput.reason(e) + "); " + wayOut, e);
    }
    if (line.isEmpty()) {
      throw new InputException(file + ": its first line is empty; " + wayOut);
    }
    return line;
  }
}
