package kintsugi.detector;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;

/**
 * What a fit leaves in a file, finished or not. The file is safetensors; everything but the numbers
 * of the fit is in its metadata.
 *
 * @param kind {@link #MODEL} or {@link #PARTIAL}
 * @param weights the fingerprint of the backbone's weights
 * @param seed of the fit
 * @param inputSize what every picture became
 * @param recipe the choices
 * @param more what a kind adds
 * @param tensors the numbers
 */
record FitFile(
    String kind,
    String weights,
    long seed,
    InputSize inputSize,
    Recipe recipe,
    Map<String, String> more,
    Map<String, StoredTensor> tensors) {

  static final String MODEL = "model";
  static final String PARTIAL = "partial";
  private static final String FORMAT = "kintsugi.format";
  private static final String VERSION = "2";
  private static final String KIND = "kind";
  private static final String RECIPE = "recipe";

  /** Writes the file whole or not at all. */
  void write(Path file) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(FORMAT, VERSION);
    metadata.put(KIND, kind);
    metadata.put("weights", weights);
    metadata.put("seed", Long.toString(seed));
    metadata.put("input_size", RecipeFormat.write(inputSize));
    metadata.put("algorithm", recipe.algorithm());
    metadata.put(RECIPE, RecipeFormat.write(recipe));
    metadata.putAll(more);
    new Safetensors(metadata, tensors).write(file);
  }

  /** What a kind makes of the file. */
  interface Reader<T> {
    T read(FitFile file);
  }

  /**
   * Reads a file.
   *
   * @param fingerprint of the weights that will be used
   * @throws InputException if the file cannot be read, belongs to other weights, or the reader
   *     refuses it by an {@link IllegalArgumentException}
   */
  static <T> T read(Path file, String fingerprint, Reader<T> reader) {
    Safetensors stored = Safetensors.read(file);
    try {
      Map<String, String> metadata = stored.metadata();
      if (!VERSION.equals(metadata.get(FORMAT))) {
        throw new IllegalArgumentException("its format is " + metadata.get(FORMAT));
      }
      String weights = get(metadata, "weights");
      if (!weights.equals(fingerprint)) {
        throw new InputException(
            file
                + ": was fitted with other weights ("
                + weights
                + ", not "
                + fingerprint
                + "); name those with --weights, or fit again");
      }
      return reader.read(
          new FitFile(
              get(metadata, KIND),
              weights,
              Long.parseLong(get(metadata, "seed")),
              RecipeFormat.read(get(metadata, "input_size"), InputSize.class),
              RecipeFormat.read(get(metadata, RECIPE), type(get(metadata, "algorithm"))),
              metadata,
              stored.tensors()));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new InputException(
          file + ": is no model of Kintsugi (" + e.getMessage() + "); make one with fit", e);
    }
  }

  private static Class<? extends Recipe> type(String algorithm) {
    return switch (algorithm) {
      case "padim" -> PadimRecipe.class;
      case "patchcore" -> PatchCoreRecipe.class;
      default -> throw new IllegalArgumentException("its algorithm is " + algorithm);
    };
  }

  /** An entry of the metadata, which may not be missing. */
  static String get(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new IllegalArgumentException("its metadata has no " + key);
    }
    return value;
  }
}
