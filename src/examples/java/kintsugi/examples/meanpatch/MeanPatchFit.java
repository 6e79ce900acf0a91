package kintsugi.examples.meanpatch;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.FeatureBatch;
import kintsugi.detector.Features;
import kintsugi.detector.Fit;
import kintsugi.detector.InputSize;
import kintsugi.detector.Session;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/** The sum of all patches seen. */
final class MeanPatchFit extends Fit {
  private final MeanPatchRecipe recipe;
  private double[] sum;
  private long patches;
  private long images;

  MeanPatchFit(Session session, MeanPatchRecipe recipe, long seed) {
    super(session, recipe, seed, Optional.empty());
    this.recipe = recipe;
  }

  /** A fit that continues another: {@code state} is its sum, its patches and its images. */
  MeanPatchFit(
      Session session, MeanPatchRecipe recipe, long seed, InputSize inputSize, double[] state) {
    super(session, recipe, seed, Optional.of(inputSize));
    this.recipe = recipe;
    this.sum = Arrays.copyOf(state, state.length - 2);
    this.patches = (long) state[state.length - 2];
    this.images = (long) state[state.length - 1];
  }

  @Override
  public long count() {
    return images;
  }

  @Override
  protected void add(FeatureBatch batch, int remaining) {
    for (Features.Part part : batch.features().parts()) {
      Tensor features = part.layers().get(recipe.taps().getFirst());
      requireFinite(batch, features);
      Tensor rows = part.rows(features);
      int d = rows.dim(1);
      sum = sum == null ? new double[d] : sum;
      for (int i = 0; i < rows.size(); i++) {
        sum[i % d] += rows.data()[i];
      }
      patches += rows.dim(0);
    }
    images += batch.sources().size();
  }

  @Override
  protected void take(Fit other) {
    MeanPatchFit more = (MeanPatchFit) other;
    for (int k = 0; k < sum.length; k++) {
      sum[k] += more.sum[k];
    }
    patches += more.patches;
    images += more.images;
  }

  @Override
  protected AnomalyDetector end() {
    if (images == 0) {
      throw new InputException(origin() + "no image could be read; there is no mean patch");
    }
    return new MeanPatchDetector(session(), recipe, inputSize().orElseThrow(), state());
  }

  private double[] state() {
    double[] state = Arrays.copyOf(sum, sum.length + 2);
    state[sum.length] = patches;
    state[sum.length + 1] = images;
    return state;
  }

  @Override
  protected Map<String, StoredTensor> tensors() {
    return Map.of(MeanPatchDetector.STATE, StoredTensor.of(state(), sum.length + 2));
  }
}
