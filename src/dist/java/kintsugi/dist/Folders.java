package kintsugi.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Folders of files: emptied, listed by name, copied. */
final class Folders {
  private Folders() {}

  static Path empty(Path folder) throws IOException {
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectories(folder);
  }

  /** All files and folders below a folder, by name, the same on every system. */
  static List<Path> below(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> !file.equals(folder))
          .sorted(Comparator.comparing(file -> name(folder, file)))
          .toList();
    }
  }

  /** The name of a file within a folder, with slashes on every system. */
  static String name(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }

  /** Copies a file, or a folder with all that it holds. */
  static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to, LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES);
    if (Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> files = Files.list(from)) {
        for (Path file : files.toList()) {
          copy(file, to.resolve(file.getFileName()));
        }
      }
    }
  }

  /** The hash of some files' content, one after the other. */
  static String hash(String algorithm, List<Path> files) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (Path file : files) {
        digest.update(Files.readAllBytes(file));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
