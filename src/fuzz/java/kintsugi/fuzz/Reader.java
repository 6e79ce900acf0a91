package kintsugi.fuzz;

import java.io.IOException;

/** A reader as the fuzzer drives it: bytes in, and nothing out but the project's exception. */
@FunctionalInterface
interface Reader {
  /**
   * Reads the content of a file, or refuses it.
   *
   * @param data any bytes
   * @throws kintsugi.InputException if they are refused
   * @throws IOException if the scratch file cannot be written
   */
  void read(byte[] data) throws IOException;
}
