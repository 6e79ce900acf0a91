package kintsugi.weights;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.Sha256;
import kintsugi.tensor.Tensor;

/**
 * The weights of a network: its named tensors.
 *
 * @param source the file or other origin; for messages and reports
 * @param fingerprint the SHA-256 of the values, the same for every format that holds them, so that
 *     a model is never used with other weights
 * @param tensors the tensors by torchvision's names
 */
public record Weights(String source, String fingerprint, Map<String, Tensor> tensors) {

  /**
   * Reads a checkpoint of any known format and folds its batch norms.
   *
   * @param file the file
   * @return the weights of the network without batch norms
   * @throws InputException if it cannot be read
   */
  public static Weights read(Path file) {
    return of(file.toString(), Checkpoint.read(file));
  }

  /**
   * Folds the batch norms of a network that was read.
   *
   * @param file its file, for messages
   * @param network the tensors by torchvision's names
   * @return the weights of the network without batch norms
   * @throws InputException if a batch norm is incomplete, or a value is not finite
   */
  public static Weights of(String file, Map<String, StoredTensor> network) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try {
      BatchNorm.fold(network).forEach((name, tensor) -> tensors.put(name, finite(name, tensor)));
    } catch (IllegalArgumentException e) {
      throw new InputException(
          file + ": " + InputException.quoted(e.getMessage()) + "; use a complete checkpoint", e);
    }
    return new Weights(file, Fingerprint.of(tensors), tensors);
  }

  /**
   * {@return whether a model with this fingerprint was fitted with these weights}
   *
   * <p>Models of former versions have the SHA-256 of the file in its place. It is computed only for
   * these.
   *
   * @param fitted the fingerprint that the model remembers
   */
  public boolean matches(String fitted) {
    if (Fingerprint.same(fitted, fingerprint)) {
      return true;
    }
    Path file = Path.of(source);
    return Files.exists(file) && fitted.equals("sha256:" + sha256(file));
  }

  /**
   * Throws unless a model was fitted with these weights ({@link #matches}).
   *
   * @param model its file
   * @param fitted the fingerprint that the model remembers
   * @throws InputException naming the file, if it was fitted with others
   */
  public void requireFittedWith(Path model, String fitted) {
    if (!matches(fitted)) {
      throw new InputException(
          model
              + ": was fitted with other weights ("
              + fitted
              + ", not "
              + fingerprint
              + "); use those (weights), or fit again");
    }
  }

  /**
   * {@return whether these are the weights of a network, or of a longer one that begins with it}
   *
   * @param network the weights up to its last layer
   */
  public boolean contain(Weights network) {
    return matches(network.fingerprint)
        || network.tensors.entrySet().stream()
            .allMatch(
                each -> has(each.getKey()) && isSame(each.getValue(), tensors.get(each.getKey())));
  }

  private static boolean isSame(Tensor one, Tensor other) {
    return Arrays.equals(one.shape(), other.shape()) && Arrays.equals(one.data(), other.data());
  }

  private static Tensor finite(String name, StoredTensor stored) {
    Tensor tensor = stored.tensor();
    for (float value : tensor.data()) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException("its tensor " + name + " has the value " + value);
      }
    }
    return tensor;
  }

  /**
   * {@return the SHA-256 in hex digits of a file, or for a folder that of its files' digests,
   * sorted by name}
   *
   * @param file the file
   * @throws InputException if it cannot be read
   */
  public static String sha256(Path file) {
    try {
      if (!Files.isDirectory(file)) {
        return Sha256.of(file);
      }
      MessageDigest all = Sha256.digest();
      for (Path array : Checkpoint.arrays(file)) {
        all.update(Sha256.of(array).getBytes(US_ASCII));
      }
      return HexFormat.of().formatHex(all.digest());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * {@return whether there is a tensor of this name}
   *
   * @param name torchvision's name
   */
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  /**
   * One tensor.
   *
   * @param name torchvision's name
   * @param shape the shape that it must have
   * @return the tensor
   * @throws InputException if it is missing or has another shape
   */
  public Tensor require(String name, int... shape) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new InputException(
          source + ": holds no tensor " + name + "; use a complete ResNet checkpoint");
    }
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new InputException(
          source
              + ": tensor "
              + name
              + " has shape "
              + Arrays.toString(tensor.shape())
              + " where the network has "
              + Arrays.toString(shape)
              + "; use a complete ResNet checkpoint");
    }
    return tensor;
  }
}
