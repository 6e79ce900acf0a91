package kintsugi.weights;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.tensor.Tensor;

/**
 * The named tensors of a network.
 *
 * @param source the file, or what else they come from; for messages and reports
 * @param fingerprint the file's SHA-256, so that a model is never used with other weights
 * @param tensors the tensors by torchvision's names
 */
public record Weights(String source, String fingerprint, Map<String, Tensor> tensors) {

  /**
   * Reads a safetensors checkpoint.
   *
   * @throws InputException if it cannot be read
   */
  public static Weights read(Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Safetensors.read(file).tensors().forEach((name, t) -> tensors.put(name, t.tensor()));
    return new Weights(file.toString(), "sha256:" + sha256(file), tensors);
  }

  private static String sha256(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e.getMessage() + ")", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether a tensor of this name is there. */
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  /**
   * One tensor.
   *
   * @throws InputException if it is missing or has another shape
   */
  public Tensor require(String name, int... shape) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new InputException(
          source
              + ": holds no tensor "
              + name
              + "; use a ResNet-18 checkpoint with batch norm"
              + " folded into weights and biases");
    }
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new InputException(
          source
              + ": tensor "
              + name
              + " has shape "
              + Arrays.toString(tensor.shape())
              + " where ResNet-18 has "
              + Arrays.toString(shape)
              + "; use a ResNet-18 checkpoint");
    }
    return tensor;
  }
}
