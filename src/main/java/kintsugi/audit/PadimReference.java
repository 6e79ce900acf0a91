package kintsugi.audit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import kintsugi.detector.LayerScale;
import kintsugi.detector.Recipe;
import kintsugi.engine.Parallel;
import kintsugi.padim.ChannelDraw;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.PatchCoreRecipe.Neighbourhood;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.apache.commons.math3.stat.correlation.Covariance;

/**
 * PaDiM in fp64, with the covariances and factors of Commons Math. Nothing comes from the code
 * under audit but the values that each part starts from.
 */
final class PadimReference implements RecipeReference {

  @Override
  public Map<String, Object> small() {
    return Map.of("channels", 30);
  }

  @Override
  public String underAudit(Recipe recipe) {
    return "";
  }

  @Override
  public Expected embeddings(Recipe recipe, long seed, Map<String, Tensor> features) {
    int available = features.values().stream().mapToInt(layer -> layer.dim(3)).sum();
    PadimRecipe padim = (PadimRecipe) recipe;
    int[] channels = channels(padim.draw(), available, new Random(seed));
    PadimRecipe.Layers layers = padim.layers();
    return asTheyAre(padim)
        ? Expected.exactly(EmbeddingReference.drawn(features, recipe.taps(), channels))
        : EmbeddingReference.drawn(
            features,
            recipe.taps(),
            channels,
            new Neighbourhood(layers.neighbourhood(), OptionalInt.empty(), layers.scale()));
  }

  private static boolean asTheyAre(PadimRecipe recipe) {
    return recipe.layers().neighbourhood() == 1 && recipe.layers().scale() == LayerScale.NONE;
  }

  /** The positions of the square around one that is shifted inwards at the edge. */
  private static IntStream window(int position, int h, int w, int side) {
    int top = Math.max(0, Math.min(position / w - side / 2, h - side));
    int left = Math.max(0, Math.min(position % w - side / 2, w - side));
    return IntStream.range(top, Math.min(top + side, h))
        .flatMap(
            y -> IntStream.range(left, Math.min(left + side, w)).map(column -> y * w + column));
  }

  /** The seed's first draws, or the first different ones in ascending order. */
  private static int[] channels(ChannelDraw draw, int available, Random random) {
    int count = draw.count().orElseThrow();
    Collection<Integer> drawn = draw.replacement() ? new ArrayList<>() : new TreeSet<>();
    while (drawn.size() < count) {
      drawn.add(random.nextInt(0, available));
    }
    return drawn.stream().mapToInt(channel -> channel).toArray();
  }

  @Override
  public String embeddingBound(Recipe recipe) {
    return asTheyAre((PadimRecipe) recipe) ? "equal bits" : EmbeddingReference.LOCAL_BOUND;
  }

  @Override
  public Scores scores(
      Recipe choices, long seed, List<Tensor> train, List<Tensor> test, Parallel parallel) {
    PadimRecipe recipe = (PadimRecipe) choices;
    int h = test.getFirst().dim(1);
    int w = test.getFirst().dim(2);
    List<double[]> distances = new ArrayList<>();
    test.forEach(image -> distances.add(new double[h * w]));
    for (int p = 0; p < h * w; p++) {
      int position = p;
      double[][] samples =
          train.stream()
              .flatMap(
                  image ->
                      window(position, h, w, recipe.covariance().window())
                          .mapToObj(neighbour -> RecipeReference.patch(image, neighbour)))
              .toArray(double[][]::new);
      RealVector mean = new ArrayRealVector(samples[0].length);
      for (double[] sample : samples) {
        mean = mean.add(new ArrayRealVector(sample).mapDivide(samples.length));
      }
      RealMatrix identity = MatrixUtils.createRealIdentityMatrix(samples[0].length);
      RealMatrix sigma =
          new Covariance(samples)
              .getCovarianceMatrix()
              .add(identity.scalarMultiply(recipe.covariance().epsilon()));
      CholeskyDecomposition factor = new CholeskyDecomposition(sigma, 1e-9, 1e-12);
      for (int n = 0; n < distances.size(); n++) {
        RealVector delta =
            new ArrayRealVector(RecipeReference.patch(test.get(n), p)).subtract(mean);
        distances.get(n)[p] = Math.sqrt(delta.dotProduct(factor.getSolver().solve(delta)));
      }
    }
    return RecipeReference.mapped(
        recipe.map(), distances, h, w, map -> RecipeReference.score(recipe.score(), map));
  }
}
