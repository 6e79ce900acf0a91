package kintsugi.audit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import kintsugi.detector.LayerScale;
import kintsugi.engine.Filter;
import kintsugi.padim.PatchEmbedding;
import kintsugi.patchcore.LocalEmbedding;
import kintsugi.patchcore.PatchCoreRecipe.Neighbourhood;
import kintsugi.tensor.Tensor;
import kintsugi.weights.BatchNorm;
import kintsugi.weights.StoredTensor;

/**
 * The audit of the way from a network's features to patch embeddings, and from its batch norms to
 * folded convolutions.
 */
final class EmbeddingAudit {
  private static final List<String> TAPS = List.of("a", "b");
  private static final int H = 6;
  private static final int W = 9;

  private EmbeddingAudit() {}

  static void run(Bench bench) {
    Map<String, Tensor> features = new LinkedHashMap<>();
    Random random = new Random(11);
    features.put("a", Bench.random(random, 2, H, W, 5));
    features.put("b", Bench.random(random, 2, H / 2, (W + 1) / 2, 7));
    drawn(bench, features);
    local(bench, features, OptionalInt.empty(), LayerScale.NONE);
    local(bench, features, OptionalInt.of(10), LayerScale.NONE);
    local(bench, features, OptionalInt.empty(), LayerScale.IMAGE);
    folding(bench);
  }

  private static void drawn(Bench bench, Map<String, Tensor> features) {
    int[] channels = {0, 3, 3, 11, 5, 8};
    Tensor patches = new PatchEmbedding(TAPS, channels).embed(features, bench.parallel());
    bench.compare(
        "–",
        "PaDiM patches of two layers, channels with repetition",
        "definition",
        "equal bits",
        Bench.doubles(patches.data()),
        Expected.exactly(EmbeddingReference.drawn(features, TAPS, channels)));
  }

  private static void local(
      Bench bench, Map<String, Tensor> features, OptionalInt dimension, LayerScale scale) {
    Neighbourhood neighbourhood = new Neighbourhood(3, dimension, scale);
    Tensor patches = new LocalEmbedding(TAPS, neighbourhood).embed(features, bench.parallel());
    String means = dimension.isEmpty() ? "means" : dimension.getAsInt() + " adaptive means";
    bench.compare(
        "–",
        "PatchCore patches, 3x3, "
            + means
            + (scale == LayerScale.NONE ? "" : ", divided by each layer's mean length"),
        "fp64 definition",
        EmbeddingReference.LOCAL_BOUND,
        Bench.doubles(patches.data()),
        EmbeddingReference.local(features, TAPS, neighbourhood));
  }

  /** {@code γ·(w∗x − μ)/√(σ² + 10⁻⁵) + β}: with the norm and with it folded in. */
  private static void folding(Bench bench) {
    Random random = new Random(12);
    Map<String, StoredTensor> tensors = new TreeMap<>();
    Tensor weight = Bench.random(random, 6, 4, 3, 3);
    float[][] norm = new float[4][6];
    for (int o = 0; o < 6; o++) {
      norm[0][o] = 0.5f + random.nextFloat();
      norm[1][o] = random.nextFloat() - 0.5f;
      norm[2][o] = random.nextFloat() - 0.5f;
      norm[3][o] = 0.1f + random.nextFloat();
    }
    tensors.put("conv1.weight", StoredTensor.of(weight));
    String[] names = {"weight", "bias", "running_mean", "running_var"};
    for (int i = 0; i < 4; i++) {
      tensors.put("bn1." + names[i], StoredTensor.of(norm[i], 6));
    }
    Map<String, StoredTensor> folded = BatchNorm.fold(tensors);
    Tensor image = Bench.random(random, 1, 5, 5, 4);
    Filter plain = Filter.ofTorch(weight, Tensor.zeros(6));
    Filter one =
        Filter.ofTorch(folded.get("conv1.weight").tensor(), folded.get("conv1.bias").tensor());
    double[] before = Reference.convolution(image, plain, 1, 1).value();
    double[] wanted = new double[before.length];
    for (int i = 0; i < wanted.length; i++) {
      int o = i % 6;
      double scaled = (before[i] - norm[2][o]) / Math.sqrt(norm[3][o] + 1e-5);
      wanted[i] = norm[0][o] * scaled + norm[1][o];
    }
    bench.compare(
        "–",
        "batch norm folded into a 3x3 convolution",
        "convolution, then norm, in fp64",
        "γ(8)·36·max|w| (its fp32 weights)",
        Reference.convolution(image, one, 1, 1).value(),
        Expected.within(wanted, Expected.gamma(8, Expected.FLOAT) * 36 * 5));
  }
}
