package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/** A file of weights that a command makes of another one, whose hash it keeps. */
final class WeightsFile {
  /** In the metadata of every such file, and of no other. */
  private static final String SOURCE_HASH = "source_sha256";

  /** The endings of other formats, whose readers would refuse the file. */
  private static final String OTHERS = ".*\\.(onnx|pth|pt|ckpt|npz|npy|pkl|bin)";

  private WeightsFile() {}

  /**
   * Throws unless nothing is there, or what an earlier command made, and the name does not end as
   * another format's.
   *
   * @param command for the message
   */
  static void requirePlace(Path to, String command) {
    String name = to.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.matches(OTHERS)) {
      throw new InputException(
          to
              + ": "
              + command
              + " writes safetensors alone; end the name with .safetensors, or write a model as ONNX"
              + " with export --onnx");
    }
    if (Files.exists(to) && !isMade(to)) {
      throw new InputException(
          to
              + ": is there already and was not made by "
              + command
              + "; name another file, or move it away");
    }
  }

  private static boolean isMade(Path file) {
    try {
      return Safetensors.read(file).metadata().containsKey(SOURCE_HASH);
    } catch (InputException e) {
      return false;
    }
  }

  static void write(Map<String, StoredTensor> tensors, Path from, Path to) {
    Map<String, String> metadata =
        Map.of("source", from.getFileName().toString(), SOURCE_HASH, Weights.sha256(from));
    new Safetensors(metadata, tensors).write(to);
  }

  static void write(Weights weights, Path from, Path to) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    weights.tensors().forEach((name, tensor) -> tensors.put(name, StoredTensor.of(tensor)));
    write(tensors, from, to);
  }
}
