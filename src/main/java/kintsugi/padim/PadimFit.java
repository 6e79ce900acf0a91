package kintsugi.padim;

import java.nio.file.Path;
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
import kintsugi.engine.Engine;
import kintsugi.engine.FixedPoint;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * The fit of PaDiM: mean and covariance of every position (section III-B); its memory does not grow
 * with the number of images.
 */
final class PadimFit extends Fit {
  /** Before the names of the tensors of what a continued model's windows have seen. */
  private static final String EARLIER = "earlier.";

  private final PadimRecipe recipe;
  private PatchEmbedding embedding;
  private GaussianAccumulator accumulator;

  /**
   * What the windows of a model that is continued have seen, from which its positions cannot be had
   * again; null where there is no such model.
   */
  private GaussianAccumulator earlier;

  PadimFit(Session session, PadimRecipe recipe, long seed) {
    super(session, recipe, seed, Optional.empty());
    this.recipe = recipe;
  }

  /** A fit with an embedding, and with the accumulator of earlier images or null. */
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
   * A fit that continues a model.
   *
   * @param embedding of the model
   * @param fitted its Gaussians: those of positions, or of windows of them
   * @param images that it was fitted to
   * @param counts how many of them showed each position, or window; not copied
   */
  static PadimFit continuing(
      Session session,
      PadimRecipe recipe,
      long seed,
      InputSize inputSize,
      PatchEmbedding embedding,
      PreparedGaussians fitted,
      long images,
      PositionCounts counts) {
    PadimFit fit = new PadimFit(session, recipe, seed, inputSize, embedding, null);
    double epsilon = recipe.covariance().epsilon();
    boolean windows = recipe.covariance().window() > 1;
    long count = images * window(recipe, inputSize, fitted.height(), fitted.width());
    GaussianAccumulator seen =
        GaussianAccumulator.of(fitted, epsilon, count, counts, session.parallel());
    fit.accumulator = windows ? null : seen;
    fit.earlier = windows ? seen : null;
    return fit;
  }

  /**
   * The fit that {@link #tensors} stored.
   *
   * @throws IllegalArgumentException if the tensors are not those of a partial fit
   */
  static PadimFit read(Session session, FitHeader header, Map<String, StoredTensor> tensors) {
    PadimRecipe recipe = (PadimRecipe) header.recipe();
    PatchEmbedding embedding = PadimTensors.embedding(session, recipe, tensors);
    Map<String, StoredTensor> windows = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          if (name.startsWith(EARLIER)) {
            windows.put(name.substring(EARLIER.length()), tensor);
          }
        });
    boolean own = windows.isEmpty() || GaussianAccumulator.isIn(tensors);
    GaussianAccumulator positions = own ? accumulator(session, header, embedding, tensors) : null;
    PadimFit fit =
        new PadimFit(session, recipe, header.seed(), header.inputSize(), embedding, positions);
    fit.earlier = windows.isEmpty() ? null : accumulator(session, header, embedding, windows);
    return fit;
  }

  private static GaussianAccumulator accumulator(
      Session session,
      FitHeader header,
      PatchEmbedding embedding,
      Map<String, StoredTensor> tensors) {
    GaussianAccumulator accumulator = GaussianAccumulator.of(tensors);
    Recipe.require(
        accumulator.dimension() == embedding.dimension(),
        "its sums and its tensor channels have different dimensions");
    PadimTensors.requireGrid(session, header, accumulator.height(), accumulator.width());
    accumulator.requireVariances(((PadimRecipe) header.recipe()).covariance().epsilon());
    return accumulator;
  }

  @Override
  public long count() {
    long own = accumulator == null ? 0 : accumulator.count();
    return own + (earlier == null ? 0 : earlier.count() / window(earlier));
  }

  private int window(GaussianAccumulator grid) {
    return window(recipe, inputSize().orElseThrow(), grid.height(), grid.width());
  }

  /** How many positions a window has on a grid; one where positions are not pooled. */
  static int window(PadimRecipe recipe, InputSize size, int height, int width) {
    return windows(recipe, size, height, width).size();
  }

  /** The windows of positions on a grid; of one position each where they are not pooled. */
  static Windows windows(PadimRecipe recipe, InputSize size, int height, int width) {
    int tileRows = height / recipe.tiles(size).count();
    return new Windows(recipe.covariance().window(), tileRows, width);
  }

  /** The sums of every position; the fp32 factors later take their place. */
  @Override
  protected long heap(InputSize size, long images) {
    int available = session().channels(recipe.taps()).values().stream().mapToInt(n -> n).sum();
    long d = channels(available).length;
    long positions = session().patches(recipe, size).positions();
    PadimTensors.requireStorable(positions, d * (d + 1) / 2);
    int accumulators = earlier == null ? 1 : 2;
    return accumulators * positions * (d * (d + 1) / 2 + d) * Double.BYTES;
  }

  /** The sums as they are added to, and once more as they are stored. */
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
    requireInRange(batch, patches);
    int h = patches.dim(1);
    int w = patches.dim(2);
    int d = embedding.dimension();
    TileRange tiles = part.tiles();
    if (accumulator == null) {
      accumulator = new GaussianAccumulator(tiles.all() * h, w, d);
    }
    Tensor rows = patches.reshape(batch.sources().size(), tiles.count() * h, w, d);
    Engine engine = session().engine();
    accumulator.add(rows, tiles.first() * h, part.inside(), engine, session().parallel());
  }

  /** Features are finite, and their products can be summed up exactly. */
  private static void requireInRange(FeatureBatch batch, Tensor patches) {
    int images = batch.sources().size();
    int size = patches.size() / images;
    for (int n = 0; n < images; n++) {
      // The bits of a magnitude are in its order, those that are not finite above all others.
      int maximum = 0;
      for (int i = n * size; i < (n + 1) * size; i++) {
        int magnitude = Float.floatToRawIntBits(patches.data()[i]) & Integer.MAX_VALUE;
        maximum = Math.max(maximum, magnitude);
      }
      if (maximum > Float.floatToRawIntBits(FixedPoint.MAXIMUM)) {
        requireFinite(batch, patches);
        throw new InputException(
            batch.sources().get(n).name()
                + ": has a feature of the magnitude "
                + Float.intBitsToFloat(maximum)
                + " where PaDiM's sums take "
                + FixedPoint.MAXIMUM
                + " at most; choose other layers (layers), or check the weights (weights)");
      }
    }
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
    PadimFit fit = (PadimFit) other;
    accumulator = merged(accumulator, fit.accumulator);
    earlier = merged(earlier, fit.earlier);
  }

  private GaussianAccumulator merged(GaussianAccumulator a, GaussianAccumulator b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    a.merge(b, session().parallel());
    return a;
  }

  /** What the Gaussians of the detector have seen: of positions, or of windows of them. */
  private GaussianAccumulator seen() {
    if (recipe.covariance().window() == 1 || accumulator == null) {
      return merged(earlier, accumulator);
    }
    InputSize size = inputSize().orElseThrow();
    Windows windows = windows(recipe, size, accumulator.height(), accumulator.width());
    return merged(earlier, accumulator.pooled(windows, session().parallel()));
  }

  /**
   * Leaves the head of this fit, and takes what its Gaussians have seen out of it: of positions, or
   * of windows of them, whose head has the place of earlier windows.
   *
   * @throws IllegalArgumentException if the fit continues a model
   */
  GaussianAccumulator takeSums() {
    Recipe.require(earlier == null, "a fit that continues a model cannot be taken apart");
    boolean windows = recipe.covariance().window() > 1;
    GaussianAccumulator seen = seen();
    accumulator = windows ? null : seen.head();
    earlier = windows ? seen.head() : null;
    return seen;
  }

  /** {@return the head of what {@link #takeSums} took out} */
  GaussianAccumulator heads() {
    return earlier == null ? accumulator : earlier;
  }

  double epsilon() {
    return recipe.covariance().epsilon();
  }

  /** Writes the model of a fit that is a head, whose Gaussians were computed elsewhere. */
  void write(Path file, CovarianceSummary summary, StoredTensor mean, StoredTensor factors) {
    Map<String, StoredTensor> tensors = PadimTensors.of(embedding, mean, factors);
    GaussianAccumulator seen = heads();
    seen.counts().storeIn(tensors, seen.count(), seen.height(), seen.width());
    writeModel(file, summary.ofImages(count()), tensors);
  }

  /**
   * Requires images to learn from.
   *
   * @throws InputException if there are fewer than two, or no position that two showed
   */
  void requireImages() {
    if (count() < 2) {
      throw new InputException(
          origin()
              + count()
              + " readable image"
              + (count() == 1 ? "" : "s")
              + " cannot show what is normal; fit at least 2, better 50 or more");
    }
    // Before positions are pooled, which counts patches in place of images.
    if (earlier == null && accumulator.counts().isNothingLearnt()) {
      throw new InputException(
          origin()
              + "no patch is in the regions of two images; align the images (align), or draw one"
              + " region for all (roi)");
    }
  }

  @Override
  protected AnomalyDetector end() {
    requireImages();
    long images = count();
    GaussianAccumulator seen = seen();
    seen.requireSums();
    GaussianAccumulator.Result result =
        seen.finish(recipe.covariance().epsilon(), session().engine(), session().parallel());
    return new PadimDetector(
        session(),
        recipe,
        inputSize().orElseThrow(),
        embedding,
        TileGaussians.of(
            session().engine(),
            result.gaussians(),
            recipe.tiles(inputSize().orElseThrow()).count()),
        seen.counts(),
        result.summary().ofImages(images));
  }

  @Override
  protected Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(
        PadimTensors.CHANNELS, StoredTensor.of(embedding.channels(), embedding.dimension()));
    if (accumulator != null) {
      tensors.putAll(accumulator.tensors());
    }
    if (earlier != null) {
      earlier.tensors().forEach((name, tensor) -> tensors.put(EARLIER + name, tensor));
    }
    return tensors;
  }
}
