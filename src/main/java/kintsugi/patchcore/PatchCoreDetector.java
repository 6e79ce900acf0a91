package kintsugi.patchcore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * PatchCore: K. Roth, L. Pemula, J. Zepeda, B. Schölkopf, T. Brox, P. Gehler, <i>Towards Total
 * Recall in Industrial Anomaly Detection</i>, 2021. {@link #score} is the paper's inference, line
 * by line.
 */
public final class PatchCoreDetector extends AnomalyDetector {
  private final PatchCoreRecipe recipe;
  private final LocalEmbedding embedding;
  private final MemoryBank bank;
  private final Origins origins;
  private final MemoryBankSummary summary;
  private FarPatches farPatches;

  PatchCoreDetector(
      Session session,
      PatchCoreRecipe recipe,
      InputSize inputSize,
      MemoryBank bank,
      Origins origins,
      MemoryBankSummary summary) {
    super(session, inputSize);
    this.recipe = recipe;
    this.embedding = new LocalEmbedding(recipe.taps(), recipe.neighbourhood());
    this.bank = bank;
    this.origins = origins;
    this.summary = summary;
  }

  /**
   * The paper's section 3, from features to scores, with the memory bank {@code M}.
   *
   * <pre>{@code
   * p      = the locally aware embedding of each patch                  equations 1 to 3
   * d(p)   = ‖p − m*‖ with m* = argmin_{m ∈ M} ‖p − m‖                  equation 6
   * map    = d upsampled to the input's size and blurred                section 3.3
   * score  = w·d(p*), p* the patch with the maximum d(p)                equations 6 and 7
   * }</pre>
   */
  @Override
  public Scores score(Features features) {
    Patches p =
        features.patches(
            layers -> embedding.embed(layers, session().parallel()),
            (patches, tiles) -> bank.distances(patches, recipe.scoring()));
    Tensor maps = p.inside().maps(recipe.map(), session().engine(), p.distances(), tiles());
    double[] images = bank.imageScores(p, recipe.scoring());
    return new Scores(p, maps, images);
  }

  @Override
  public double[] imageScores(Features features, Scores known) {
    return bank.imageScores(known.patches(), recipe.scoring());
  }

  @Override
  public PatchCoreRecipe recipe() {
    return recipe;
  }

  @Override
  public AnomalyDetector with(Recipe other) {
    return new PatchCoreDetector(
        session(), (PatchCoreRecipe) other, inputSize(), bank, origins, summary);
  }

  @Override
  public MemoryBankSummary summary() {
    return summary;
  }

  @Override
  public Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(PatchCoreTensors.BANK, StoredTensor.of(bank.patches()));
    Origins.storeIn(tensors, Map.of(Origins.OF_BANK, origins));
    return tensors;
  }

  @Override
  public Fit resume(long seed) {
    requireOwnFit();
    return new PatchCoreFit(session(), recipe, seed, inputSize(), bank.patches(), origins, summary);
  }

  /** The patches that are farther from the bank than its covering radius. */
  @Override
  protected TaughtImage.Kept keep(FeatureBatch image, long seed) {
    requireOwnFit();
    FarPatches farPatches = farPatches(seed);
    CandidateDraw draw = new CandidateDraw(image.images(), recipe.coreset().candidates(), seed);
    int candidates = 0;
    List<Tensor> far = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (Features.Part part : image.features().parts()) {
      Tensor patches = embedding.embed(part.layers(), session().parallel());
      Fit.requireFinite(image, patches);
      Tensor rows = part.rows(patches);
      int[] learnt = part.learnt(patches);
      int[] beyond = farPatches.beyond(rows);
      // Of an image with many tiles only these are held.
      far.add(RowMatrix.of(rows).gather(beyond));
      Arrays.stream(beyond).forEach(i -> places.add(part.position(patches, learnt[i])));
      candidates += draw.of(patches, part).length;
    }
    Tensor all = MemoryBank.joined(far);
    int[] chosen = farPatches.chosen(all);
    return new TaughtImage.Kept(
        RowMatrix.of(all).gather(chosen),
        Optional.empty(),
        Arrays.stream(chosen).mapToObj(places::get).toList(),
        candidates);
  }

  private void requireOwnFit() {
    if (summary.isAdopted()) {
      throw AnomalyDetector.adopted();
    }
  }

  private synchronized FarPatches farPatches(long seed) {
    if (farPatches == null) {
      farPatches = new FarPatches(session(), recipe, seed, bank, summary);
    }
    return farPatches;
  }

  /** The bank with the taught images' patches after its own. */
  @Override
  protected AnomalyDetector taught(List<TaughtImage> taughtImages) {
    List<Tensor> rows = new ArrayList<>();
    List<Origins> from = new ArrayList<>(List.of(origins));
    for (TaughtImage taughtImage : taughtImages) {
      if (taughtImage.kept().patches().dim(0) > 0) {
        rows.add(taughtImage.kept().patches());
        from.add(origins(taughtImage));
      }
    }
    int d = bank.patches().dim(1);
    Recipe.require(
        rows.stream().allMatch(patches -> patches.dim(1) == d),
        "the patches taught do not have the bank's dimension " + d);
    MemoryBank all = rows.isEmpty() ? bank : bank.with(MemoryBank.joined(rows), session().engine());
    long candidates =
        taughtImages.stream().mapToLong(taughtImage -> taughtImage.kept().candidates()).sum();
    return new PatchCoreDetector(
        session(),
        recipe,
        inputSize(),
        all,
        Origins.joined(from),
        new MemoryBankSummary(
            summary.images() + taughtImages.size(),
            summary.patches() + candidates,
            all.patches().dim(0),
            summary.coveringRadius(),
            summary.directions()));
  }

  private static Origins origins(TaughtImage taughtImage) {
    List<Integer> places = taughtImage.kept().places();
    int rows = taughtImage.kept().patches().dim(0);
    return places.isEmpty()
        ? Origins.unknown(rows)
        : Origins.of(taughtImage.digest(), taughtImage.entry().name(), places);
  }

  @Override
  public Inspector inspector() {
    int columns = session().patches(recipe, inputSize()).width();
    return new PatchCoreInspector(session(), recipe, embedding, bank, origins, columns);
  }
}
