package kintsugi.detector;

import java.util.LinkedHashMap;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.embedding.PatchEmbedding;
import kintsugi.engine.Parallel;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/** PaDiM's fit: mean and covariance of every position; memory does not grow with the pictures. */
final class PadimFit extends Fit {
  private final PadimRecipe recipe;
  private PatchEmbedding embedding;
  private GaussianAccumulator accumulator;

  PadimFit(PadimRecipe recipe, long seed) {
    super(seed, null);
    this.recipe = recipe;
  }

  /** A fit that goes on where another ended. */
  PadimFit(
      PadimRecipe recipe,
      long seed,
      InputSize inputSize,
      int[] channels,
      GaussianAccumulator accumulator) {
    super(seed, inputSize);
    this.recipe = recipe;
    this.embedding = new PatchEmbedding(recipe.taps(), channels);
    this.accumulator = accumulator;
  }

  /**
   * The fit that {@link #tensors} stored.
   *
   * @throws IllegalArgumentException if the tensors are others
   */
  static PadimFit load(
      PadimRecipe recipe, long seed, InputSize inputSize, Map<String, StoredTensor> tensors) {
    int[] channels = StoredTensor.of(tensors, PadimDetector.CHANNELS, 1).ints();
    return new PadimFit(recipe, seed, inputSize, channels, GaussianAccumulator.of(tensors));
  }

  @Override
  public Recipe recipe() {
    return recipe;
  }

  @Override
  public long count() {
    return accumulator == null ? 0 : accumulator.count();
  }

  @Override
  void add(Session session, FeatureExtractor.Block block, int more) {
    if (embedding == null) {
      // The sizes are known only once the first features are.
      int available = block.features().values().stream().mapToInt(t -> t.dim(3)).sum();
      embedding = new PatchEmbedding(recipe.taps(), channels(available));
    }
    Tensor patches = embedding.embed(block.features(), session.parallel());
    requireFinite(block, patches);
    if (accumulator == null) {
      accumulator = new GaussianAccumulator(patches.dim(1), patches.dim(2), embedding.dimension());
    }
    accumulator.add(patches, session.parallel());
  }

  private int[] channels(int available) {
    try {
      return recipe.drawChannels(available, seed());
    } catch (IllegalArgumentException e) {
      throw new InputException("--channels: " + e.getMessage() + "; lower it, or all", e);
    }
  }

  @Override
  void take(Fit other, Parallel parallel) {
    accumulator.merge(((PadimFit) other).accumulator, parallel);
  }

  @Override
  AnomalyDetector end(Session session) {
    if (count() < 2) {
      throw new InputException(
          origin()
              + count()
              + " readable picture"
              + (count() == 1 ? "" : "s")
              + " cannot show what is normal; give at least 2, better 50 or more");
    }
    var result = accumulator.finish(recipe.epsilon(), session.parallel());
    return new PadimDetector(
        recipe, inputSize(), embedding.channels(), result.gaussians(), result.conditioning());
  }

  @Override
  Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(
        PadimDetector.CHANNELS, StoredTensor.of(embedding.channels(), embedding.dimension()));
    tensors.putAll(accumulator.tensors());
    return tensors;
  }
}
