package kintsugi.weights;

import java.io.EOFException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.ZipException;
import kintsugi.InputException;

/** The reading of a file, whose failures become one line that names the file and the way out. */
final class FileReading {
  private FileReading() {}

  /** A reader of a file. */
  interface Reader<T> {
    T read() throws IOException;
  }

  /**
   * Reads a file.
   *
   * @param kind what the file is not if it is damaged, such as {@code a readable checkpoint}
   * @param wayOut what to do then
   * @throws InputException if the reader fails
   */
  static <T> T read(Path file, String kind, String wayOut, Reader<T> reader) {
    try {
      return reader.read();
    } catch (BufferUnderflowException | EOFException e) {
      throw new InputException(file + ": is cut short; copy or download it again", e);
    } catch (ZipException e) {
      throw new InputException(
          file + ": is a damaged or cut zip (" + reason(e) + "); copy or download it again", e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new InputException(file + ": is not " + kind + " (" + reason(e) + "); " + wayOut, e);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": there is no such file; check the name", e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + reason(e) + ")", e);
    }
  }

  private static String reason(Exception e) {
    return InputException.quoted(e.getMessage());
  }
}
