package kintsugi.serve;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.Sha256;

/** The secret that requests must show, as {@code Authorization: Bearer} (RFC 6750). */
final class Token {
  private static final int SHORTEST = 16;
  private static final String WAY_OUT = "write one with openssl rand -hex 32 (token-file)";
  private static final String SCHEME = "bearer ";

  private final byte[] hash;

  private Token(String secret) {
    this.hash = hash(secret);
  }

  /**
   * {@return the token in the first line of a file}
   *
   * @param file the file
   * @param notices hears that others can read it
   * @throws InputException if it cannot be read, or the line is too short to be a secret
   */
  static Token read(Path file, Consumer<String> notices) {
    String secret = Secret.firstLine(file, WAY_OUT);
    if (secret.length() < SHORTEST || !secret.matches("[\\x21-\\x7e]+")) {
      throw new InputException(
          file
              + ": a token is one line of at least "
              + SHORTEST
              + " letters, digits and signs; "
              + WAY_OUT);
    }
    if (isForOthers(file)) {
      notices.accept(
          "warning: "
              + file
              + ": can be read by others on this machine; run chmod 600 on it (token-file)");
    }
    return new Token(secret);
  }

  private static boolean isForOthers(Path file) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      return permissions.contains(PosixFilePermission.GROUP_READ)
          || permissions.contains(PosixFilePermission.OTHERS_READ);
    } catch (IOException | UnsupportedOperationException e) {
      // A system without such permissions.
      return false;
    }
  }

  private static byte[] hash(String secret) {
    return Sha256.digest().digest(secret.getBytes(StandardCharsets.UTF_8));
  }

  /** {@return whether a header shows it, in a time that does not depend on how much is right} */
  boolean isIn(Optional<String> authorization) {
    String header = authorization.orElse("");
    boolean bearer = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    String shown = bearer ? header.substring(SCHEME.length()).strip() : "";
    return MessageDigest.isEqual(hash, hash(shown));
  }
}
