package kintsugi.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.report.Receipt;

/**
 * A file of receipts, one on a line.
 *
 * @param entries the receipts that are whole
 */
record ReceiptFile(List<Entry> entries) {
  private static final long MAX_BYTES = 256L << 20;
  private static final int MAX_LINE = 1 << 16;

  /** A receipt and its line, from 1 on. */
  record Entry(int line, Receipt receipt) {}

  /**
   * Reads a file.
   *
   * @param findings receives what is wrong with a line
   * @throws InputException if the file cannot be read or is too long
   */
  static ReceiptFile read(Path file, List<String> findings) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new InputException(
            file + ": is longer than " + MAX_BYTES + " bytes; split it into files of some lines");
      }
      return of(Files.readAllBytes(file), findings);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + AtomicOutput.reason(e) + ")", e);
    }
  }

  /** The receipts of a file's bytes. */
  static ReceiptFile of(byte[] bytes, List<String> findings) {
    List<Entry> entries = new ArrayList<>();
    int line = 0;
    for (int from = 0; from < bytes.length; ) {
      int end = from;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      line++;
      try {
        entries.add(new Entry(line, receipt(bytes, from, end)));
      } catch (IllegalArgumentException e) {
        findings.add("line " + line + ": " + InputException.quoted(e.getMessage()));
      }
      from = end + 1;
    }
    return new ReceiptFile(List.copyOf(entries));
  }

  private static Receipt receipt(byte[] bytes, int from, int end) {
    if (end - from > MAX_LINE) {
      throw new IllegalArgumentException("it is longer than " + MAX_LINE + " bytes");
    }
    return Receipt.parse(Arrays.copyOfRange(bytes, from, end));
  }
}
