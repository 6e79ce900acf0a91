package kintsugi.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The entries of a zip file, read into memory and never written to disk. */
final class ZipEntries implements AutoCloseable {
  private static final int MAX_ENTRIES = 100_000;

  /** The maximum compression ratio: weights are close to noise and hardly shrink. */
  private static final long MAX_RATIO = 64;

  private static final long SMALL = 1 << 20;

  private final ZipFile zip;
  private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

  ZipEntries(Path file) throws IOException {
    zip = new ZipFile(file.toFile());
    try {
      if (zip.size() > MAX_ENTRIES) {
        throw new IllegalArgumentException("its zip has " + zip.size() + " entries");
      }
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        if (entries.put(entry.getName(), entry) != null) {
          throw new IllegalArgumentException("its zip has " + entry.getName() + " twice");
        }
      }
    } catch (RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  /** The names with this ending. */
  List<String> ending(String end) {
    List<String> names = new ArrayList<>();
    entries.keySet().stream().filter(name -> name.endsWith(end)).forEach(names::add);
    return names;
  }

  /** The only entry whose last part is this. */
  String single(String last) {
    List<String> found = ending(last);
    found.removeIf(name -> !name.equals(last) && !name.endsWith("/" + last));
    if (found.size() != 1) {
      throw new IllegalArgumentException("its zip has " + found.size() + " entries " + last);
    }
    return found.getFirst();
  }

  byte[] read(String name) {
    ZipEntry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("its zip has no entry " + name);
    }
    long size = entry.getSize();
    boolean fits = size >= 0 && size <= Integer.MAX_VALUE - 8;
    if (!fits || size > SMALL && size / MAX_RATIO > entry.getCompressedSize()) {
      throw new IllegalArgumentException("its zip's entry " + name + " claims " + size + " bytes");
    }
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes((int) size);
      if (bytes.length != size || in.read() >= 0) {
        throw new IllegalArgumentException("its zip's entry " + name + " has another length");
      }
      return bytes;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "its zip's entry " + name + " is damaged (" + e.getMessage() + ")", e);
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
