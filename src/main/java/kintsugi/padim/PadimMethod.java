package kintsugi.padim;

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

/** PaDiM among the methods. */
public final class PadimMethod implements Method {
  /** The summary's names in files of format 2. */
  private static final Map<String, String> EARLIER_NAMES =
      Map.of(
          "pictures", "images",
          "largest_condition", "maximum_condition",
          "largest_at_row", "maximum_at_row",
          "largest_at_column", "maximum_at_column",
          "least_rank", "minimum_rank",
          "largest_rank", "maximum_rank");

  /** For the service loader. */
  public PadimMethod() {}

  @Override
  public String name() {
    return "padim";
  }

  @Override
  public String title() {
    return "PaDiM";
  }

  @Override
  public String description() {
    return "a Gaussian per patch position and the Mahalanobis distance to it (Defard et al., 2020)";
  }

  @Override
  public List<Recipe> recipes() {
    return List.of(
        PadimRecipe.KINTSUGI, PadimRecipe.MATLAB, PadimRecipe.ANOMALIB, PadimRecipe.PAPER);
  }

  @Override
  public List<Choice> choices() {
    return PadimRecipe.CHOICES;
  }

  @Override
  public Fit fit(Session session, Recipe recipe, long seed) {
    return new PadimFit(session, (PadimRecipe) recipe, seed);
  }

  @Override
  public Fit readFit(Session session, FitHeader header, Map<String, StoredTensor> tensors) {
    return PadimFit.read(session, header, tensors);
  }

  @Override
  public AnomalyDetector readDetector(
      Session session, FitHeader header, String summary, Map<String, StoredTensor> tensors) {
    return PadimTensors.read(
        session, header, RecordJson.read(summary, CovarianceSummary.class, EARLIER_NAMES), tensors);
  }

  @Override
  public List<String> check(Map<String, StoredTensor> tensors) {
    return PadimTensors.check(tensors);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The tensors: {@code channels [D]}, {@code mean [D, P]} and {@code inverse_covariance [P, D,
   * D]} or {@code inverse_factor_transposed [P, D, D]}, which is {@code L⁻ᵀ} with {@code L·Lᵀ} the
   * covariance; with the positions {@code P} row by row.
   */
  @Override
  public AnomalyDetector adopt(
      Session session, Recipe recipe, InputSize inputSize, Map<String, StoredTensor> fitted) {
    return AdoptedGaussians.read(session, (PadimRecipe) recipe, inputSize, fitted);
  }
}
