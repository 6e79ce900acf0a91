package kintsugi.examples.meanpatch;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Features;
import kintsugi.detector.Fit;
import kintsugi.detector.InputSize;
import kintsugi.detector.Inside;
import kintsugi.detector.Inspector;
import kintsugi.detector.Patches;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scores;
import kintsugi.detector.Session;
import kintsugi.detector.Stage;
import kintsugi.detector.TileRange;
import kintsugi.scoremap.ImageScore;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/** The distance of each patch to the mean patch. */
final class MeanPatchDetector extends AnomalyDetector implements Inspector {
  static final String STATE = "state";

  private final MeanPatchRecipe recipe;
  private final double[] state;

  MeanPatchDetector(Session session, MeanPatchRecipe recipe, InputSize inputSize, double[] state) {
    super(session, inputSize);
    this.recipe = recipe;
    this.state = state;
  }

  @Override
  public Scores score(Features features) {
    Patches patches = features.patches(this::embed, this::distances);
    Inside inside = patches.inside();
    Tensor maps = inside.maps(recipe.map(), session().engine(), patches.distances(), tiles());
    return new Scores(patches, maps, inside.scores(ImageScore.MAX, maps));
  }

  @Override
  public Tensor embed(Map<String, Tensor> features) {
    return features.get(recipe.taps().getFirst());
  }

  @Override
  public Tensor distances(Tensor patches, TileRange tiles) {
    int d = patches.dim(3);
    Tensor distances = Tensor.zeros(patches.dim(0), patches.dim(1), patches.dim(2));
    for (int p = 0; p < distances.size(); p++) {
      float[] patch = Arrays.copyOfRange(patches.data(), p * d, (p + 1) * d);
      double squared = Arrays.stream(squares(patch)).sum();
      distances.data()[p] = (float) Math.pow(Math.sqrt(squared), recipe.power());
    }
    return distances;
  }

  private double[] squares(float[] patch) {
    return IntStream.range(0, patch.length)
        .mapToDouble(k -> patch[k] - state[k] / state[patch.length])
        .map(difference -> difference * difference)
        .toArray();
  }

  @Override
  public MeanPatchRecipe recipe() {
    return recipe;
  }

  @Override
  public AnomalyDetector with(Recipe other) {
    return new MeanPatchDetector(session(), (MeanPatchRecipe) other, inputSize(), state);
  }

  @Override
  public MeanPatchSummary summary() {
    return new MeanPatchSummary((long) state[state.length - 1]);
  }

  @Override
  public Map<String, StoredTensor> tensors() {
    return Map.of(STATE, StoredTensor.of(state, state.length));
  }

  @Override
  public Fit resume(long seed) {
    return new MeanPatchFit(session(), recipe, seed, inputSize(), state);
  }

  @Override
  public Inspector inspector() {
    return this;
  }

  @Override
  public Step embedding() {
    return new Step("the layer's features", Stage.source(this, "embed"));
  }

  @Override
  public Step distance() {
    return new Step("‖x − μ‖^" + recipe.power(), Stage.source(this, "distances"));
  }

  @Override
  public Step imageScore() {
    return new Step("max of the map", "scoremap.ImageScore#of");
  }

  @Override
  public Inspection inspect(float[] patch, int position) {
    return new Inspection(List.of(), Map.of());
  }

  @Override
  public Contributions contributions(float[] patch, int position) {
    return new Contributions(
        squares(patch),
        IntStream.range(0, patch.length).toArray(),
        session().channels(recipe.taps()));
  }
}
