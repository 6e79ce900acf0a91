package kintsugi.detector;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import kintsugi.InputException;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/**
 * The file of a fit, finished or not: safetensors, with everything but the tensors in its metadata.
 * {@code docs/model-file.md} describes it. Format 3 is written; format 2, of release 0.1, is read.
 *
 * @param kind {@link #MODEL} or {@link #PARTIAL}
 * @param header the metadata that every file has
 * @param more the metadata that a kind adds
 * @param tensors the tensors by name
 */
record FitFile(
    String kind, FitHeader header, Map<String, String> more, Map<String, StoredTensor> tensors) {

  static final String MODEL = "model";
  static final String PARTIAL = "partial";
  private static final String FORMAT = "kintsugi.format";
  private static final String CURRENT = "3";
  private static final String PREVIOUS = "2";
  private static final String KIND = "kind";
  private static final String METHOD = "method";
  private static final String RECIPE = "recipe";
  private static final String WEIGHTS = "weights";
  private static final String SEED = "seed";
  private static final String INPUT_SIZE = "input_size";

  /**
   * Writes the file whole or not at all.
   *
   * @throws InputException if it cannot be written, or something else is there
   */
  void write(Path file) {
    requirePlace(file, kind);
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(FORMAT, CURRENT);
    metadata.put(KIND, kind);
    metadata.put(WEIGHTS, header.weights());
    metadata.put(SEED, Long.toString(header.seed()));
    metadata.put(INPUT_SIZE, RecordJson.write(header.inputSize()));
    metadata.put(METHOD, header.recipe().method());
    metadata.put(RECIPE, RecordJson.write((Record) header.recipe()));
    metadata.putAll(more);
    new Safetensors(metadata, tensors).write(file);
  }

  /**
   * Throws unless a file of a kind may be written to a place: there is nothing, or a file of the
   * same kind, which will be replaced.
   */
  static void requirePlace(Path file, String kind) {
    if (Files.exists(file) && !kind.equals(kindOf(file))) {
      throw new InputException(
          file
              + ": is there already and is not a "
              + (kind.equals(MODEL) ? "model" : "partial fit")
              + " of Kintsugi; name another file ("
              + kind
              + "), or move it away");
    }
  }

  private static String kindOf(Path file) {
    try {
      Map<String, String> metadata = Safetensors.read(file).metadata();
      return metadata.containsKey(FORMAT) ? metadata.get(KIND) : "";
    } catch (InputException e) {
      return "";
    }
  }

  /**
   * Reads a file.
   *
   * @param session whose weights it has to belong to
   * @param reader what a kind makes of the file
   * @throws InputException if the file cannot be read, belongs to other weights, or the reader
   *     refuses it by an {@link IllegalArgumentException}
   */
  static <T> T read(Path file, Session session, Function<FitFile, T> reader) {
    Safetensors stored = Safetensors.read(file);
    try {
      FitFile read = of(stored);
      requireWeights(file, read.header.weights(), session.weights());
      return reader.apply(read);
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      throw new InputException(
          file
              + ": is not a model of Kintsugi ("
              + e.getMessage()
              + "); make one by fitting normal images",
          e);
    }
  }

  private static FitFile of(Safetensors stored) {
    Map<String, String> metadata = stored.metadata();
    String format = metadata.get(FORMAT);
    if (!CURRENT.equals(format) && !PREVIOUS.equals(format)) {
      throw new IllegalArgumentException("its format is " + format);
    }
    Recipe recipe = format.equals(PREVIOUS) ? previousRecipe(metadata) : recipe(metadata);
    InputSize inputSize = RecordJson.read(get(metadata, INPUT_SIZE), InputSize.class);
    long seed = Long.parseLong(get(metadata, SEED));
    FitHeader header = new FitHeader(recipe, inputSize, seed, get(metadata, WEIGHTS));
    return new FitFile(get(metadata, KIND), header, metadata, stored.tensors());
  }

  private static Recipe recipe(Map<String, String> metadata) {
    Method method = Methods.named(get(metadata, METHOD));
    Recipe recipe = Choices.read(method, get(metadata, RECIPE));
    if (!recipe.name().startsWith(method.name() + "/")) {
      throw new IllegalArgumentException(recipe.name() + " is not a recipe of " + method.name());
    }
    return recipe;
  }

  /** The recipe of format 2, whose choices were not nested. */
  private static Recipe previousRecipe(Map<String, String> metadata) {
    return Choices.readFlat(Methods.named(get(metadata, "algorithm")), get(metadata, RECIPE));
  }

  private static void requireWeights(Path file, String fitted, Weights used) {
    if (!used.matches(fitted)) {
      throw new InputException(
          file
              + ": was fitted with other weights ("
              + fitted
              + ", not "
              + used.fingerprint()
              + "); use those (weights), or fit again");
    }
  }

  /** An entry of the metadata, which must be there. */
  static String get(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new IllegalArgumentException("its metadata has no " + key);
    }
    return value;
  }
}
