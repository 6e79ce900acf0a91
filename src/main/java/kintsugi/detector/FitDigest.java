package kintsugi.detector;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import kintsugi.Sha256;
import kintsugi.weights.StoredTensor;

/**
 * The digest of a fit's file, which notices a flipped bit anywhere in its metadata and tensors: the
 * SHA-256 of the SHA-256 digests, side by side,
 *
 * <ul>
 *   <li>of the key and of the value of every metadata entry, sorted by key;
 *   <li>of the name, of the type and shape as {@code F32[90, 10]}, and of the bytes of every
 *       tensor, sorted by name.
 * </ul>
 *
 * <p>It does not depend on the order in which the file has them. About 0.6 ms per MB where the
 * processor has instructions for it.
 */
final class FitDigest {
  private FitDigest() {}

  /** The digest in hex digits. */
  static String of(Map<String, String> metadata, Map<String, StoredTensor> tensors) {
    MessageDigest all = Sha256.digest();
    new TreeMap<>(metadata)
        .forEach(
            (key, value) -> {
              all.update(sha256(key));
              all.update(sha256(value));
            });
    new TreeMap<>(tensors)
        .forEach(
            (name, tensor) -> {
              all.update(sha256(name));
              all.update(sha256(tensor.type() + Arrays.toString(tensor.shape())));
              all.update(sha256(tensor.bytes().duplicate().clear()));
            });
    return HexFormat.of().formatHex(all.digest());
  }

  private static byte[] sha256(String text) {
    return sha256(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static byte[] sha256(ByteBuffer bytes) {
    MessageDigest digest = Sha256.digest();
    digest.update(bytes);
    return digest.digest();
  }
}
