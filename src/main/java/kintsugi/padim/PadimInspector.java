package kintsugi.padim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kintsugi.detector.Inspector;
import kintsugi.detector.LayerScale;
import kintsugi.detector.Session;
import kintsugi.detector.Stage;
import kintsugi.detector.TileRange;
import kintsugi.engine.Gaussians;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;

/** The steps of {@link PadimDetector#score}, and the parts of one patch's distance. */
final class PadimInspector implements Inspector {
  private static final String HERE = "padim.PadimInspector#inspect";

  /** The unit of a Mahalanobis distance. */
  private static final String DEVIATIONS = "standard deviations";

  /** Channels up to which a spectrum takes a second at most. */
  private static final int SPECTRUM = 512;

  private final Session session;
  private final PadimRecipe recipe;
  private final PatchEmbedding embedding;
  private final TileGaussians tiles;
  private final PreparedGaussians gaussians;

  PadimInspector(
      Session session, PadimRecipe recipe, PatchEmbedding embedding, TileGaussians tiles) {
    this.session = session;
    this.recipe = recipe;
    this.embedding = embedding;
    this.tiles = tiles;
    this.gaussians = tiles.joined();
  }

  @Override
  public Tensor embed(Map<String, Tensor> features) {
    return embedding.embed(features, session.parallel());
  }

  @Override
  public Tensor distances(Tensor patches, TileRange range) {
    return tiles.mahalanobis(patches, range);
  }

  @Override
  public Step embedding() {
    String scale =
        switch (recipe.layers().scale()) {
          case NONE -> "";
          case IMAGE -> " divided by the layer's mean length in the image";
          case PATCH -> " divided by their length";
        };
    return new Step(
        "the chosen channels of all layers side by side"
            + (recipe.layers().neighbourhood() > 1 ? ", means of neighbourhoods" : "")
            + scale
            + ", one vector per patch",
        "padim.PatchEmbedding#embed",
        unit());
  }

  @Override
  public Step distance() {
    return new Step(
        "√((x − μ)ᵀ Σ⁻¹ (x − μ)) = ‖y‖ with L·y = x − μ",
        Stage.source(gaussians, "mahalanobis"),
        DEVIATIONS);
  }

  @Override
  public Step imageScore() {
    return new Step(recipe.score() + " of the map", "scoremap.ImageScore#of", DEVIATIONS);
  }

  @Override
  public Inspection inspect(float[] x, int position) {
    int d = gaussians.dimension();
    float[] mean = gaussians.mean(position);
    Tensor factor = factor(position);
    Tensor sigma = covariance(factor);
    float[] delta = new float[d];
    for (int i = 0; i < d; i++) {
      delta[i] = x[i] - mean[i];
    }
    Tensor y = substituted(factor, delta);
    String prepared = Stage.source(gaussians, "mean");
    String squared = unit() + "²";
    List<Stage> stages = new ArrayList<>();
    stages.addAll(
        List.of(
            Stage.of(
                "embedding x of the patch",
                "channels of all layers at the patch",
                embedding().source(),
                Stage.Kind.VECTOR,
                unit(),
                Tensor.of(x, d)),
            Stage.of(
                "mean μ at the patch",
                "Σ x/N",
                prepared,
                Stage.Kind.VECTOR,
                unit(),
                Tensor.of(mean, d)),
            Stage.recomputed(
                "covariance Σ at the patch",
                "L·Lᵀ = Σ (x − μ)(x − μ)ᵀ/(N − 1) + ε·I, ε = "
                    + recipe.covariance().epsilon()
                    + window(),
                HERE,
                Stage.Kind.MATRIX,
                squared,
                sigma),
            PositionCovariance.correlation(sigma, recipe.covariance().epsilon())
                .noting(drawnAgain())));
    if (d <= SPECTRUM) {
      stages.addAll(PositionCovariance.spectrum(sigma, recipe.covariance().epsilon(), squared));
    }
    stages.addAll(
        List.of(
            Stage.of(
                "factor L at the patch",
                "L·Lᵀ = Σ, by padim.Cholesky#factor when fitted",
                Stage.source(gaussians, "factor"),
                Stage.Kind.MATRIX,
                unit(),
                factor),
            Stage.recomputed(
                "difference x − μ", "x − μ", HERE, Stage.Kind.VECTOR, unit(), Tensor.of(delta, d)),
            Stage.recomputed(
                "forward substitution y",
                "y(i) = (x(i) − μ(i) − Σ L(i,j)·y(j)) / L(i,i)",
                HERE,
                Stage.Kind.VECTOR,
                DEVIATIONS,
                y)));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("mean_at_patch", Tensor.of(mean, d));
    tensors.put("covariance_at_patch", sigma);
    float[] channels = new float[d];
    for (int i = 0; i < d; i++) {
      channels[i] = embedding.channels()[i];
    }
    tensors.put("channels", Tensor.of(channels, d));
    return new Inspection(stages, tensors);
  }

  private String unit() {
    return recipe.layers().scale() == LayerScale.NONE ? Step.ACTIVATION : "length of the layer";
  }

  /** Which channels were drawn more than once, in sentences. */
  private List<String> drawnAgain() {
    Map<Integer, List<Integer>> elements = new TreeMap<>();
    for (int i = 0; i < embedding.channels().length; i++) {
      elements.computeIfAbsent(embedding.channels()[i], key -> new ArrayList<>()).add(i);
    }
    elements.values().removeIf(same -> same.size() == 1);
    if (!recipe.draw().replacement()) {
      return List.of();
    }
    if (elements.isEmpty()) {
      return List.of("Channels are drawn with replacement, but none came twice.");
    }
    String which =
        elements.entrySet().stream()
            .map(same -> channel(same.getKey()) + " (elements " + listed(same.getValue()) + ")")
            .collect(Collectors.joining("; "));
    return List.of(
        "Off the diagonal an entry is 1 where two elements are the same channel: the recipe draws"
            + " with replacement, and "
            + elements.size()
            + (elements.size() == 1 ? " channel" : " channels")
            + " came more than once: "
            + which
            + ". What such a channel says counts twice, and Σ has no inverse without ε.");
  }

  private String channel(int index) {
    Map<String, Integer> layers = session.channels(recipe.taps());
    int channel = index;
    for (Map.Entry<String, Integer> layer : layers.entrySet()) {
      if (channel < layer.getValue()) {
        return layer.getKey() + " channel " + channel;
      }
      channel -= layer.getValue();
    }
    throw new IllegalStateException("channel " + index + " is beyond all layers");
  }

  private static String listed(List<Integer> elements) {
    return elements.stream().map(String::valueOf).collect(Collectors.joining(" and "));
  }

  private String window() {
    int side = recipe.covariance().window();
    return side == 1
        ? ""
        : ", over all patches x of the " + side + "x" + side + " positions around";
  }

  /** {@code L [D, D]} with zeros above the diagonal. */
  private Tensor factor(int position) {
    int d = gaussians.dimension();
    float[] triangle = gaussians.factor(position);
    Tensor l = Tensor.zeros(d, d);
    for (int i = 0; i < d; i++) {
      System.arraycopy(triangle, Gaussians.triangle(i), l.data(), i * d, i + 1);
    }
    return l;
  }

  /** {@code L·Lᵀ}. */
  private static Tensor covariance(Tensor l) {
    int d = l.dim(0);
    Tensor sigma = Tensor.zeros(d, d);
    for (int i = 0; i < d * d; i++) {
      double sum = 0;
      for (int k = 0; k < d; k++) {
        sum += (double) l.data()[i / d * d + k] * l.data()[i % d * d + k];
      }
      sigma.data()[i] = (float) sum;
    }
    return sigma;
  }

  /** {@code y} with {@code L·y = δ}. */
  private static Tensor substituted(Tensor l, float[] delta) {
    int d = delta.length;
    float[] y = new float[d];
    for (int i = 0; i < d; i++) {
      double rest = delta[i];
      for (int j = 0; j < i; j++) {
        rest -= (double) l.data()[i * d + j] * y[j];
      }
      y[i] = (float) (rest / l.data()[i * d + i]);
    }
    return Tensor.of(y, d);
  }

  /**
   * The squared distance {@code δᵀ·Σ⁻¹·δ} is the sum over the channels of {@code δ(c)·(Σ⁻¹·δ)(c)}.
   */
  @Override
  public Contributions contributions(float[] patch, int position) {
    float[] mean = gaussians.mean(position);
    float[] triangle = gaussians.factor(position);
    double[] factor = new double[triangle.length];
    for (int i = 0; i < factor.length; i++) {
      factor[i] = triangle[i];
    }
    double[] solved = new double[patch.length];
    for (int i = 0; i < patch.length; i++) {
      solved[i] = patch[i] - (double) mean[i];
    }
    double[] delta = solved.clone();
    Cholesky.solve(factor, patch.length, solved);
    for (int i = 0; i < patch.length; i++) {
      solved[i] *= delta[i];
    }
    return new Contributions(solved, embedding.channels(), session.channels(recipe.taps()));
  }
}
