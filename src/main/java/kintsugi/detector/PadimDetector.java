package kintsugi.detector;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.embedding.PatchEmbedding;
import kintsugi.engine.Cholesky;
import kintsugi.engine.Gaussians;
import kintsugi.padim.Conditioning;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/** PaDiM: Defard, Setkov, Loesch, Audigier, <i>PaDiM</i>, 2020. */
public final class PadimDetector extends AnomalyDetector {
  static final String CHANNELS = "channels";
  private static final String GRID = "grid";
  private static final String MEAN = "mean";
  private static final String FACTOR = "cholesky_factor.";

  private final PadimRecipe recipe;
  private final PatchEmbedding embedding;
  private final Gaussians gaussians;
  private final Conditioning conditioning;

  PadimDetector(
      PadimRecipe recipe,
      InputSize inputSize,
      int[] channels,
      Gaussians gaussians,
      Conditioning conditioning) {
    super(inputSize);
    this.recipe = recipe;
    this.embedding = new PatchEmbedding(recipe.taps(), channels);
    this.gaussians = gaussians;
    this.conditioning = conditioning;
  }

  @Override
  public Recipe recipe() {
    return recipe;
  }

  @Override
  AnomalyDetector with(Recipe other) {
    return new PadimDetector(
        (PadimRecipe) other, inputSize(), embedding.channels(), gaussians, conditioning);
  }

  @Override
  public Conditioning facts() {
    return conditioning;
  }

  @Override
  Fit resume(Session session, long seed) {
    GaussianAccumulator accumulator =
        GaussianAccumulator.of(
            gaussians, recipe.epsilon(), conditioning.pictures(), session.parallel());
    return new PadimFit(recipe, seed, inputSize(), embedding.channels(), accumulator);
  }

  @Override
  Tensor patches(Session session, FeatureExtractor.Block block) {
    return embedding.embed(block.features(), session.parallel());
  }

  @Override
  Tensor distances(Session session, Tensor patches) {
    return session.engine().mahalanobis(gaussians, patches);
  }

  @Override
  String embeddingSource() {
    return "embedding.PatchEmbedding#embed";
  }

  @Override
  String distanceSource() {
    return "engine.Engine#mahalanobis";
  }

  @Override
  String distanceFormula() {
    return "√((x − μ)ᵀ Σ⁻¹ (x − μ)) = ‖y‖ with L·y = x − μ";
  }

  @Override
  void trace(Session session, Tensor patches, int position, Trace.Log log) {
    int d = gaussians.dimension();
    double[] mean = gaussians.mean(position);
    double[] packed = gaussians.factor(position);
    Tensor l = Tensor.zeros(d, d);
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        l.data()[i * d + j] = (float) packed[Gaussians.triangle(i) + j];
      }
    }
    Tensor sigma = Tensor.zeros(d, d);
    for (int i = 0; i < d * d; i++) {
      double sum = 0;
      for (int k = 0; k < d; k++) {
        sum += (double) l.data()[i / d * d + k] * l.data()[i % d * d + k];
      }
      sigma.data()[i] = (float) sum;
    }
    float[] delta = new float[d];
    float[] y = new float[d];
    for (int i = 0; i < d; i++) {
      delta[i] = (float) (patches.data()[position * d + i] - mean[i]);
      double rest = delta[i];
      for (int j = 0; j < i; j++) {
        rest -= packed[Gaussians.triangle(i) + j] * y[j];
      }
      y[i] = (float) (rest / packed[Gaussians.triangle(i) + i]);
    }
    String fit = "padim.GaussianAccumulator#result";
    float[] x = Arrays.copyOfRange(patches.data(), position * d, (position + 1) * d);
    log.note(
        "embedding x of the patch",
        "channels of all taps at the patch",
        embeddingSource(),
        Trace.Kind.VECTOR,
        Tensor.of(x, d));
    log.note("mean μ at the patch", "Σ x/N", fit, Trace.Kind.VECTOR, vector(mean));
    log.note(
        "covariance Σ at the patch",
        "Σ (x − μ)(x − μ)ᵀ/(N − 1) + ε·I, ε = " + recipe.epsilon(),
        fit,
        Trace.Kind.MATRIX,
        sigma);
    log.note("factor L at the patch", "L·Lᵀ = Σ", "engine.Cholesky#factor", Trace.Kind.MATRIX, l);
    log.note(
        "difference x − μ",
        "x − μ",
        "engine.Engine#mahalanobis",
        Trace.Kind.VECTOR,
        Tensor.of(delta, d));
    log.note(
        "forward substitution y",
        "y(i) = (x(i) − μ(i) − Σ L(i,j)·y(j)) / L(i,i)",
        "engine.Engine#mahalanobis",
        Trace.Kind.VECTOR,
        Tensor.of(y, d));
    log.keep("mean_at_patch", vector(mean));
    log.keep("covariance_at_patch", sigma);
    float[] channels = new float[d];
    for (int i = 0; i < d; i++) {
      channels[i] = embedding.channels()[i];
    }
    log.keep("channels", Tensor.of(channels, d));
  }

  private static Tensor vector(double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    return Tensor.of(rounded, rounded.length);
  }

  /**
   * The squared distance {@code δᵀ·Σ⁻¹·δ} is the sum over the channels of {@code δ(c)·(Σ⁻¹·δ)(c)}.
   */
  @Override
  List<Explanation.Channel> channels(Session session, float[] patch, int position, int count) {
    double[] mean = gaussians.mean(position);
    double[] solved = new double[patch.length];
    for (int i = 0; i < patch.length; i++) {
      solved[i] = patch[i] - mean[i];
    }
    double[] delta = solved.clone();
    Cholesky.solve(gaussians.factor(position), patch.length, solved);
    for (int i = 0; i < patch.length; i++) {
      solved[i] *= delta[i];
    }
    return largest(solved, embedding.channels(), session.channels(recipe.taps()), count);
  }

  @Override
  Map<String, StoredTensor> tensors() {
    int d = gaussians.dimension();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put(CHANNELS, StoredTensor.of(embedding.channels(), d));
    tensors.put(GRID, StoredTensor.of(new int[] {gaussians.height(), gaussians.width()}, 2));
    tensors.put(MEAN, StoredTensor.of(gaussians.mean(), gaussians.groups(), d, Gaussians.LANES));
    for (int group = 0; group < gaussians.groups(); group++) {
      float[] factor = gaussians.factor()[group];
      tensors.put(FACTOR + group, StoredTensor.of(factor, Gaussians.triangle(d), Gaussians.LANES));
    }
    return tensors;
  }

  /**
   * The detector that {@link #tensors} stored.
   *
   * @throws IllegalArgumentException if the tensors are not those of a PaDiM model
   */
  static PadimDetector load(
      PadimRecipe recipe,
      InputSize inputSize,
      Conditioning conditioning,
      Map<String, StoredTensor> tensors) {
    int[] channels = StoredTensor.of(tensors, CHANNELS, 1).ints();
    int[] grid = StoredTensor.of(tensors, GRID, 1).ints();
    if (grid.length != 2 || grid[0] < 1 || grid[1] < 1) {
      throw new IllegalArgumentException("its grid is none");
    }
    float[][] factor = new float[Gaussians.groups(Math.multiplyExact(grid[0], grid[1]))][];
    for (int group = 0; group < factor.length; group++) {
      factor[group] = StoredTensor.of(tensors, FACTOR + group, 2).floats();
    }
    float[] mean = StoredTensor.of(tensors, MEAN, 3).floats();
    Gaussians gaussians = new Gaussians(grid[0], grid[1], channels.length, mean, factor);
    return new PadimDetector(recipe, inputSize, channels, gaussians, conditioning);
  }
}
