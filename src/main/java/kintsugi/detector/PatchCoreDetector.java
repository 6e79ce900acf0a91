package kintsugi.detector;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.embedding.LocalEmbedding;
import kintsugi.engine.RowBank;
import kintsugi.patchcore.MemoryBank;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * PatchCore: Roth, Pemula, Zepeda, Schölkopf, Brox, Gehler, <i>Towards Total Recall in Industrial
 * Anomaly Detection</i>, 2021.
 */
public final class PatchCoreDetector extends AnomalyDetector {
  private static final String BANK = "memory_bank";

  private final PatchCoreRecipe recipe;
  private final LocalEmbedding embedding;
  private final Tensor patches;
  private final BankFacts facts;
  private MemoryBank bank;

  /**
   * A detector.
   *
   * @param patches the memory bank, {@code [M, D]}
   */
  PatchCoreDetector(PatchCoreRecipe recipe, InputSize inputSize, Tensor patches, BankFacts facts) {
    super(inputSize);
    this.recipe = recipe;
    this.embedding = new LocalEmbedding(recipe.taps(), recipe.neighbourhood(), recipe.width());
    this.patches = patches;
    this.facts = facts;
  }

  @Override
  public Recipe recipe() {
    return recipe;
  }

  @Override
  AnomalyDetector with(Recipe other) {
    return new PatchCoreDetector((PatchCoreRecipe) other, inputSize(), patches, facts);
  }

  @Override
  public BankFacts facts() {
    return facts;
  }

  @Override
  Fit resume(Session session, long seed) {
    return new PatchCoreFit(recipe, seed, inputSize(), patches, facts);
  }

  @Override
  Tensor patches(Session session, FeatureExtractor.Block block) {
    return embedding.embed(block.features(), session.parallel());
  }

  @Override
  Tensor distances(Session session, Tensor batch) {
    int d = batch.dim(3);
    Tensor rows = batch.reshape(batch.size() / d, d);
    float[] distances = bank(session).distances(rows, recipe.k(), recipe.squared());
    return Tensor.of(distances, batch.dim(0), batch.dim(1), batch.dim(2));
  }

  /** Laid out for the engine of the first session that needs it. */
  private MemoryBank bank(Session session) {
    if (bank == null) {
      bank = MemoryBank.of(patches, session.engine());
    }
    return bank;
  }

  @Override
  double imageScore(Session session, Tensor batch, Tensor distances, int n, Tensor map) {
    Tensor own = distances.part(n);
    double score = recipe.score().of(own);
    if (recipe.reweighting() == 0) {
      return score;
    }
    int worst = 0;
    for (int i = 1; i < own.size(); i++) {
      worst = own.data()[i] > own.data()[worst] ? i : worst;
    }
    int d = batch.dim(3);
    float[] patch = new float[d];
    System.arraycopy(batch.data(), (n * own.size() + worst) * d, patch, 0, d);
    return score * bank(session).weight(patch, recipe.reweighting());
  }

  @Override
  String embeddingSource() {
    return "embedding.LocalEmbedding#embed";
  }

  @Override
  String distanceSource() {
    return "patchcore.MemoryBank#distances";
  }

  @Override
  String distanceFormula() {
    return (recipe.squared() ? "min ‖p − b‖²" : "min ‖p − b‖") + " over the memory bank";
  }

  @Override
  void trace(Session session, Tensor batch, int position, Trace.Log log) {
    int d = batch.dim(3);
    int count = Math.min(Math.max(1, recipe.reweighting()), patches.dim(0));
    float[] patch = Arrays.copyOfRange(batch.data(), position * d, (position + 1) * d);
    RowBank.Nearest nearest = bank(session).rows().nearest(Tensor.of(patch, 1, d), count);
    int first = nearest.index()[0];
    float[] row = Arrays.copyOfRange(patches.data(), first * d, (first + 1) * d);
    float[] distances = new float[count];
    for (int i = 0; i < count; i++) {
      distances[i] = (float) Math.sqrt(nearest.squaredDistance()[i]);
    }
    String source = "engine.RowBank#nearest";
    log.note("patch p", "its embedding", embeddingSource(), Trace.Kind.VECTOR, Tensor.of(patch, d));
    log.note(
        "nearest bank patch m",
        "row " + first + " of " + patches.dim(0),
        source,
        Trace.Kind.VECTOR,
        Tensor.of(row, d));
    log.note(
        "distances to the " + count + " nearest",
        "‖p − b‖",
        source,
        Trace.Kind.VECTOR,
        Tensor.of(distances, count));
    if (recipe.reweighting() > 0) {
      double weight = bank(session).weight(patch, recipe.reweighting());
      log.note(
          "weight",
          "1 − exp‖p − m‖ / Σ exp‖p − b‖, b the " + count + " bank patches nearest to m",
          "patchcore.MemoryBank#weight",
          Trace.Kind.NUMBER,
          Tensor.of(new float[] {(float) weight}, 1));
    }
    log.keep("bank", patches);
  }

  /** The squared distance to the nearest bank patch is the sum of the channels' own. */
  @Override
  List<Explanation.Channel> channels(Session session, float[] patch, int position, int count) {
    int d = patch.length;
    int nearest = bank(session).rows().nearest(Tensor.of(patch, 1, d), 1).index()[0];
    double[] contributions = new double[d];
    for (int k = 0; k < d; k++) {
      double difference = (double) patch[k] - patches.data()[nearest * d + k];
      contributions[k] = difference * difference;
    }
    Map<String, Integer> taps =
        recipe.width() == 0 ? session.channels(recipe.taps()) : Map.of("embedding", d);
    return largest(contributions, IntStream.range(0, d).toArray(), taps, count);
  }

  @Override
  Map<String, StoredTensor> tensors() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(BANK, StoredTensor.of(patches));
    return tensors;
  }

  /**
   * The detector that {@link #tensors} stored.
   *
   * @throws IllegalArgumentException if the tensors are not those of a PatchCore model
   */
  static PatchCoreDetector load(
      PatchCoreRecipe recipe,
      InputSize inputSize,
      BankFacts facts,
      Map<String, StoredTensor> tensors) {
    Tensor patches = StoredTensor.of(tensors, BANK, 2).tensor();
    return new PatchCoreDetector(recipe, inputSize, patches, facts);
  }
}
