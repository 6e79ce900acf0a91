package kintsugi.examples.meanpatch;

import java.util.List;
import java.util.Map;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Choice;
import kintsugi.detector.Fit;
import kintsugi.detector.FitHeader;
import kintsugi.detector.Method;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.weights.StoredTensor;

/** The mean patch among the methods. */
public final class MeanPatchMethod implements Method {

  /** For the service loader. */
  public MeanPatchMethod() {}

  @Override
  public String name() {
    return "meanpatch";
  }

  @Override
  public String title() {
    return "Mean patch";
  }

  @Override
  public String description() {
    return "the distance of each patch to the mean patch; an example";
  }

  @Override
  public List<Recipe> recipes() {
    return List.of(MeanPatchRecipe.PLAIN);
  }

  @Override
  public List<Choice> choices() {
    return List.of(Choice.of("power", "power", "X", "Power of the distance."));
  }

  @Override
  public Fit fit(Session session, Recipe recipe, long seed) {
    return new MeanPatchFit(session, (MeanPatchRecipe) recipe, seed);
  }

  @Override
  public Fit readFit(Session session, FitHeader header, Map<String, StoredTensor> tensors) {
    double[] state = StoredTensor.of(tensors, MeanPatchDetector.STATE, 1).doubles();
    return new MeanPatchFit(
        session, (MeanPatchRecipe) header.recipe(), header.seed(), header.inputSize(), state);
  }

  @Override
  public AnomalyDetector readDetector(
      Session session, FitHeader header, String summary, Map<String, StoredTensor> tensors) {
    double[] state = StoredTensor.of(tensors, MeanPatchDetector.STATE, 1).doubles();
    return new MeanPatchDetector(
        session, (MeanPatchRecipe) header.recipe(), header.inputSize(), state);
  }
}
