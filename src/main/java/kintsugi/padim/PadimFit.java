package kintsugi.padim;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.FeatureBatch;
import kintsugi.detector.Features;
import kintsugi.detector.Fit;
import kintsugi.detector.FitHeader;
import kintsugi.detector.InputSize;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.detector.TileRange;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * The fit of PaDiM: mean and covariance of every position (section III-B); its memory does not grow
 * with the number of images.
 */
final class PadimFit extends Fit {
  private final PadimRecipe recipe;
  private PatchEmbedding embedding;
  private GaussianAccumulator accumulator;

  PadimFit(Session session, PadimRecipe recipe, long seed) {
    super(session, recipe, seed, Optional.empty());
    this.recipe = recipe;
  }

  /** A fit that continues another. */
  PadimFit(
      Session session,
      PadimRecipe recipe,
      long seed,
      InputSize inputSize,
      PatchEmbedding embedding,
      GaussianAccumulator accumulator) {
    super(session, recipe, seed, Optional.of(inputSize));
    this.recipe = recipe;
    this.embedding = embedding;
    this.accumulator = accumulator;
  }

  /**
   * The fit that {@link #tensors} stored.
   *
   * @throws IllegalArgumentException if the tensors are not those of a partial fit
   */
  static PadimFit read(Session session, FitHeader header, Map<String, StoredTensor> tensors) {
    PadimRecipe recipe = (PadimRecipe) header.recipe();
    PatchEmbedding embedding = PadimTensors.embedding(session, recipe, tensors);
    GaussianAccumulator accumulator = GaussianAccumulator.of(tensors);
    Recipe.require(
        accumulator.dimension() == embedding.dimension(),
        "its tensors mean and channels have different dimensions");
    PadimTensors.requireGrid(session, header, accumulator.height(), accumulator.width());
    accumulator.requireVariances(recipe.covariance().epsilon());
    return new PadimFit(session, recipe, header.seed(), header.inputSize(), embedding, accumulator);
  }

  @Override
  public long count() {
    return accumulator == null ? 0 : accumulator.count();
  }

  /** The fp64 mean and scatter of every position; the fp32 factors later take their place. */
  @Override
  protected long heap(InputSize size, long images) {
    int available = session().channels(recipe.taps()).values().stream().mapToInt(n -> n).sum();
    long d = channels(available).length;
    long positions = session().patches(recipe, size).positions();
    PadimTensors.requireStorable(positions, d * (d + 1) / 2);
    return positions * (d * (d + 1) / 2 + d) * Double.BYTES;
  }

  /** Mean and scatter as they are added to, and once more as they are stored. */
  @Override
  protected long heapToSave(InputSize size, long images) {
    return 2 * heap(size, images);
  }

  @Override
  protected String lighter() {
    return ", draw fewer channels (channels), or make the images smaller (resize)";
  }

  @Override
  protected void add(FeatureBatch batch, int remaining) {
    for (Features.Part part : batch.features().parts()) {
      add(batch, part);
    }
  }

  private void add(FeatureBatch batch, Features.Part part) {
    if (embedding == null) {
      // The number of channels is known only once the first features are.
      int available = part.layers().values().stream().mapToInt(t -> t.dim(3)).sum();
      embedding = new PatchEmbedding(recipe.taps(), channels(available), recipe.layers());
    }
    Tensor patches = embedding.embed(part.layers(), session().parallel());
    requireFinite(batch, patches);
    int h = patches.dim(1);
    int w = patches.dim(2);
    int d = embedding.dimension();
    TileRange tiles = part.tiles();
    if (accumulator == null) {
      accumulator = new GaussianAccumulator(tiles.all() * h, w, d);
    }
    Tensor rows = patches.reshape(batch.sources().size(), tiles.count() * h, w, d);
    accumulator.add(rows, tiles.first() * h, session().parallel());
  }

  private int[] channels(int available) {
    try {
      return recipe.draw().draw(available, seed());
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + "; draw fewer, or all (channels)", e);
    }
  }

  @Override
  protected void take(Fit other) {
    accumulator.merge(((PadimFit) other).accumulator, session().parallel());
  }

  @Override
  protected AnomalyDetector end() {
    if (count() < 2) {
      throw new InputException(
          origin()
              + count()
              + " readable image"
              + (count() == 1 ? "" : "s")
              + " cannot show what is normal; fit at least 2, better 50 or more");
    }
    GaussianAccumulator.Result result =
        accumulator.finish(recipe.covariance().epsilon(), session().parallel());
    return new PadimDetector(
        session(),
        recipe,
        inputSize().orElseThrow(),
        embedding,
        TileGaussians.of(
            session().engine(),
            result.gaussians(),
            recipe.tiles(inputSize().orElseThrow()).count()),
        result.summary());
  }

  @Override
  protected Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(
        PadimTensors.CHANNELS, StoredTensor.of(embedding.channels(), embedding.dimension()));
    tensors.putAll(accumulator.tensors());
    return tensors;
  }
}
