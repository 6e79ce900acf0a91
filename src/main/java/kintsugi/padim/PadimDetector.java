package kintsugi.padim;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.FeatureBatch;
import kintsugi.detector.Features;
import kintsugi.detector.Fit;
import kintsugi.detector.InputSize;
import kintsugi.detector.Inspector;
import kintsugi.detector.Patches;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scores;
import kintsugi.detector.Session;
import kintsugi.detector.TaughtImage;
import kintsugi.engine.CovarianceUpdate;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * PaDiM: T. Defard, A. Setkov, A. Loesch, R. Audigier, <i>PaDiM: a Patch Distribution Modeling
 * Framework for Anomaly Detection and Localization</i>, 2020. {@link #score} is the paper's
 * inference, line by line.
 */
public final class PadimDetector extends AnomalyDetector {
  private final PadimRecipe recipe;
  private final PatchEmbedding embedding;
  private final TileGaussians gaussians;
  private final PositionCounts counts;
  private final BitSet learnt;
  private final CovarianceSummary summary;

  /**
   * A fitted detector.
   *
   * @param embedding which channels a patch keeps
   * @param gaussians {@code N(μ, Σ)} of every position of every tile, prepared by the session's
   *     engine
   * @param counts how many images showed each position
   */
  PadimDetector(
      Session session,
      PadimRecipe recipe,
      InputSize inputSize,
      PatchEmbedding embedding,
      TileGaussians gaussians,
      PositionCounts counts,
      CovarianceSummary summary) {
    super(session, inputSize);
    this.recipe = recipe;
    this.embedding = embedding;
    this.gaussians = gaussians;
    this.counts = counts;
    this.learnt = counts.learnt();
    this.summary = summary;
  }

  /**
   * The paper's section III, from features to scores.
   *
   * <pre>{@code
   * x(i,j) = the chosen channels of all layers at position (i, j)       section III-A
   * M(x)   = √((x − μ)ᵀ·Σ⁻¹·(x − μ)) with that position's μ and Σ       equation 2
   * map    = M upsampled to the input's size and blurred                section III-C
   * score  = one value of the map: its maximum, in the paper            section III-C
   * }</pre>
   */
  @Override
  public Scores score(Features features) {
    Patches x =
        features.patches(
            layers -> embedding.embed(layers, session().parallel()), gaussians::mahalanobis);
    Tensor maps = x.inside().maps(recipe.map(), session().engine(), x.distances(), tiles());
    double[] images = x.inside().scores(recipe.score(), maps);
    return new Scores(x, maps, images);
  }

  @Override
  public double[] imageScores(Features features, Scores known) {
    return known.inside().scores(recipe.score(), known.maps());
  }

  @Override
  public PadimRecipe recipe() {
    return recipe;
  }

  @Override
  public AnomalyDetector with(Recipe other) {
    return new PadimDetector(
        session(), (PadimRecipe) other, inputSize(), embedding, gaussians, counts, summary);
  }

  @Override
  protected BitSet learnt() {
    return learnt;
  }

  @Override
  public CovarianceSummary summary() {
    return summary;
  }

  /** {@return the Gaussians of all positions, those of an image's tiles one below the other} */
  public PreparedGaussians gaussians() {
    return gaussians.joined();
  }

  @Override
  public Map<String, StoredTensor> tensors() {
    PreparedGaussians all = gaussians();
    Map<String, StoredTensor> tensors = PadimTensors.of(embedding, all);
    long full = PadimTensors.samples(recipe, inputSize(), summary, all.height(), all.width());
    counts.storeIn(tensors, full, all.height(), all.width());
    return tensors;
  }

  @Override
  public Fit resume(long seed) {
    requireOwnFit();
    return PadimFit.continuing(
        session(),
        recipe,
        seed,
        inputSize(),
        embedding,
        gaussians.joined(),
        summary.images(),
        counts.copy());
  }

  /** All embeddings, and which of them are in the image's region. */
  @Override
  protected TaughtImage.Kept keep(FeatureBatch image, long seed) {
    requireOwnFit();
    int positions = counts.positions();
    Tensor all = Tensor.zeros(positions, embedding.dimension());
    BitSet inside = new BitSet();
    for (Features.Part part : image.features().parts()) {
      Tensor patches = embedding.embed(part.layers(), session().parallel());
      Fit.requireFinite(image, patches);
      int perTile = patches.dim(1) * patches.dim(2);
      int first = part.tiles().first() * perTile;
      System.arraycopy(patches.data(), 0, all.data(), first * all.dim(1), patches.size());
      IntStream.range(first, first + part.tiles().count() * perTile)
          .filter(position -> part.inside().has(0, position))
          .forEach(inside::set);
    }
    int count = inside.cardinality();
    Optional<BitSet> some = count == positions ? Optional.empty() : Optional.of(inside);
    return new TaughtImage.Kept(all, some, List.of(), count);
  }

  private void requireOwnFit() {
    if (summary.isAdopted()) {
      throw AnomalyDetector.adopted();
    }
  }

  /**
   * The Gaussians that a fit to all images has, taken from those of the fit and from the patches of
   * the taught images ({@link TaughtSamples}).
   */
  @Override
  protected AnomalyDetector taught(List<TaughtImage> taughtImages) {
    PreparedGaussians all = gaussians();
    for (TaughtImage taughtImage : taughtImages) {
      Tensor patches = taughtImage.kept().patches();
      Recipe.require(
          patches.dim(0) == all.positions() && patches.dim(1) == all.dimension(),
          "the patches of " + taughtImage.entry().id() + " do not fit its mean");
    }
    Windows windows = PadimFit.windows(recipe, inputSize(), all.height(), all.width());
    TaughtSamples samples = new TaughtSamples(all, counts, taughtImages, windows);
    double epsilon = recipe.covariance().epsilon();
    return new PadimDetector(
        session(),
        recipe,
        inputSize(),
        embedding,
        updated(samples.update(epsilon, session().parallel())),
        samples.counts(),
        summary.ofImages(summary.images() + taughtImages.size()));
  }

  private TileGaussians updated(CovarianceUpdate update) {
    try {
      return session().exclusively(() -> gaussians.updated(session().engine(), update));
    } catch (ArithmeticException e) {
      throw new InputException(
          "with what was taught, " + e.getMessage() + "; raise epsilon (epsilon) and fit again", e);
    }
  }

  @Override
  public Inspector inspector() {
    return new PadimInspector(session(), recipe, embedding, gaussians);
  }
}
