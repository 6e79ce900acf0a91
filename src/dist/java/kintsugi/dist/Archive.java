package kintsugi.dist;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/**
 * A packed folder that is the same to the byte whenever and by whomever it is packed: entries by
 * name, one time, root as their owner, two permissions. The format is POSIX's {@code ustar}.
 *
 * @param time of every entry
 */
record Archive(Instant time) {
  private static final int BLOCK = 512;

  /** Bytes of the header's fields. */
  private static final int NAME = 100;

  private static final int PREFIX = 155;

  /** Packs a folder under a name. */
  void write(Path folder, String name, Path file) throws IOException {
    try (OutputStream out = gzip(Files.newOutputStream(file))) {
      entry(out, folder, name);
      for (Path inner : Folders.below(folder)) {
        entry(out, inner, name + "/" + Folders.name(folder, inner));
      }
      out.write(new byte[2 * BLOCK]);
    }
  }

  /** Packed as tightly as it goes, without a time. */
  static OutputStream gzip(OutputStream to) throws IOException {
    OutputStream packed =
        new GZIPOutputStream(to) {
          {
            def.setLevel(9);
          }
        };
    return new BufferedOutputStream(packed, 1 << 16);
  }

  private void entry(OutputStream out, Path file, String name) throws IOException {
    if (Files.isSymbolicLink(file)) {
      out.write(header(name, '2', 0, 0777, Files.readSymbolicLink(file).toString()));
    } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      out.write(header(name + "/", '5', 0, 0755, ""));
    } else {
      long size = Files.size(file);
      out.write(header(name, '0', size, Files.isExecutable(file) ? 0755 : 0644, ""));
      Files.copy(file, out);
      out.write(new byte[(int) (-size & (BLOCK - 1))]);
    }
  }

  private byte[] header(String path, char type, long size, int permissions, String link) {
    int cut = path.length() <= NAME ? -1 : path.indexOf('/', path.length() - NAME - 1);
    byte[] header = new byte[BLOCK];
    text(header, 0, NAME, path.substring(cut + 1));
    octal(header, 100, 8, permissions);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, size);
    octal(header, 136, 12, time.getEpochSecond());
    header[156] = (byte) type;
    text(header, 157, NAME, link);
    text(header, 257, 8, "ustar\00000");
    text(header, 265, 32, "root");
    text(header, 297, 32, "root");
    text(header, 345, PREFIX, cut < 0 ? "" : path.substring(0, cut));
    // The sum of all bytes, with spaces in its own place.
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    text(header, 148, 8, String.format(Locale.ROOT, "%06o\0 ", sum));
    return header;
  }

  private static void octal(byte[] header, int at, int length, long value) {
    String format = "%0" + (length - 1) + "o";
    text(header, at, length, String.format(Locale.ROOT, format, value));
  }

  private static void text(byte[] header, int at, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > length) {
      throw new IllegalArgumentException("too long for a tar file: " + text);
    }
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
