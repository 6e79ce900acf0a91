package kintsugi;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;

/**
 * The writing of a file next to its place, and its move there when it is whole and on the disk: a
 * half-written file is never seen, and work that fails leaves what was there before. A file that is
 * replaced keeps its permissions, and a link leads to the new content. Two runs do not write a file
 * at once ({@link OutputLock}), and what a killed run left is removed by the next. {@link
 * OutputFolder} does the same for many files.
 *
 * <p>Whether a file may be replaced is for its caller to know: a model replaces a model alone.
 */
public final class AtomicOutput {
  /** Longest name, in UTF-8, that a prefix and an ending can be added to. */
  private static final int MAX_NAME = 200;

  private static final System.Logger LOGGER = System.getLogger("kintsugi");

  private AtomicOutput() {}

  /** The content of a file. */
  public interface Writer {
    /**
     * Writes to the given file.
     *
     * @param file the file
     * @throws IOException if it cannot be written
     */
    void writeTo(Path file) throws IOException;
  }

  /**
   * Creates or replaces a file, and its folder where there is none.
   *
   * @param file the file
   * @param writer its content
   * @throws InputException if it cannot be written, or another process writes it
   */
  public static void file(Path file, Writer writer) {
    OutputLock lock = OutputLock.of(file);
    try (lock) {
      Path place = throughLinks(file);
      Path part = hidden(place, ".part");
      // Left by a run that was killed: nobody else has the lock.
      Files.deleteIfExists(part);
      // Not createTempFile, whose files nobody else may read.
      Files.createFile(part);
      try {
        // Before the content, so that nobody reads in the part what the file is closed to.
        passRights(place, part, Set.of(PosixFilePermission.OWNER_WRITE));
        writer.writeTo(part);
        force(part);
        move(part, place);
        forceFolders(place.getParent(), lock.created());
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  /** The outermost folder that has to be created for another; null where it exists. */
  static Path firstMissing(Path folder) {
    Path missing = null;
    for (Path place = folder.toAbsolutePath();
        place != null && !Files.exists(place, LinkOption.NOFOLLOW_LINKS);
        place = place.getParent()) {
      missing = place;
    }
    return missing;
  }

  /** Removes the folders that were created for another, as far as they are empty. */
  static void removeEmpty(Path folder, Path created) {
    try {
      Path place = folder.toAbsolutePath();
      for (; created != null && place.startsWith(created); place = place.getParent()) {
        Files.deleteIfExists(place);
      }
    } catch (IOException e) {
      // Something is in it, which stays.
      return;
    }
  }

  /** The place that is written where a file is named: the end of its links. */
  static Path throughLinks(Path file) throws IOException {
    Path place = file.toAbsolutePath();
    if (place.getFileName() == null) {
      throw new IOException("it is a folder");
    }
    if (Files.isSymbolicLink(place)) {
      return Files.exists(place)
          ? place.toRealPath()
          : place.resolveSibling(Files.readSymbolicLink(place)).toAbsolutePath().normalize();
    }
    // One name for one file, however its folder was named.
    return Files.isDirectory(place.getParent())
        ? place.getParent().toRealPath().resolve(place.getFileName())
        : place.normalize();
  }

  /** A hidden file of our own next to a file. */
  static Path hidden(Path place, String ending) {
    String name = place.getFileName().toString();
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    String stem = bytes.length > MAX_NAME ? UUID.nameUUIDFromBytes(bytes).toString() : name;
    return place.resolveSibling(".kintsugi-" + stem + ending);
  }

  /** Moves a whole file to its place; one that is there already passes on its permissions. */
  static void move(Path part, Path place) throws IOException {
    Path target = Files.isSymbolicLink(place) ? place.toRealPath() : place;
    if (Files.isDirectory(target)) {
      throw new IOException("it is a folder");
    }
    passRights(target, part, Set.of());
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      // A link to another disk: once more, next to its end.
      file(target, there -> Files.copy(part, there, StandardCopyOption.REPLACE_EXISTING));
      Files.delete(part);
    }
  }

  /**
   * Passes on the permissions of a file that will be replaced and, as far as that is allowed, its
   * owner and group.
   */
  private static void passRights(Path from, Path to, Set<PosixFilePermission> more)
      throws IOException {
    // Not asked of the file store, which Java does not find in a changed root (chroot).
    if (!Files.exists(from)
        || Files.getFileAttributeView(from, PosixFileAttributeView.class) == null) {
      return;
    }
    PosixFileAttributes old = Files.readAttributes(from, PosixFileAttributes.class);
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    PosixFileAttributes own = view.readAttributes();
    try {
      if (!old.group().equals(own.group())) {
        view.setGroup(old.group());
      }
      if (!old.owner().equals(own.owner())) {
        view.setOwner(old.owner());
      }
    } catch (FileSystemException e) {
      // Only root passes files to others, and others to groups of their own alone: it becomes ours.
      LOGGER.log(System.Logger.Level.DEBUG, from + ": keeps neither owner nor group", e);
    }
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    permissions.addAll(old.permissions());
    permissions.addAll(more);
    view.setPermissions(permissions);
  }

  /**
   * Waits until a folder's names are on the disk, and those of the folders that it was created in.
   *
   * @param created the outermost folder that was created for it, null for none
   */
  static void forceFolders(Path folder, Path created) throws IOException {
    force(folder);
    Path place = folder.toAbsolutePath();
    while (created != null && place.startsWith(created) && place.getParent() != null) {
      place = place.getParent();
      force(place);
    }
  }

  /** Waits until a file, or a folder's names, are on the disk. */
  static void force(Path path) throws IOException {
    boolean folder = Files.isDirectory(path);
    StandardOpenOption how = folder ? StandardOpenOption.READ : StandardOpenOption.WRITE;
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    } catch (IOException e) {
      // Some systems do not open folders; the move is done there all the same.
      if (!folder) {
        throw e;
      }
    }
  }

  static InputException cannotWrite(Path place, IOException e) {
    return new InputException(
        place + ": cannot be written (" + reason(e) + "); name another place, or make room there",
        e);
  }

  /**
   * {@return why a file cannot be read or written, in words as far as the system has some}
   *
   * @param e what the system threw
   */
  public static String reason(IOException e) {
    if (e instanceof NoSuchFileException missing) {
      return isFolderThere(missing.getFile())
          ? "there is no such file"
          : "a folder of it is missing";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "something else is there";
    }
    if (e.getCause() instanceof IOException cause) {
      // Writers of images say only that they failed.
      return reason(cause);
    }
    String reason = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
    return reason == null ? e.toString() : reason;
  }

  private static boolean isFolderThere(String file) {
    Path folder = file == null ? null : Path.of(file).toAbsolutePath().getParent();
    return folder != null && Files.isDirectory(folder);
  }
}
