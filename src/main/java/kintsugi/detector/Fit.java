package kintsugi.detector;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * A fit under way. It takes in normal pictures, a block at a time; it can be stored, gone on with
 * later, and merged with fits on other pictures; it ends in a detector.
 */
public abstract sealed class Fit permits PadimFit, PatchCoreFit {
  private final long seed;
  private InputSize inputSize;
  private Path folder;
  private double extractSeconds;
  private double fitSeconds;

  /** A fit of pictures of a size, or of whatever size the first one has. */
  Fit(long seed, InputSize inputSize) {
    this.seed = seed;
    this.inputSize = inputSize;
  }

  /**
   * {@return a fit that has seen nothing}
   *
   * @param recipe the choices
   * @param seed fixes every draw
   */
  public static Fit start(Recipe recipe, long seed) {
    return switch (recipe) {
      case PadimRecipe padim -> new PadimFit(padim, seed);
      case PatchCoreRecipe patchCore -> new PatchCoreFit(patchCore, seed);
    };
  }

  /** {@return the choices} */
  public abstract Recipe recipe();

  /** {@return pictures seen so far} */
  public abstract long count();

  /** {@return what fixes every draw} */
  public final long seed() {
    return seed;
  }

  /** {@return the size of the pictures seen, null where there was none} */
  public final InputSize inputSize() {
    return inputSize;
  }

  /** Where the last pictures came from, as a message begins; nothing where all came from files. */
  final String origin() {
    return folder == null ? "" : folder + ": ";
  }

  /**
   * Seconds spent on reading pictures and in the backbone.
   *
   * @return those seconds
   */
  public final double extractSeconds() {
    return extractSeconds;
  }

  /**
   * Seconds spent on everything after the backbone.
   *
   * @return those seconds
   */
  public final double fitSeconds() {
    return fitSeconds;
  }

  /**
   * Takes in more normal pictures.
   *
   * @param session the engine, the weights and the threads
   * @param files the pictures
   * @throws InputException if one cannot be read, unless the session skips them, or has another
   *     size, or its features are no numbers
   */
  public final void add(Session session, List<Path> files) {
    folder = files.getFirst().toAbsolutePath().getParent();
    long start = System.nanoTime();
    double before = fitSeconds;
    FeatureExtractor extractor = new FeatureExtractor(session, recipe(), inputSize);
    int[] left = {files.size()};
    extractor.extract(
        files,
        "fit",
        block -> {
          timed(() -> add(session, block, left[0]));
          left[0] -= block.files().size();
        });
    inputSize = extractor.inputSize();
    extractSeconds += (System.nanoTime() - start) / 1e9 - (fitSeconds - before);
  }

  private void timed(Runnable work) {
    long start = System.nanoTime();
    work.run();
    fitSeconds += (System.nanoTime() - start) / 1e9;
  }

  /**
   * Takes in a block.
   *
   * @param more how many pictures are still to come at most, this block's among them
   */
  abstract void add(Session session, FeatureExtractor.Block block, int more);

  /**
   * Takes in what another fit with the same choices has seen.
   *
   * @param other a fit of the same recipe and seed
   * @param parallel the threads
   * @throws IllegalArgumentException if its choices, its seed or its pictures' size are others
   */
  public final void merge(Fit other, Parallel parallel) {
    if (!other.recipe().equals(recipe()) || other.seed != seed) {
      throw new IllegalArgumentException(
          "it was fitted with other choices ("
              + other.recipe().choices()
              + ", seed "
              + other.seed
              + ") than the first ("
              + recipe().choices()
              + ", seed "
              + seed
              + ")");
    }
    if (!other.inputSize.equals(inputSize)) {
      throw new IllegalArgumentException(
          "its pictures became " + other.inputSize + ", those of the first " + inputSize);
    }
    timed(() -> take(other, parallel));
  }

  abstract void take(Fit other, Parallel parallel);

  /**
   * Ends the fit; it is of no use afterwards.
   *
   * @param session the engine, the weights and the threads
   * @return the fitted method
   * @throws InputException if too few pictures were seen
   */
  public final AnomalyDetector finish(Session session) {
    AnomalyDetector[] detector = new AnomalyDetector[1];
    timed(() -> detector[0] = end(session));
    return detector[0];
  }

  abstract AnomalyDetector end(Session session);

  /** What has to be stored to go on later with the same bits. */
  abstract Map<String, StoredTensor> tensors();

  /**
   * Writes the fit to a file, whole or not at all.
   *
   * @param file the file
   * @param session the engine, the weights and the threads
   * @throws InputException if nothing was seen yet, or the file cannot be written
   */
  public final void save(Path file, Session session) {
    if (count() == 0) {
      throw new InputException(file + ": there is nothing to keep, no picture could be read");
    }
    String weights = session.weights().fingerprint();
    new FitFile(FitFile.PARTIAL, weights, seed, inputSize, recipe(), Map.of(), tensors())
        .write(file);
  }

  /**
   * Reads a fit to go on with: one that {@link #save} wrote, or a model.
   *
   * @param file what {@link #save} wrote, or a model file
   * @param session the engine, the weights and the threads
   * @return the fit where it stopped
   * @throws InputException if the file is neither, is damaged, or belongs to other weights
   */
  public static Fit load(Path file, Session session) {
    return FitFile.read(file, session.weights().fingerprint(), stored -> of(stored, session));
  }

  private static Fit of(FitFile stored, Session session) {
    if (stored.kind().equals(FitFile.MODEL)) {
      return Model.of(stored).detector().resume(session, stored.seed());
    }
    return switch (stored.recipe()) {
      case PadimRecipe padim ->
          PadimFit.load(padim, stored.seed(), stored.inputSize(), stored.tensors());
      case PatchCoreRecipe patchCore ->
          PatchCoreFit.load(patchCore, stored.seed(), stored.inputSize(), stored.tensors());
    };
  }

  /**
   * Looks for features that are no numbers, one picture after the other.
   *
   * @param patches {@code [N, H, W, D]}
   * @throws InputException naming the first picture and the place
   */
  static void requireFinite(FeatureExtractor.Block block, Tensor patches) {
    int size = patches.size() / patches.dim(0);
    for (int n = 0; n < block.files().size(); n++) {
      float sum = 0;
      for (int i = n * size; i < (n + 1) * size; i++) {
        sum += patches.data()[i] * 0;
      }
      if (!(sum == 0)) {
        throw notFinite(block.files().get(n), patches, n * size);
      }
    }
  }

  private static InputException notFinite(Path file, Tensor patches, int start) {
    int at = start;
    while (Float.isFinite(patches.data()[at])) {
      at++;
    }
    int patch = (at - start) / patches.dim(3);
    return new InputException(
        file
            + ": its features are no numbers ("
            + patches.data()[at]
            + " at patch row "
            + patch / patches.dim(2)
            + ", column "
            + patch % patches.dim(2)
            + "); the weights are damaged or belong to another network");
  }
}
