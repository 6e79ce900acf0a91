package kintsugi.detector;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import kintsugi.InputException;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;

/**
 * The file of a fit, finished or not: safetensors, with everything but the tensors in its metadata.
 * {@code docs/model-file.md} describes it. Format 4 is written, or 5 if images were taught to the
 * model, so that no reader of format 4 scores without them; format 3, which has no digest, and
 * format 2, of release 0.1, are read.
 *
 * <p>Everything common to all methods is checked here: the digest, that every value is finite, that
 * the metadata is complete, and that the weights have the recipe's layers at the input size. A
 * method checks its own tensors against that.
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
  private static final String CURRENT = "4";
  private static final String TAUGHT = "5";
  private static final Set<String> WITHOUT_DIGEST = Set.of("2", "3");
  private static final String FLAT = "2";
  private static final String DIGEST = "sha256";

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
    metadata.put(FORMAT, more.containsKey(TaughtImage.METADATA) ? TAUGHT : CURRENT);
    metadata.put(KIND, kind);
    metadata.put(WEIGHTS, header.weights());
    metadata.put(SEED, Long.toString(header.seed()));
    metadata.put(INPUT_SIZE, RecordJson.write(header.inputSize()));
    metadata.put(METHOD, header.recipe().method());
    metadata.put(RECIPE, RecordJson.write((Record) header.recipe()));
    metadata.putAll(more);
    metadata.put(DIGEST, FitDigest.of(metadata, tensors));
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
   * @throws InputException if the file cannot be read, is damaged, belongs to other weights, or the
   *     reader refuses it by an {@link IllegalArgumentException}
   */
  static <T> T read(Path file, Session session, Function<FitFile, T> reader) {
    return read(
        file,
        read -> {
          session.weights().requireFittedWith(file, read.header.weights());
          requireLayers(read.header, session);
          requireHeap(file, read);
          return reader.apply(read);
        });
  }

  /** Reads a file without the weights that it belongs to, for what does not score. */
  static <T> T read(Path file, Function<FitFile, T> reader) {
    if (Files.isDirectory(file)) {
      throw new InputException(file + ": is a folder; name the file of a model or a partial fit");
    }
    Safetensors stored = Safetensors.read(file);
    try {
      requireDigest(stored);
      FitFile read = of(stored);
      read.tensors.forEach(FitFile::requireFinite);
      return reader.apply(read);
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      throw new InputException(
          file
              + ": is not a model of Kintsugi, or is damaged ("
              + InputException.quoted(e.getMessage())
              + "); copy it again, or make one by fitting normal images",
          e);
    }
  }

  static void requireDigest(Safetensors stored) {
    String format = stored.metadata().get(FORMAT);
    if (format == null || WITHOUT_DIGEST.contains(format)) {
      return;
    }
    if (!CURRENT.equals(format) && !TAUGHT.equals(format)) {
      throw new IllegalArgumentException("its format is " + format);
    }
    Map<String, String> metadata = new LinkedHashMap<>(stored.metadata());
    String written = get(metadata, DIGEST);
    metadata.remove(DIGEST);
    String actual = FitDigest.of(metadata, stored.tensors());
    if (!written.equals(actual)) {
      throw new IllegalArgumentException(
          "its " + DIGEST + " is " + actual + " where " + written + " was written");
    }
  }

  /** Looks for a value that is not finite; integers are. */
  static void requireFinite(String name, StoredTensor tensor) {
    int at = tensor.firstNotFinite();
    if (at >= 0) {
      throw new IllegalArgumentException(
          "its tensor " + name + " has the value " + tensor.get(at) + " at " + at);
    }
  }

  static FitFile of(Safetensors stored) {
    Map<String, String> metadata = stored.metadata();
    String format = get(metadata, FORMAT);
    Recipe recipe = format.equals(FLAT) ? flatRecipe(metadata) : recipe(metadata);
    InputSize inputSize = RecordJson.read(get(metadata, INPUT_SIZE), InputSize.class);
    FitHeader header = new FitHeader(recipe, inputSize, seed(metadata), get(metadata, WEIGHTS));
    String kind = get(metadata, KIND);
    if (!kind.equals(MODEL) && !kind.equals(PARTIAL)) {
      throw new IllegalArgumentException("its kind is " + kind);
    }
    return new FitFile(kind, header, metadata, stored.tensors());
  }

  private static long seed(Map<String, String> metadata) {
    try {
      return Long.parseLong(get(metadata, SEED));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("its seed is " + metadata.get(SEED), e);
    }
  }

  private static Recipe recipe(Map<String, String> metadata) {
    Method method = Methods.named(get(metadata, METHOD));
    return named(method, Choices.read(method, get(metadata, RECIPE)));
  }

  /** The recipe of format 2, whose choices were not nested. */
  private static Recipe flatRecipe(Map<String, String> metadata) {
    Method method = Methods.named(get(metadata, "algorithm"));
    return named(method, Choices.readFlat(method, get(metadata, RECIPE)));
  }

  private static Recipe named(Method method, Recipe recipe) {
    if (!recipe.name().startsWith(method.name() + "/")) {
      throw new IllegalArgumentException(recipe.name() + " is not a recipe of " + method.name());
    }
    return recipe;
  }

  /** All tensors are in memory while a model is used, and while a fit continues. */
  private static void requireHeap(Path file, FitFile read) {
    long bytes = Heap.scoring(read.header.recipe(), read.header.inputSize());
    // A model that images were taught to is held with and without them.
    int copies = read.more.containsKey(TaughtImage.METADATA) ? 2 : 1;
    for (StoredTensor tensor : read.tensors.values()) {
      bytes += copies * (long) tensor.bytes().capacity();
    }
    Heap.require(file + ":", bytes, "");
  }

  /** The weights must have the recipe's layers, and these a size for the input. */
  private static void requireLayers(FitHeader header, Session session) {
    try {
      session.patches(header.recipe(), header.inputSize());
    } catch (InputException e) {
      throw new IllegalArgumentException("its taps: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "its input_size " + header.inputSize() + " does not fit its taps", e);
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
