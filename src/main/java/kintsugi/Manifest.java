package kintsugi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The list of the files that a command wrote into a folder, each with the SHA-256 of its content,
 * in the form of {@code sha256sum}. A file whose content is another one since then is not the
 * command's any more. While files are being replaced a name has the hash of the old content and of
 * the new one.
 */
final class Manifest {
  private static final String HEADER = "# The files that kintsugi ";
  private static final Pattern LINE =
      Pattern.compile("(\\\\?)([0-9a-f]{64})  (.+)", Pattern.DOTALL);

  private final Path folder;
  private final String command;
  private final Map<String, Set<String>> hashes = new TreeMap<>();

  private Manifest(Path folder, String command) {
    this.folder = folder;
    this.command = command;
  }

  /**
   * {@return a command's manifest in a folder, empty where there is none}
   *
   * @throws InputException if a file of its name is something else
   */
  static Manifest read(Path folder, String command) throws IOException {
    Manifest manifest = new Manifest(folder, command);
    Path file = manifest.file();
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return manifest;
    }
    // Bytes that are not UTF-8 make a line that fits no file.
    String text =
        Files.isRegularFile(file)
            ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
            : "";
    if (!text.startsWith(HEADER)) {
      throw new InputException(
          file
              + ": is not the list of files that kintsugi "
              + command
              + " writes there; move it away, or name another folder (out)");
    }
    text.lines().forEach(manifest::addLine);
    return manifest;
  }

  private void addLine(String line) {
    Matcher parts = LINE.matcher(line);
    if (parts.matches()) {
      String name = parts.group(3);
      add(parts.group(1).isEmpty() ? name : unescaped(name), parts.group(2));
    }
  }

  /** Where it is. */
  Path file() {
    return folder.resolve(".kintsugi-" + command + ".sha256");
  }

  /** The names of the files, with slashes between folders. */
  Set<String> names() {
    return Set.copyOf(hashes.keySet());
  }

  void add(String name, String hash) {
    hashes.computeIfAbsent(name, key -> new TreeSet<>()).add(hash);
  }

  /** Keeps these names alone. */
  void retain(Map<String, String> written) {
    hashes.clear();
    written.forEach(this::add);
  }

  /** Whether a file is in the folder with the content that the command wrote. */
  boolean owns(String name) {
    Set<String> known = hashes.get(name);
    Path place = folder.resolve(name);
    if (known == null || !Files.isRegularFile(place)) {
      return false;
    }
    try {
      return known.contains(Sha256.of(place));
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the command may remove a file: it is its own, and not in a place behind a link. */
  boolean mayRemove(String name) throws IOException {
    Path place = folder.resolve(name).normalize();
    return place.startsWith(folder.normalize())
        && Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)
        && place.getParent().toRealPath().startsWith(folder.toRealPath())
        && owns(name);
  }

  void write() {
    StringBuilder text = new StringBuilder(HEADER).append(command).append(" wrote here\n");
    text.append("# It replaces and removes these while they are unchanged, and no others.\n");
    hashes.forEach(
        (name, known) -> known.forEach(hash -> text.append(Sha256.line(hash, name)).append('\n')));
    AtomicOutput.file(file(), part -> Files.writeString(part, text));
  }

  private static String unescaped(String name) {
    Matcher escapes = Pattern.compile("\\\\([\\\\nr])").matcher(name);
    return escapes.replaceAll(
        found ->
            switch (found.group(1)) {
              case "n" -> "\n";
              case "r" -> "\r";
              default -> "\\\\";
            });
  }
}
