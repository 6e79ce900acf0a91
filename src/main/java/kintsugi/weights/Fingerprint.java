package kintsugi.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import kintsugi.Sha256;
import kintsugi.tensor.Tensor;

/**
 * The fingerprint of a network's values: a SHA-256 over the tensors in the order of their names,
 * for each its name, a zero byte, the count of its dimensions, the extents (32 bits each) and the
 * fp32 values, little-endian. The container has no influence.
 *
 * <p>{@code layer4} and {@code fc} have a hash of their own after a plus sign, since many files
 * leave out what the usual feature layers do not need: a network and the same one cut after {@code
 * layer3} belong together.
 */
final class Fingerprint {
  private static final String ALGORITHM = "sha256:";
  private static final int BLOCK = 1 << 14;

  private Fingerprint() {}

  /** {@return {@code sha256:} and one hash, or two with a plus sign between them} */
  static String of(Map<String, Tensor> tensors) {
    Map<String, Tensor> first = new TreeMap<>(tensors);
    Map<String, Tensor> last = new TreeMap<>(tensors);
    first.keySet().removeIf(Fingerprint::isLast);
    last.keySet().removeIf(name -> !isLast(name));
    return ALGORITHM + hash(first) + (last.isEmpty() ? "" : "+" + hash(last));
  }

  private static boolean isLast(String name) {
    return name.startsWith("layer4.") || name.startsWith("fc.");
  }

  /** Whether both are of one network; a second hash counts where both have it. */
  static boolean same(String one, String other) {
    String[] a = one.split("\\+", 2);
    String[] b = other.split("\\+", 2);
    return a[0].equals(b[0]) && (a.length == 1 || b.length == 1 || a[1].equals(b[1]));
  }

  /** {@return the hash of tensors in hex digits} */
  static String hash(Map<String, Tensor> tensors) {
    MessageDigest digest = Sha256.digest();
    ByteBuffer block = ByteBuffer.allocate(BLOCK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    new TreeMap<>(tensors)
        .forEach(
            (name, tensor) -> {
              digest.update(name.getBytes(StandardCharsets.UTF_8));
              int[] shape = tensor.shape();
              block.clear().put((byte) 0).putInt(shape.length);
              Arrays.stream(shape).forEach(block::putInt);
              digest.update(block.flip());
              float[] values = tensor.data();
              for (int at = 0; at < values.length; at += BLOCK) {
                int count = Math.min(BLOCK, values.length - at);
                block.clear().asFloatBuffer().put(values, at, count);
                digest.update(block.limit(count * Float.BYTES));
              }
            });
    return HexFormat.of().formatHex(digest.digest());
  }
}
