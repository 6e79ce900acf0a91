package kintsugi.weights;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import kintsugi.InputException;

/** The entries of a zip file, read into memory and never written to disk. */
final class ZipEntries implements AutoCloseable {
  private static final int MAX_ENTRIES = 100_000;

  /** The maximum size of one entry in bytes, that of an array. */
  static final int MAX_SIZE = Integer.MAX_VALUE - 8;

  private final ZipFile zip;
  private final Map<String, ZipEntry> entries = new LinkedHashMap<>();
  private final Budget budget;

  /** Opens a zip whose inflated entries are taken from a budget. */
  ZipEntries(Path file, Budget budget) throws IOException {
    this.budget = budget;
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

  /** {@return what a zip without tensors seems to be, after "is"} */
  String description() {
    Set<String> names = entries.keySet();
    for (String name : names) {
      if (name.matches(".*\\.(pth|pt|ckpt|safetensors|onnx|npz)")) {
        return "a zip archive that holds " + InputException.quoted(name) + ": unpack it first";
      }
    }
    if (names.isEmpty()) {
      return "an empty zip archive";
    }
    if (names.contains("model.weights.h5")) {
      return "a Keras model";
    }
    if (names.contains("[Content_Types].xml")) {
      return "an Office document";
    }
    if (names.stream().anyMatch(name -> name.contains(".dist-info/"))) {
      return "a Python package (wheel)";
    }
    return "a zip archive without tensors (its first entry is "
        + InputException.quoted(names.iterator().next())
        + ")";
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

  /** The size that the largest entry claims, in bytes. */
  long largest() {
    return entries.values().stream().mapToLong(ZipEntry::getSize).max().orElse(0);
  }

  byte[] read(String name) {
    ZipEntry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("its zip has no entry " + name);
    }
    long size = entry.getSize();
    if (size < 0 || size > MAX_SIZE) {
      throw new IllegalArgumentException("its zip's entry " + name + " claims " + size + " bytes");
    }
    budget.take("its zip's entry " + name, size);
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes((int) size);
      if (bytes.length != size || in.read() >= 0) {
        throw new IllegalArgumentException("its zip's entry " + name + " has another length");
      }
      return bytes;
    } catch (EOFException e) {
      throw new IllegalArgumentException("its zip's entry " + name + " is cut short", e);
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
