package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import kintsugi.audit.Against.Stage;
import kintsugi.audit.Against.Variant;
import kintsugi.detector.LayerScale;
import kintsugi.detector.Session;
import kintsugi.engine.Gaussians;
import kintsugi.padim.Cholesky;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.padim.PadimRecipe;
import kintsugi.padim.PatchEmbedding;
import kintsugi.scoremap.ImageScore;
import kintsugi.tensor.Tensor;

/** The stages of PaDiM: drawn channels, mean and covariance, Mahalanobis distances. */
final class PadimStages implements MethodStages {
  /** What is added to a covariance's diagonal where it is inverted. */
  private static final double[] MORE = {1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1};

  private final Session session;
  private final Dump dump;

  PadimStages(Session session, Dump dump) {
    this.session = session;
    this.dump = dump;
  }

  private static List<String> recipes(Predicate<PadimRecipe> choice) {
    return Variants.recipes("padim", PadimRecipe.class, choice);
  }

  private static List<String> all() {
    return recipes(recipe -> true);
  }

  @Override
  public List<Variant> embedding(Map<String, Tensor> features) {
    if (features.size() < 3) {
      return List.of();
    }
    int available = features.values().stream().mapToInt(layer -> layer.dim(3)).sum();
    int[] channels =
        dump.has("channels") ? dump.integers("channels") : IntStream.range(0, available).toArray();
    List<String> taps = List.copyOf(features.keySet());
    double[] wanted = Variants.doubles(dump.get("embedding", 2));
    List<Variant> variants = new ArrayList<>();
    variants.add(
        embedding(
            "nearest, layers next to each other, channels drawn",
            all(),
            new PatchEmbedding(taps, channels),
            features,
            wanted));
    if (variants.getFirst().error() < Variants.CLOSE) {
      return variants;
    }
    for (Resampling way : Resampling.ENLARGING) {
      if (way != Resampling.NEAREST) {
        Map<String, Tensor> large = Layers.enlarged(features, taps.getFirst(), way);
        variants.add(
            embedding(
                way.how() + " where nearest is published",
                List.of(),
                new PatchEmbedding(taps, channels),
                large,
                wanted));
      }
    }
    int[] ascending = IntStream.of(channels).sorted().toArray();
    variants.add(
        embedding(
            "the channels in ascending order, not in that of their draw",
            List.of(),
            new PatchEmbedding(taps, ascending),
            features,
            wanted));
    variants.add(reversed(features, channels, wanted));
    for (int side : new int[] {1, 3, 5}) {
      for (LayerScale scale : LayerScale.values()) {
        variants.add(
            embedding(
                side + "x" + side + " means, scale " + scale.name().toLowerCase(Locale.ROOT),
                List.of(),
                new PatchEmbedding(taps, channels, new PadimRecipe.Layers(side, scale)),
                features,
                wanted));
      }
    }
    return variants;
  }

  private Variant embedding(
      String how,
      List<String> recipes,
      PatchEmbedding embedding,
      Map<String, Tensor> features,
      double[] wanted) {
    Tensor patches = embedding.embed(features, session.parallel());
    return Variants.of(how, recipes, Variants.doubles(patches), wanted);
  }

  /** Channels counted through the layers from the coarsest on, on the finest layer's grid. */
  private Variant reversed(Map<String, Tensor> features, int[] channels, double[] wanted) {
    List<String> taps = List.copyOf(features.keySet());
    Map<String, Tensor> large = Layers.enlarged(features, taps.getFirst(), Resampling.NEAREST);
    return embedding(
        "layers in reverse order, the coarsest first",
        List.of(),
        new PatchEmbedding(taps.reversed(), channels),
        large,
        wanted);
  }

  @Override
  public List<Stage> fit() {
    if (!dump.has("train_embedding", "mean")) {
      return List.of();
    }
    Tensor mean = dump.get("mean", 2);
    int positions = mean.dim(0);
    int d = mean.dim(1);
    Tensor train = dump.get("train_embedding", 3);
    int n = train.dim(0);
    GaussianAccumulator accumulator = new GaussianAccumulator(1, positions, d);
    accumulator.add(train.reshape(n, 1, positions, d), session.engine(), session.parallel());
    double[] means = new double[positions * d];
    for (int p = 0; p < positions; p++) {
      System.arraycopy(accumulator.mean(p), 0, means, p * d, d);
    }
    Variant mu = Variants.of("over the images", all(), means, Variants.doubles(mean));
    List<Stage> stages = new ArrayList<>();
    stages.add(Variants.stage("mean", "train_embedding", List.of(mu)));
    if (dump.has("covariance") && !dump.has("positions")) {
      stages.add(covariance(accumulator, positions, d, n));
    }
    return stages;
  }

  private Stage covariance(GaussianAccumulator accumulator, int positions, int d, int n) {
    double[] wanted = Variants.doubles(dump.get("covariance", 3));
    // anomalib keeps 0.01 and adds the rest where it inverts: either may be in its dump.
    double[] epsilons = {
      PadimRecipe.MATLAB.covariance().epsilon(), PadimRecipe.ANOMALIB.covariance().epsilon(), 0
    };
    List<Variant> variants = new ArrayList<>();
    for (double epsilon : epsilons) {
      for (int less = 0; less <= 1; less++) {
        boolean published = less == 1 && epsilon > 0;
        String name = epsilon == 0 ? "0" : String.valueOf((float) epsilon);
        variants.add(
            Variants.of(
                "divided by N" + (less == 1 ? " − 1" : "") + ", + " + name + "·I",
                published ? all() : List.of(),
                covariance(accumulator, positions, d, (n - 1.0) / (n - less), epsilon),
                wanted));
      }
    }
    return Variants.stage("covariance", "train_embedding", variants);
  }

  private static double[] covariance(
      GaussianAccumulator accumulator, int positions, int d, double factor, double epsilon) {
    double[] full = new double[positions * d * d];
    for (int p = 0; p < positions; p++) {
      double[] packed = accumulator.covariance(p, 0);
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          double value = packed[Gaussians.triangle(Math.max(i, j)) + Math.min(i, j)];
          full[(p * d + i) * d + j] = value * factor + (i == j ? epsilon : 0);
        }
      }
    }
    return full;
  }

  @Override
  public Optional<Stage> distances() {
    if (!dump.has("embedding", "distances", "mean", "covariance")) {
      return Optional.empty();
    }
    int[] positions = positions();
    double[] grid = Variants.doubles(dump.get("distances", 2));
    double[] wanted = IntStream.of(positions).mapToDouble(p -> grid[p]).toArray();
    double[] distance = mahalanobis(positions, 0);
    double[] squared = Arrays.stream(distance).map(v -> v * v).toArray();
    List<Variant> variants = new ArrayList<>();
    variants.add(Variants.of("Mahalanobis, not squared", all(), distance, wanted));
    variants.add(Variants.of("Mahalanobis, squared", List.of(), squared, wanted));
    if (variants.getFirst().error() > Variants.CLOSE) {
      for (double epsilon : MORE) {
        double[] more = mahalanobis(positions, epsilon);
        String how = "Mahalanobis, the covariance with " + (float) epsilon + "·I more";
        variants.add(Variants.of(how, List.of(), more, wanted));
      }
      variants.add(
          Variants.of(
              "Euclidean, without the covariance", List.of(), euclidean(positions), wanted));
    }
    return Optional.of(Variants.stage("distances", "embedding, mean, covariance", variants));
  }

  /** The patches whose covariances are in the dump. */
  private int[] positions() {
    int count = dump.get("mean", 2).dim(0);
    int[] positions =
        dump.has("positions") ? dump.integers("positions") : IntStream.range(0, count).toArray();
    if (positions.length != dump.get("covariance", 3).dim(0)
        || IntStream.of(positions).anyMatch(p -> p < 0 || p >= count)) {
      throw dump.refused("its covariances are not those of its " + positions.length + " positions");
    }
    return positions;
  }

  private double[] euclidean(int[] positions) {
    int d = dump.get("mean", 2).dim(1);
    return IntStream.of(positions)
        .mapToDouble(p -> Math.sqrt(Arrays.stream(delta(p, d)).map(v -> v * v).sum()))
        .toArray();
  }

  private double[] delta(int position, int d) {
    float[] x = dump.get("embedding", 2).data();
    float[] mean = dump.get("mean", 2).data();
    double[] delta = new double[d];
    for (int i = 0; i < d; i++) {
      delta[i] = (double) x[position * d + i] - mean[position * d + i];
    }
    return delta;
  }

  private double[] mahalanobis(int[] positions, double more) {
    Tensor covariance = dump.get("covariance", 3);
    int d = covariance.dim(1);
    double[] distance = new double[positions.length];
    for (int p = 0; p < distance.length; p++) {
      double[] packed = new double[Gaussians.triangle(d)];
      for (int i = 0; i < d; i++) {
        for (int j = 0; j <= i; j++) {
          packed[Gaussians.triangle(i) + j] =
              covariance.data()[(p * d + i) * d + j] + (i == j ? more : 0);
        }
      }
      if (Cholesky.factor(packed, d) < d) {
        throw dump.refused(
            "its covariance at position " + positions[p] + " is not positive definite");
      }
      double[] delta = delta(positions[p], d);
      double[] solved = delta.clone();
      Cholesky.solve(packed, d, solved);
      for (int i = 0; i < d; i++) {
        distance[p] += delta[i] * solved[i];
      }
      distance[p] = Math.sqrt(distance[p]);
    }
    return distance;
  }

  @Override
  public List<Variant> score() {
    return dump.find("map", 2)
        .map(
            map ->
                List.of(
                    score("maximum of the map", ImageScore.MAX, map),
                    score("mean of the map", ImageScore.MEAN, map),
                    score("mean of the map's highest 1 %", ImageScore.parse("top-1%"), map)))
        .orElse(List.of());
  }

  private Variant score(String how, ImageScore score, Tensor map) {
    return Variants.of(
        how,
        recipes(recipe -> recipe.score().equals(score)),
        new double[] {score.of(map)},
        Variants.doubles(dump.get("score", 1)));
  }
}
