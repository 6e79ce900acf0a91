package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.detector.Recipe;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.patchcore.RandomProjection;
import kintsugi.tensor.Tensor;

/**
 * PatchCore in fp64: the greedy search as it is written, all distances, and equation 7. Only a
 * recipe's random projection comes from the code under audit, since no other draws would choose the
 * same rows; the section {@code bank} audits it by itself.
 */
final class PatchCoreReference implements RecipeReference {
  /** Rows from which a search that starts at the farthest row measures. */
  private static final int STARTS = 10;

  @Override
  public Map<String, Object> small() {
    return Map.of();
  }

  @Override
  public String underAudit(Recipe recipe) {
    return isProjected((PatchCoreRecipe) recipe)
        ? "; random projection by the code under audit"
        : "";
  }

  private static boolean isProjected(PatchCoreRecipe recipe) {
    return recipe.coreset().projection().kind() != RandomProjection.Kind.NONE;
  }

  @Override
  public Expected embeddings(Recipe recipe, long seed, Map<String, Tensor> features) {
    return EmbeddingReference.local(
        features, recipe.taps(), ((PatchCoreRecipe) recipe).neighbourhood());
  }

  @Override
  public String embeddingBound(Recipe recipe) {
    return EmbeddingReference.LOCAL_BOUND;
  }

  @Override
  public Scores scores(
      Recipe choices, long seed, List<Tensor> train, List<Tensor> test, Parallel parallel) {
    PatchCoreRecipe recipe = (PatchCoreRecipe) choices;
    double[][] rows = RecipeReference.rows(train);
    double[][] space = isProjected(recipe) ? projected(recipe, seed, rows, parallel) : rows;
    int size = (int) Math.floor(recipe.coreset().ratio() * rows.length + 1e-6);
    double[] start = start(recipe.coreset().firstCentre(), seed, space);
    List<double[]> bank = coreset(space, start, size).stream().map(row -> rows[row]).toList();
    List<double[]> distances = new ArrayList<>();
    List<Double> images = new ArrayList<>();
    for (Tensor image : test) {
      double[][] patches = RecipeReference.rows(List.of(image));
      double[] distance = new double[patches.length];
      int worst = 0;
      for (int p = 0; p < patches.length; p++) {
        double[] patch = patches[p];
        double minimum = bank.stream().mapToDouble(b -> squared(patch, b)).min().orElseThrow();
        distance[p] = recipe.scoring().squared() ? minimum : Math.sqrt(minimum);
        worst = distance[p] > distance[worst] ? p : worst;
      }
      distances.add(distance);
      double score = RecipeReference.score(recipe.scoring().image(), distance);
      images.add(
          recipe.scoring().reweighting().isPresent()
              ? score * weight(patches[worst], bank, recipe.scoring().reweighting().getAsInt())
              : score);
    }
    Iterator<Double> scores = images.iterator();
    int h = test.getFirst().dim(1);
    int w = test.getFirst().dim(2);
    return RecipeReference.mapped(recipe.map(), distances, h, w, map -> scores.next());
  }

  /** The rows along the code's own random directions. */
  private static double[][] projected(
      PatchCoreRecipe recipe, long seed, double[][] rows, Parallel parallel) {
    RandomProjection projection = recipe.coreset().projection();
    int d = rows[0].length;
    Tensor all = Tensor.zeros(rows.length, d);
    for (int i = 0; i < all.size(); i++) {
      all.data()[i] = (float) rows[i / d][i % d];
    }
    int directions = projection.directions(rows.length, d);
    Tensor space = Tensor.zeros(rows.length, directions);
    projection.apply(RowMatrix.of(all), seed, RowMatrix.of(space), parallel);
    return RecipeReference.rows(List.of(space.reshape(1, 1, rows.length, directions)));
  }

  private static double squared(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return sum;
  }

  /** Each row's squared distance to the centres before any row is chosen. */
  private static double[] start(PatchCoreRecipe.FirstCentre first, long seed, double[][] rows) {
    Random random = new Random(seed);
    double[] start = new double[rows.length];
    if (first == PatchCoreRecipe.FirstCentre.RANDOM) {
      Arrays.fill(start, Double.MAX_VALUE);
      start[random.nextInt(rows.length)] = Double.POSITIVE_INFINITY;
      return start;
    }
    int[] drawn = random.ints(0, rows.length).distinct().limit(STARTS).toArray();
    for (int r = 0; r < rows.length; r++) {
      double sum = 0;
      for (int s : drawn) {
        sum += Math.sqrt(squared(rows[r], rows[s]));
      }
      start[r] = Math.pow(sum / drawn.length, 2);
    }
    return start;
  }

  /** Algorithm 1. */
  private static List<Integer> coreset(double[][] rows, double[] minimum, int size) {
    List<Integer> chosen = new ArrayList<>();
    while (chosen.size() < size) {
      int farthest = 0;
      for (int r = 1; r < rows.length; r++) {
        farthest = minimum[r] > minimum[farthest] ? r : farthest;
      }
      chosen.add(farthest);
      for (int r = 0; r < rows.length; r++) {
        minimum[r] = Math.min(minimum[r], squared(rows[r], rows[farthest]));
      }
    }
    return chosen;
  }

  /** Equation 7. */
  private static double weight(double[] patch, List<double[]> bank, int neighbours) {
    double[] m = nearest(patch, bank, 1).getFirst();
    double sum = 0;
    for (double[] b : nearest(m, bank, neighbours)) {
      sum += Math.exp(Math.sqrt(squared(patch, b)));
    }
    return 1 - Math.exp(Math.sqrt(squared(patch, m))) / sum;
  }

  private static List<double[]> nearest(double[] from, List<double[]> bank, int count) {
    return bank.stream()
        .sorted(Comparator.comparingDouble(b -> squared(from, b)))
        .limit(count)
        .toList();
  }
}
