package kintsugi.audit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.PictureFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Fit;
import kintsugi.detector.Model;
import kintsugi.detector.PadimRecipe;
import kintsugi.detector.PatchCoreRecipe;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.embedding.LocalEmbedding;
import kintsugi.embedding.PatchEmbedding;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.Rows;
import kintsugi.image.PictureReader;
import kintsugi.patchcore.RandomProjection;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.apache.commons.math3.stat.correlation.Covariance;

/**
 * Every recipe from pictures to scores on drawn concrete, against the same steps in fp64 from the
 * features on; and what must not change a bit.
 */
final class RecipeAudit {
  private static final List<String> RECIPES =
      List.of(
          "padim/matlab",
          "padim/anomalib",
          "padim/paper",
          "patchcore/matlab",
          "patchcore/anomalib",
          "patchcore/amazon");
  private static final int TRAIN = 8;
  private static final int TEST = 3;
  private static final long SEED = 5;

  /** What published reference values are held to: a share of the largest value. */
  private static final double BOUND = 1e-3;

  private RecipeAudit() {}

  static void run(Bench bench, Path folder) {
    SyntheticConcrete.write(folder, TRAIN, TEST, SEED);
    List<Path> train = PictureFolder.list(folder.resolve(SyntheticConcrete.NORMAL));
    List<Path> test = PictureFolder.list(folder.resolve(SyntheticConcrete.ANOMALOUS));
    for (String name : RECIPES) {
      Recipe recipe = small(Recipe.named(name));
      for (Bench.Candidate candidate : bench.candidates()) {
        if (!candidate.winograd() || candidate.name().endsWith("4")) {
          check(bench, candidate, recipe, train, test);
        }
      }
    }
  }

  /** The recipe on small pictures, with fewer channels where they are drawn. */
  private static Recipe small(Recipe recipe) {
    Map<String, ?> choices =
        recipe instanceof PadimRecipe
            ? Map.of("resize", "72x72", "crop", "64x64", "channels", 30)
            : Map.of("resize", "72x72", "crop", "64x64");
    return recipe.with(choices);
  }

  private record Result(List<AnomalyDetector.Scored> scored, Model model) {}

  private static Result result(Session session, Recipe recipe, List<Path> train, List<Path> test) {
    Fit fit = Fit.start(recipe, SEED);
    fit.add(session, train);
    Model model = Model.of(session, fit);
    List<AnomalyDetector.Scored> scored = new ArrayList<>();
    model.detector().score(session, test, "audit", scored::add);
    return new Result(scored, model);
  }

  private static void check(
      Bench bench, Bench.Candidate candidate, Recipe recipe, List<Path> train, List<Path> test) {
    Session session = Session.strict(candidate.engine(), candidate.parallel(), bench.weights());
    Result result = result(session, recipe, train, test);
    Engine.Runner backbone =
        candidate.engine().prepare(ResNet.network(bench.weights(), recipe.taps()));
    List<Tensor> patches = new ArrayList<>();
    List<Path> files = new ArrayList<>(train);
    files.addAll(test);
    for (Path file : files) {
      Tensor input = recipe.preprocessing().apply(PictureReader.read(file));
      patches.add(patches(bench, recipe, backbone.run(input)));
    }
    Scores wanted =
        switch (recipe) {
          case PadimRecipe padim -> padim(padim, patches);
          case PatchCoreRecipe patchCore -> patchCore(bench, patchCore, patches);
        };
    double[] maps = new double[0];
    double[] scores = new double[TEST];
    for (int i = 0; i < TEST; i++) {
      maps = join(maps, Bench.doubles(result.scored.get(i).map().data()));
      scores[i] = result.scored.get(i).score();
    }
    String reference = "fp64 from the features on";
    String bound = "1e-3 of the largest value";
    String name = recipe.name().replace("*", "");
    bench.compare(
        candidate.name(),
        name + ": maps of " + TEST + " pictures",
        reference,
        bound,
        maps,
        Expected.withinShareOfLargest(wanted.maps, BOUND));
    bench.compare(
        candidate.name(),
        name + ": image scores",
        reference,
        bound,
        scores,
        Expected.withinShareOfLargest(wanted.scores, BOUND));
    if (name.endsWith("/matlab")) {
      bits(bench, candidate, recipe, result, train, test);
    }
  }

  /** Again, one picture at a time, and from a file: the same bits. */
  private static void bits(
      Bench bench,
      Bench.Candidate candidate,
      Recipe recipe,
      Result first,
      List<Path> train,
      List<Path> test) {
    Session session = Session.strict(candidate.engine(), candidate.parallel(), bench.weights());
    double[] wanted = numbers(first.scored);
    String name = recipe.name().replace("*", "");
    bench.same(
        candidate.name(),
        name + " fitted again",
        numbers(result(session, recipe, train, test).scored),
        wanted);
    List<AnomalyDetector.Scored> alone = new ArrayList<>();
    for (Path file : test) {
      first.model.detector().score(session, List.of(file), "audit", alone::add);
    }
    bench.same(candidate.name(), name + ", one picture a batch", numbers(alone), wanted);
    Path file = train.getFirst().resolveSibling("model.safetensors");
    first.model.save(file);
    List<AnomalyDetector.Scored> loaded = new ArrayList<>();
    Model.load(file, bench.weights().fingerprint())
        .detector()
        .score(session, test, "audit", loaded::add);
    bench.same(candidate.name(), name + ", saved and loaded", numbers(loaded), wanted);
    try (Parallel one = new Parallel(1)) {
      Engine single = candidate.maker().apply(one);
      Session other = Session.strict(single, one, bench.weights());
      bench.same(
          candidate.name(),
          name + ", 1 thread and " + candidate.parallel().threads(),
          numbers(result(other, recipe, train, test).scored),
          wanted);
    }
  }

  private static double[] numbers(List<AnomalyDetector.Scored> scored) {
    double[] all = new double[0];
    for (AnomalyDetector.Scored s : scored) {
      all = join(all, Bench.doubles(s.map().data()));
      all = join(all, new double[] {s.score()});
    }
    return all;
  }

  private static double[] join(double[] a, double[] b) {
    double[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }

  private static Tensor patches(Bench bench, Recipe recipe, Map<String, Tensor> features) {
    return switch (recipe) {
      case PadimRecipe padim -> {
        int available = features.values().stream().mapToInt(t -> t.dim(3)).sum();
        int[] channels = padim.drawChannels(available, SEED);
        yield new PatchEmbedding(padim.taps(), channels).embed(features, bench.parallel());
      }
      case PatchCoreRecipe p ->
          new LocalEmbedding(p.taps(), p.neighbourhood(), p.width())
              .embed(features, bench.parallel());
    };
  }

  private record Scores(double[] maps, double[] scores) {}

  /** Maps and scores of the pictures to test from their distances. */
  private static Scores scores(
      Recipe recipe, List<double[]> distances, int h, int w, double[] imageScores) {
    int side = 64;
    double[] maps = new double[0];
    double[] scores = new double[TEST];
    for (int i = 0; i < TEST; i++) {
      double[] large =
          Reference.upsample(distances.get(i), h, w, side, side, recipe.mapInterpolation()).value();
      double[] map = Reference.blur(large, side, side, recipe.blurSigma(), recipe.border()).value();
      maps = join(maps, map);
      boolean mean = recipe.score().toString().equals("mean");
      DoubleStream values = Arrays.stream(map);
      scores[i] =
          imageScores != null
              ? imageScores[i]
              : mean ? values.average().orElseThrow() : values.max().orElseThrow();
    }
    return new Scores(maps, scores);
  }

  private static Scores padim(PadimRecipe recipe, List<Tensor> patches) {
    int h = patches.getFirst().dim(1);
    int w = patches.getFirst().dim(2);
    int d = patches.getFirst().dim(3);
    List<double[]> distances = new ArrayList<>();
    for (int i = 0; i < TEST; i++) {
      distances.add(new double[h * w]);
    }
    for (int p = 0; p < h * w; p++) {
      double[][] samples = new double[TRAIN][d];
      RealVector mean = new ArrayRealVector(d);
      for (int n = 0; n < TRAIN; n++) {
        samples[n] = row(patches.get(n), p, d);
        mean = mean.add(new ArrayRealVector(samples[n]).mapDivide(TRAIN));
      }
      RealMatrix sigma =
          new Covariance(samples)
              .getCovarianceMatrix()
              .add(MatrixUtils.createRealIdentityMatrix(d).scalarMultiply(recipe.epsilon()));
      CholeskyDecomposition factor = new CholeskyDecomposition(sigma, 1e-9, 1e-12);
      for (int i = 0; i < TEST; i++) {
        RealVector delta = new ArrayRealVector(row(patches.get(TRAIN + i), p, d)).subtract(mean);
        distances.get(i)[p] = Math.sqrt(delta.dotProduct(factor.getSolver().solve(delta)));
      }
    }
    return scores(recipe, distances, h, w, null);
  }

  private static double[] row(Tensor patches, int position, int d) {
    double[] row = new double[d];
    for (int k = 0; k < d; k++) {
      row[k] = patches.data()[position * d + k];
    }
    return row;
  }

  private static Scores patchCore(Bench bench, PatchCoreRecipe recipe, List<Tensor> patches) {
    int h = patches.getFirst().dim(1);
    int w = patches.getFirst().dim(2);
    int d = patches.getFirst().dim(3);
    int count = TRAIN * h * w;
    Tensor all = Tensor.zeros(count, d);
    for (int n = 0; n < TRAIN; n++) {
      System.arraycopy(patches.get(n).data(), 0, all.data(), n * h * w * d, h * w * d);
    }
    Rows space = Rows.of(all);
    int directions = recipe.projection().directions(count, d);
    if (recipe.projection().kind() != RandomProjection.Kind.NONE) {
      space = Rows.inMemory(count, directions);
      recipe.projection().apply(Rows.of(all), SEED, space, bench.parallel());
    }
    double[][] projected = rows(space);
    int size = (int) Math.floor(recipe.ratio() * count + 1e-6);
    List<Integer> chosen = coreset(projected, limits(recipe, projected), size);
    double[][] rows = rows(Rows.of(all));
    List<double[]> distances = new ArrayList<>();
    double[] scores = new double[TEST];
    for (int i = 0; i < TEST; i++) {
      double[] distance = new double[h * w];
      int worst = 0;
      for (int p = 0; p < distance.length; p++) {
        double[] patch = row(patches.get(TRAIN + i), p, d);
        double least =
            chosen.stream().mapToDouble(c -> squared(patch, rows[c])).min().orElseThrow();
        distance[p] = recipe.squared() ? least : Math.sqrt(least);
        worst = distance[p] > distance[worst] ? p : worst;
      }
      distances.add(distance);
      double[] patch = row(patches.get(TRAIN + i), worst, d);
      scores[i] = distance[worst];
      if (recipe.reweighting() > 0) {
        scores[i] *= weight(patch, rows, chosen, recipe.reweighting());
      }
    }
    return scores(recipe, distances, h, w, scores);
  }

  private static double[][] rows(Rows rows) {
    double[][] all = new double[rows.count()][];
    float[] row = new float[rows.length()];
    for (int r = 0; r < all.length; r++) {
      rows.read(r, 1, row, 0);
      all[r] = Bench.doubles(row);
    }
    return all;
  }

  private static double squared(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return sum;
  }

  /** What stands for each row before any is chosen. */
  private static double[] limits(PatchCoreRecipe recipe, double[][] rows) {
    Random random = new Random(SEED);
    double[] limits = new double[rows.length];
    if (recipe.firstCentre() == PatchCoreRecipe.FirstCentre.RANDOM) {
      Arrays.fill(limits, Double.MAX_VALUE);
      limits[random.nextInt(rows.length)] = Double.POSITIVE_INFINITY;
      return limits;
    }
    int[] starts = random.ints(0, rows.length).distinct().limit(10).toArray();
    for (int r = 0; r < rows.length; r++) {
      double sum = 0;
      for (int s : starts) {
        sum += Math.sqrt(squared(rows[r], rows[s]));
      }
      limits[r] = Math.pow(sum / starts.length, 2);
    }
    return limits;
  }

  private static List<Integer> coreset(double[][] rows, double[] limits, int size) {
    List<Integer> chosen = new ArrayList<>();
    while (chosen.size() < size) {
      int farthest = 0;
      for (int r = 1; r < rows.length; r++) {
        farthest = limits[r] > limits[farthest] ? r : farthest;
      }
      chosen.add(farthest);
      for (int r = 0; r < rows.length; r++) {
        limits[r] = Math.min(limits[r], squared(rows[r], rows[farthest]));
      }
    }
    return chosen;
  }

  /** Equation 7. */
  private static double weight(
      double[] patch, double[][] rows, List<Integer> bank, int neighbours) {
    int m = nearest(patch, rows, bank, 1).getFirst();
    double sum = 0;
    for (int b : nearest(rows[m], rows, bank, neighbours)) {
      sum += Math.exp(Math.sqrt(squared(patch, rows[b])));
    }
    return 1 - Math.exp(Math.sqrt(squared(patch, rows[m]))) / sum;
  }

  private static List<Integer> nearest(
      double[] from, double[][] rows, List<Integer> bank, int count) {
    return bank.stream()
        .sorted(Comparator.comparingDouble(b -> squared(from, rows[b])))
        .limit(count)
        .toList();
  }
}
