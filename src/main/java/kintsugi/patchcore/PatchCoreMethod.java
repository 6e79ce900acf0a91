package kintsugi.patchcore;

import java.util.List;
import java.util.Map;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Choice;
import kintsugi.detector.Fit;
import kintsugi.detector.FitHeader;
import kintsugi.detector.InputSize;
import kintsugi.detector.Method;
import kintsugi.detector.Recipe;
import kintsugi.detector.RecordJson;
import kintsugi.detector.Session;
import kintsugi.weights.StoredTensor;

/** PatchCore among the methods. */
public final class PatchCoreMethod implements Method {

  /** For the service loader. */
  public PatchCoreMethod() {}

  @Override
  public String name() {
    return "patchcore";
  }

  @Override
  public String title() {
    return "PatchCore";
  }

  @Override
  public String description() {
    return "a memory bank of patches and the distance to the nearest of them (Roth et al., 2021)";
  }

  @Override
  public List<Recipe> recipes() {
    return List.of(
        PatchCoreRecipe.KINTSUGI,
        PatchCoreRecipe.MATLAB,
        PatchCoreRecipe.ANOMALIB,
        PatchCoreRecipe.AMAZON);
  }

  @Override
  public List<Choice> choices() {
    return PatchCoreRecipe.CHOICES;
  }

  @Override
  public Fit fit(Session session, Recipe recipe, long seed) {
    return new PatchCoreFit(session, (PatchCoreRecipe) recipe, seed);
  }

  @Override
  public Fit readFit(Session session, FitHeader header, Map<String, StoredTensor> tensors) {
    return PatchCoreFit.read(session, header, tensors);
  }

  @Override
  public AnomalyDetector readDetector(
      Session session, FitHeader header, String summary, Map<String, StoredTensor> tensors) {
    return PatchCoreTensors.read(
        session,
        header,
        RecordJson.read(summary, MemoryBankSummary.class, Map.of("pictures", "images")),
        tensors);
  }

  @Override
  public List<String> check(Map<String, StoredTensor> tensors) {
    return PatchCoreTensors.check(tensors);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The tensor: {@code memory_bank [M, D]}.
   */
  @Override
  public AnomalyDetector adopt(
      Session session, Recipe recipe, InputSize inputSize, Map<String, StoredTensor> fitted) {
    FitHeader header = new FitHeader(recipe, inputSize, 0, session.weights().fingerprint());
    int rows = (int) StoredTensor.of(fitted, PatchCoreTensors.BANK, 2).shape()[0];
    MemoryBankSummary summary = new MemoryBankSummary(0, rows, rows, 0, 0);
    return PatchCoreTensors.read(session, header, summary, fitted);
  }
}
