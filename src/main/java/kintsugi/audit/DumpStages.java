package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.audit.Against.Stage;
import kintsugi.audit.Against.Variant;
import kintsugi.backbone.ResNet;
import kintsugi.detector.PadimRecipe;
import kintsugi.detector.PatchCoreRecipe;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.embedding.LocalEmbedding;
import kintsugi.embedding.PatchEmbedding;
import kintsugi.engine.Border;
import kintsugi.engine.Cholesky;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Rows;
import kintsugi.engine.Upsampling;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.patchcore.KCenterGreedy;
import kintsugi.patchcore.MemoryBank;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/** Every stage of a dump, computed from the one before in each published variant. */
final class DumpStages {
  /** An error within this share of a stage's largest value is rounding's. */
  private static final double BOUND = 1e-3;

  private static final List<String> PADIM = Against.PADIM;
  private static final List<String> PATCHCORE = Against.PATCHCORE;
  private static final List<String> LAYERS = List.of("layer1", "layer2", "layer3");

  private final Session session;
  private final Dump dump;
  private final List<Stage> stages = new ArrayList<>();

  DumpStages(Session session, Dump dump) {
    this.session = session;
    this.dump = dump;
  }

  /** Those whose numbers are in the dump, in the order of the data. */
  List<Stage> all() {
    features();
    embedding();
    gaussians();
    picks();
    distances();
    map();
    score();
    return stages;
  }

  private void add(String name, String from, List<Variant> variants) {
    List<Variant> sorted =
        variants.stream().sorted(Comparator.comparingDouble(Variant::error)).toList();
    stages.add(new Stage(name, from, sorted));
  }

  private static Variant variant(
      String how, List<String> recipes, double[] actual, double[] wanted) {
    double largest = 0;
    double error = actual.length == wanted.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]));
      error = Math.max(error, i < actual.length ? Math.abs(actual[i] - wanted[i]) : error);
    }
    double share = error == 0 ? 0 : error / largest;
    return new Variant(how, recipes, share, share <= BOUND);
  }

  private static double[] doubles(Tensor tensor) {
    return Bench.doubles(tensor.data());
  }

  private List<String> layers() {
    return LAYERS.stream().filter(dump::has).toList();
  }

  private void features() {
    List<String> layers = layers();
    if (!dump.has("input") || layers.isEmpty()) {
      return;
    }
    Tensor input = dump.planes("input");
    List<Variant> variants = new ArrayList<>();
    List<String> after = Stream.concat(PADIM.stream().skip(1), PATCHCORE.stream()).toList();
    variants.add(features(input, layers, "", "after the residual and the ReLU", after));
    List<String> before = List.of("padim/matlab");
    variants.add(features(input, layers, ".1.bn2", "before the residual is added", before));
    add("features", "input", variants);
  }

  private Variant features(
      Tensor input, List<String> layers, String tap, String how, List<String> recipes) {
    List<String> taps = layers.stream().map(layer -> layer + tap).toList();
    Map<String, Tensor> ours =
        session.engine().prepare(ResNet.network(session.weights(), taps)).run(input);
    double error = 0;
    for (String layer : layers) {
      Variant one =
          variant("", List.of(), doubles(ours.get(layer + tap)), doubles(dump.planes(layer)));
      error = Math.max(error, one.error());
    }
    return new Variant(how, recipes, error, error <= BOUND);
  }

  private void embedding() {
    List<String> layers = layers();
    if (!dump.has("embedding") || layers.size() < 2) {
      return;
    }
    Map<String, Tensor> features = new LinkedHashMap<>();
    layers.forEach(layer -> features.put(layer, dump.planes(layer)));
    double[] wanted = doubles(dump.get("embedding", 2));
    List<Variant> variants = new ArrayList<>();
    if (layers.size() == 3) {
      int all = features.values().stream().mapToInt(t -> t.dim(3)).sum();
      int[] channels =
          dump.has("channels") ? dump.integers("channels") : IntStream.range(0, all).toArray();
      Tensor patches = new PatchEmbedding(layers, channels).embed(features, session.parallel());
      variants.add(
          variant("nearest, side by side, channels drawn", PADIM, doubles(patches), wanted));
    }
    List<String> local = List.of("layer2", "layer3");
    if (layers.containsAll(local)) {
      for (PatchCoreRecipe recipe : List.of(PatchCoreRecipe.MATLAB, PatchCoreRecipe.AMAZON)) {
        boolean wide = recipe.width() > 0;
        Tensor patches =
            new LocalEmbedding(local, recipe.neighbourhood(), recipe.width())
                .embed(features, session.parallel());
        variants.add(
            variant(
                wide ? "3x3 unfolded, adaptive means to 1024" : "3x3 means, bilinear",
                wide ? List.of("patchcore/amazon") : PATCHCORE.subList(0, 2),
                doubles(patches),
                wanted));
      }
      Tensor alone = new LocalEmbedding(local, 1, 0).embed(features, session.parallel());
      variants.add(variant("bilinear without a neighbourhood", List.of(), doubles(alone), wanted));
    }
    add("embedding", "features", variants);
  }

  private void gaussians() {
    if (!dump.has("train_embedding", "mean")) {
      return;
    }
    Tensor mean = dump.get("mean", 2);
    int d = mean.dim(1);
    int positions = mean.dim(0);
    Tensor train = dump.get("train_embedding", 3);
    int n = train.dim(0);
    GaussianAccumulator accumulator = new GaussianAccumulator(1, positions, d);
    accumulator.add(train.reshape(n, 1, positions, d), session.parallel());
    double[] means = new double[positions * d];
    for (int p = 0; p < positions; p++) {
      System.arraycopy(accumulator.mean(p), 0, means, p * d, d);
    }
    add(
        "mean",
        "train_embedding",
        List.of(variant("over the pictures", PADIM, means, doubles(mean))));
    if (!dump.has("covariance")) {
      return;
    }
    double[] wanted = doubles(dump.get("covariance", 3));
    List<Variant> variants = new ArrayList<>();
    Map<String, Double> epsilons = new LinkedHashMap<>();
    epsilons.put("0.01", PadimRecipe.MATLAB.epsilon());
    epsilons.put("0.01001", PadimRecipe.ANOMALIB.epsilon());
    epsilons.put("0", 0.0);
    epsilons.forEach(
        (name, epsilon) -> {
          for (int less = 0; less <= 1; less++) {
            double share = (n - 1.0) / (n - less);
            boolean published = less == 1 && epsilon > 0;
            variants.add(
                variant(
                    "divided by N" + (less == 1 ? " − 1" : "") + ", + " + name + "·I",
                    // anomalib keeps 0.01 and adds the rest where it inverts.
                    published ? PADIM : List.of(),
                    covariance(accumulator, positions, d, share, epsilon),
                    wanted));
          }
        });
    add("covariance", "train_embedding", variants);
  }

  private static double[] covariance(
      GaussianAccumulator accumulator, int positions, int d, double share, double epsilon) {
    double[] full = new double[positions * d * d];
    for (int p = 0; p < positions; p++) {
      double[] packed = accumulator.covariance(p, 0);
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          double value = packed[Gaussians.triangle(Math.max(i, j)) + Math.min(i, j)];
          full[(p * d + i) * d + j] = value * share + (i == j ? epsilon : 0);
        }
      }
    }
    return full;
  }

  private void picks() {
    if (!dump.has("train_embedding", "picks")) {
      return;
    }
    int[] picks = dump.integers("picks");
    Rows rows = Rows.of(dump.get("train_embedding", 2));
    KCenterGreedy search =
        new KCenterGreedy(
            rows, session.engine().bank(rows), KCenterGreedy.startAt(picks[0], rows.count()));
    int[] ours = search.choose(picks.length, 0, (count, radius) -> false).order();
    int same = 0;
    while (same < Math.min(ours.length, picks.length) && ours[same] == picks[same]) {
      same++;
    }
    double missed = 1 - (double) same / picks.length;
    add(
        "picks",
        "train_embedding",
        List.of(
            new Variant(
                "exact greedy k-center from row "
                    + picks[0]
                    + ": the first "
                    + same
                    + " of "
                    + picks.length
                    + " are the same",
                PATCHCORE,
                missed,
                missed == 0)));
  }

  private void distances() {
    if (!dump.has("embedding", "distances")) {
      return;
    }
    double[] wanted = doubles(dump.get("distances", 2));
    Tensor embedding = dump.get("embedding", 2);
    if (dump.has("mean", "covariance")) {
      double[] distance = mahalanobis(embedding);
      add(
          "distances",
          "embedding, mean, covariance",
          List.of(
              variant("Mahalanobis, not squared", PADIM, distance, wanted),
              variant("Mahalanobis, squared", List.of(), squares(distance), wanted)));
    } else if (dump.has("bank")) {
      MemoryBank bank = MemoryBank.of(dump.get("bank", 2), session.engine());
      List<Variant> variants = new ArrayList<>();
      for (int k : new int[] {1, 3, 9}) {
        for (boolean squared : new boolean[] {false, true}) {
          List<String> recipes =
              k > 1 ? List.of() : squared ? PATCHCORE.subList(2, 3) : PATCHCORE.subList(0, 2);
          double[] distance = Bench.doubles(bank.distances(embedding, k, squared));
          variants.add(
              variant(
                  (k == 1 ? "to the nearest" : "mean to the " + k + " nearest")
                      + (squared ? ", squared" : ", not squared"),
                  recipes,
                  distance,
                  wanted));
        }
      }
      add("distances", "embedding, bank", variants);
    }
  }

  private static double[] squares(double[] values) {
    return Arrays.stream(values).map(v -> v * v).toArray();
  }

  private double[] mahalanobis(Tensor embedding) {
    Tensor mean = dump.get("mean", 2);
    Tensor covariance = dump.get("covariance", 3);
    int d = mean.dim(1);
    double[] distance = new double[mean.dim(0)];
    for (int p = 0; p < distance.length; p++) {
      double[] packed = new double[Gaussians.triangle(d)];
      for (int i = 0; i < d; i++) {
        for (int j = 0; j <= i; j++) {
          packed[Gaussians.triangle(i) + j] = covariance.data()[(p * d + i) * d + j];
        }
      }
      if (Cholesky.factor(packed, d) < d) {
        throw new InputException(
            "the dump's covariance at position " + p + " is not positive definite");
      }
      double[] delta = new double[d];
      for (int i = 0; i < d; i++) {
        delta[i] = (double) embedding.data()[p * d + i] - mean.data()[p * d + i];
      }
      double[] solved = delta.clone();
      Cholesky.solve(packed, d, solved);
      for (int i = 0; i < d; i++) {
        distance[p] += delta[i] * solved[i];
      }
      distance[p] = Math.sqrt(distance[p]);
    }
    return distance;
  }

  private void map() {
    if (!dump.has("distances", "map")) {
      return;
    }
    Tensor map = dump.get("map", 2);
    Tensor distances = dump.get("distances", 2);
    Tensor batch = distances.reshape(1, distances.dim(0), distances.dim(1));
    List<Variant> variants = new ArrayList<>();
    for (Upsampling upsampling : Upsampling.values()) {
      for (Border border : Border.values()) {
        List<String> recipes =
            Stream.concat(PADIM.stream(), PATCHCORE.stream())
                .filter(
                    name -> {
                      Recipe recipe = Recipe.named(name);
                      return recipe.mapInterpolation() == upsampling && recipe.border() == border;
                    })
                .toList();
        variants.add(map(map, batch, new ScoreMaps(upsampling, 4, border), recipes));
      }
      variants.add(map(map, batch, new ScoreMaps(upsampling, 0, Border.REPLICATE), List.of()));
    }
    add("map", "distances", variants);
  }

  private Variant map(Tensor map, Tensor distances, ScoreMaps how, List<String> recipes) {
    Tensor ours = how.compute(session.engine(), distances, map.dim(0), map.dim(1));
    String blur =
        how.sigma() == 0 ? "no blur" : "σ=4, " + how.border().name().toLowerCase(Locale.ROOT);
    return variant(
        how.upsampling().name().toLowerCase(Locale.ROOT) + ", " + blur,
        recipes,
        doubles(ours),
        doubles(map));
  }

  private void score() {
    if (!dump.has("score") || !dump.has("map") && !dump.has("distances")) {
      return;
    }
    double[] wanted = doubles(dump.get("score", 1));
    List<Variant> variants = new ArrayList<>();
    Optional<Tensor> map = dump.find("map", 2);
    map.ifPresent(
        m -> {
          variants.add(
              variant(
                  "largest value of the map",
                  PADIM.subList(1, 3),
                  new double[] {ImageScore.MAX.of(m)},
                  wanted));
          variants.add(
              variant(
                  "mean of the map",
                  PADIM.subList(0, 1),
                  new double[] {ImageScore.MEAN.of(m)},
                  wanted));
        });
    dump.find("distances", 2).ifPresent(distances -> scores(distances, wanted, variants));
    add("score", map.isPresent() ? "map, distances" : "distances", variants);
  }

  private void scores(Tensor distances, double[] wanted, List<Variant> variants) {
    double largest = ImageScore.MAX.of(distances);
    variants.add(
        variant("largest distance", PATCHCORE.subList(2, 3), new double[] {largest}, wanted));
    if (!dump.has("embedding", "bank")) {
      return;
    }
    Tensor embedding = dump.get("embedding", 2);
    int d = embedding.dim(1);
    int worst =
        IntStream.range(0, distances.size())
            .reduce((a, b) -> distances.data()[b] > distances.data()[a] ? b : a)
            .orElseThrow();
    float[] patch = Arrays.copyOfRange(embedding.data(), worst * d, (worst + 1) * d);
    double weight =
        MemoryBank.of(dump.get("bank", 2), session.engine())
            .weight(patch, PatchCoreRecipe.MATLAB.reweighting());
    variants.add(
        variant(
            "largest distance, re-weighted by 9 neighbours",
            PATCHCORE.subList(0, 2),
            new double[] {largest * weight},
            wanted));
  }
}
