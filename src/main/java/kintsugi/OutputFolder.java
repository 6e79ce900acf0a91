package kintsugi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A command's files in an output folder, all of which appear in it at {@link #commit} or none: they
 * are written into a hidden folder first. To be used in a {@code try}:
 *
 * <pre>{@code
 * try (OutputFolder out = OutputFolder.of(folder, "evaluate", List.of("metrics.json"))) {
 *   String json = work();
 *   out.write("metrics.json", file -> Files.writeString(file, json));
 *   out.commit();
 * }
 * }</pre>
 *
 * <p>A folder that is not there is created. Only files that an earlier run of the same command
 * wrote, and that are unchanged, are replaced, and those that are not written again are removed; a
 * manifest in the folder, {@code .kintsugi-COMMAND.sha256}, lists them. A name that a stranger has
 * taken is refused before the work. One run of a command writes a folder at a time; what a killed
 * one left is removed by the next.
 */
public final class OutputFolder implements AutoCloseable {
  private final Path folder;
  private final Path part;
  private final String command;
  private final OutputLock lock;
  private final Path created;
  private final Manifest manifest;
  private final Set<Path> inputs = new HashSet<>();
  private boolean committed;

  private OutputFolder(Path folder, String command, Path created, OutputLock lock)
      throws IOException {
    this.folder = folder;
    this.command = command;
    this.created = created;
    this.lock = lock;
    this.part = folder.resolve(".kintsugi-" + command + ".part");
    this.manifest = Manifest.read(folder, command);
  }

  /**
   * {@return an output folder that nothing is written to yet}
   *
   * @param folder where the files go
   * @param command the name of the command, which owns the files
   * @param names of the files as far as they are known; a slash at the end stands for a folder with
   *     everything in it
   * @throws InputException if a file that the command did not write has one of the names, another
   *     run writes the folder, or it cannot be written
   */
  public static OutputFolder of(Path folder, String command, Collection<String> names) {
    return of(folder, command, names, List.of());
  }

  /**
   * {@return an output folder that nothing is written to yet}
   *
   * @param folder where the files go
   * @param command the name of the command, which owns the files
   * @param names of the files as far as they are known; a slash at the end stands for a folder with
   *     everything in it
   * @param inputs files that the work reads; none of them is replaced or removed, even where an
   *     earlier run of the command wrote it
   * @throws InputException if a file that the command did not write has one of the names, another
   *     run writes the folder, or it cannot be written
   */
  public static OutputFolder of(
      Path folder, String command, Collection<String> names, Collection<Path> inputs) {
    Path place = folder.toString().isEmpty() ? Path.of(".") : folder;
    try {
      Path created = AtomicOutput.firstMissing(place);
      Files.createDirectories(place);
      Path lockFile = place.toRealPath().resolve(".kintsugi-" + command + ".lock");
      OutputLock lock = OutputLock.of(lockFile, place, null);
      try {
        OutputFolder out = new OutputFolder(place, command, created, lock);
        inputs.forEach(input -> out.inputs.add(real(input)));
        out.begin(names);
        return out;
      } catch (RuntimeException | Error | IOException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(place, e);
    }
  }

  private void begin(Collection<String> names) throws IOException {
    claim(names);
    delete(part);
    Files.createDirectory(part);
  }

  /**
   * Checks more names, when they become known.
   *
   * @param names of files that will be written; a slash at the end stands for a folder with
   *     everything in it
   * @throws InputException if a file that the command did not write has one of them
   */
  public void claim(Collection<String> names) {
    List<Path> taken = new ArrayList<>();
    for (String name : names) {
      if (name.endsWith("/")) {
        taken.addAll(strangers(name));
      } else {
        stranger(name, taken);
      }
    }
    if (!taken.isEmpty()) {
      throw new InputException(
          taken.getFirst()
              + ": is there already"
              + (taken.size() == 1 ? "" : " (and " + (taken.size() - 1) + " more)")
              + ", and was not written by an earlier run of "
              + command
              + ", or was changed since; name another folder (out), or move it away");
    }
  }

  private void stranger(String name, List<Path> taken) {
    Path place = folder.resolve(name);
    for (Path parent = place.getParent();
        !parent.equals(folder) && parent.startsWith(folder);
        parent = parent.getParent()) {
      if (Files.exists(parent, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(parent)) {
        taken.add(parent);
        return;
      }
    }
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)
        && (!manifest.owns(name) || inputs.contains(real(place)))) {
      taken.add(place);
    }
  }

  private List<Path> strangers(String name) {
    Path inside = folder.resolve(name);
    List<Path> taken = new ArrayList<>();
    if (!Files.isDirectory(inside)) {
      stranger(name.substring(0, name.length() - 1), taken);
      return taken;
    }
    try {
      for (Path path : list(inside)) {
        if (!Files.isDirectory(path)) {
          stranger(name(folder, path), taken);
        }
      }
      return taken;
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(inside, e);
    }
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file.toAbsolutePath().normalize();
    }
  }

  /** {@return the folder that the files go to} */
  public Path folder() {
    return folder;
  }

  /**
   * Writes one file, which is in the folder from {@link #commit} on.
   *
   * @param name of the file, or a path of folders and a file
   * @param writer writes to the path it is passed
   * @throws InputException if it cannot be written, or the name is a stranger's
   */
  public void write(String name, AtomicOutput.Writer writer) {
    Path file = part.resolve(name);
    claim(List.of(name));
    try {
      Files.createDirectories(file.getParent());
      writer.writeTo(file);
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(folder.resolve(name), e);
    }
  }

  /**
   * Moves everything that was written into the folder, and removes what an earlier run wrote and
   * this one did not.
   *
   * @throws InputException if it cannot be moved, or strangers have taken a name meanwhile
   */
  public void commit() {
    try {
      Map<String, String> written = new LinkedHashMap<>();
      for (Path file : list(part)) {
        if (!Files.isDirectory(file)) {
          AtomicOutput.force(file);
          written.put(name(part, file), Sha256.of(file));
        }
      }
      claim(written.keySet());
      Set<String> before = manifest.names();
      // Both contents, so that a run killed within the moves leaves files that are still its own.
      written.forEach(manifest::add);
      manifest.write();
      for (String name : written.keySet()) {
        Path place = folder.resolve(name);
        Files.createDirectories(place.getParent());
        AtomicOutput.move(part.resolve(name), place);
      }
      removeStale(before, written.keySet());
      Set<Path> places = new TreeSet<>();
      written.keySet().forEach(name -> places.add(folder.resolve(name).getParent()));
      for (Path place : places) {
        AtomicOutput.forceFolders(place, created == null ? folder.toAbsolutePath() : created);
      }
      manifest.retain(written);
      // Writing it forces the folder itself.
      manifest.write();
      committed = true;
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(folder, e);
    }
  }

  private void removeStale(Set<String> before, Set<String> written) throws IOException {
    for (String name : before) {
      Path place = folder.resolve(name);
      if (!written.contains(name) && manifest.mayRemove(name) && !inputs.contains(real(place))) {
        Files.delete(place);
        for (Path parent = place.getParent();
            !parent.equals(folder) && list(parent).size() == 1;
            parent = parent.getParent()) {
          Files.delete(parent);
        }
      }
    }
  }

  /** Removes what was not committed, and the folders that were created for it. */
  @Override
  public void close() {
    try (lock) {
      delete(part);
    } catch (IOException e) {
      throw AtomicOutput.cannotWrite(folder, e);
    }
    if (!committed) {
      AtomicOutput.removeEmpty(folder, created);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      for (Path path : list(folder).reversed()) {
        Files.delete(path);
      }
    }
  }

  private static String name(Path folder, Path file) {
    return folder.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    }
  }
}
