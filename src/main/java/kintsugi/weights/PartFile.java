package kintsugi.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import kintsugi.Sha256;

/**
 * The partial file of a transfer, locked by the process that writes it. A part that nobody has
 * locked was left by a run that broke off: the first is continued, any further one removed. While
 * another process has one, a new one is made, so that two transfers do not disturb each other.
 *
 * <p>On POSIX systems a lock ends when the process closes the file, whichever channel it closes; so
 * a part is read and written by its own channel alone until its hash is known to be right. From
 * then on nobody changes it, since a process that takes it over looks at its hash first.
 */
final class PartFile implements AutoCloseable {
  private static final String ENDING = ".part";

  private final Path path;
  private final FileChannel channel;

  private PartFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Takes over a part of this file that was left, or makes one. */
  static PartFile of(Path file) throws IOException {
    PartFile taken = null;
    for (Path left : left(file)) {
      PartFile part = lock(left);
      if (part != null && taken != null) {
        part.delete();
      } else if (part != null) {
        taken = part;
      }
    }
    while (taken == null) {
      Path fresh = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ENDING);
      Files.createFile(fresh);
      taken = lock(fresh);
    }
    return taken;
  }

  private static List<Path> left(Path file) throws IOException {
    String name = file.getFileName().toString();
    try (Stream<Path> files = Files.list(file.getParent())) {
      return files.filter(part -> isPart(part.getFileName().toString(), name)).sorted().toList();
    }
  }

  private static boolean isPart(String part, String name) {
    return part.startsWith(name)
        && part.substring(name.length()).matches("(\\.[0-9a-f-]{36})?\\.part");
  }

  /** {@return the part, or null where another process has it or has just moved it} */
  private static PartFile lock(Path path) throws IOException {
    FileChannel channel = null;
    try {
      Object before = key(path);
      channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null && Objects.equals(before, key(path))) {
        return new PartFile(path, channel);
      }
    } catch (OverlappingFileLockException | NoSuchFileException e) {
      // Another thread has it, or it was moved to its place in the meantime.
    }
    if (channel != null) {
      channel.close();
    }
    return null;
  }

  /** The identity of the file behind a path, null where the system has none. */
  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  Path path() {
    return path;
  }

  long size() throws IOException {
    return channel.size();
  }

  /** Cuts the file off and sets the place of the next byte to its end. */
  void truncate(long size) throws IOException {
    channel.truncate(size).position(size);
  }

  void append(byte[] bytes, int count) throws IOException {
    ByteBuffer block = ByteBuffer.wrap(bytes, 0, count);
    while (block.hasRemaining()) {
      channel.write(block);
    }
  }

  /** {@return the SHA-256 of the content in hex digits} */
  String sha256() throws IOException {
    MessageDigest digest = Sha256.digest();
    ByteBuffer block = ByteBuffer.allocate(1 << 16);
    long at = 0;
    for (int n = channel.read(block, at); n >= 0; n = channel.read(block, at)) {
      at += n;
      digest.update(block.flip());
      block.clear();
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Moves the whole file to its place, forced to disk before. */
  void moveTo(Path file) throws IOException {
    channel.force(true);
    close();
    Files.move(path, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  void delete() throws IOException {
    Files.deleteIfExists(path);
    close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
