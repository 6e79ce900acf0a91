package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import kintsugi.detector.Recipe;
import kintsugi.engine.Parallel;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * The independent computation of one method in fp64, in two parts: the patch embeddings from the
 * features, and everything from the patch embeddings to the scores. A method without one is audited
 * for bits only.
 */
interface RecipeReference {
  /** The references that are there, by the method's name. */
  Map<String, RecipeReference> ALL =
      Map.of("padim", new PadimReference(), "patchcore", new PatchCoreReference());

  /** The reference of a method. */
  static Optional<RecipeReference> of(Recipe recipe) {
    return Optional.ofNullable(ALL.get(recipe.method()));
  }

  /** The choices, in addition to the images' size, that make a recipe small enough for fp64. */
  Map<String, Object> small();

  /** The part of the maps and scores that is computed by the code under audit, for the report. */
  String underAudit(Recipe recipe);

  /**
   * The patch embeddings of a batch by their definition.
   *
   * @param recipe the choices
   * @param seed of the fit
   * @param features {@code [N, h, w, c]} of each feature layer
   */
  Expected embeddings(Recipe recipe, long seed, Map<String, Tensor> features);

  /** The reason for the bounds of {@link #embeddings}. */
  String embeddingBound(Recipe recipe);

  /**
   * The scores of some images by a fit to others.
   *
   * @param recipe the choices
   * @param seed of the fit
   * @param train the patch embeddings of the images to fit, {@code [1, h, w, D]} each
   * @param test those of the images to score
   * @param parallel the threads of the part by the code under audit
   */
  Scores scores(Recipe recipe, long seed, List<Tensor> train, List<Tensor> test, Parallel parallel);

  /**
   * The maps of some images one after the other, and their image scores.
   *
   * @param maps {@code [N, 64, 64]}
   * @param images {@code [N]}
   */
  record Scores(double[] maps, double[] images) {}

  /** Rows and columns of the network's input, which are those of the maps. */
  int SIDE = 64;

  /**
   * Score maps from the distances of a patch grid, and image scores from either.
   *
   * @param how the recipe's choices of the map
   * @param distances per image {@code [h, w]}
   * @param h rows of the grid
   * @param w columns of the grid
   * @param score the image score of a map
   */
  static Scores mapped(
      ScoreMaps how, List<double[]> distances, int h, int w, ToDoubleFunction<double[]> score) {
    double[] maps = new double[0];
    double[] images = new double[distances.size()];
    for (int n = 0; n < images.length; n++) {
      double[] large =
          Reference.upsample(distances.get(n), h, w, SIDE, SIDE, how.upsampling()).value();
      double[] map = Reference.blur(large, SIDE, SIDE, how.sigma(), how.border()).value();
      maps = Bench.join(maps, map);
      images[n] = score.applyAsDouble(map);
    }
    return new Scores(maps, images);
  }

  /** The embedding of one patch of one image. */
  static double[] patch(Tensor patches, int position) {
    int d = patches.dim(3);
    return Bench.doubles(Arrays.copyOfRange(patches.data(), position * d, (position + 1) * d));
  }

  /** The embeddings of all patches of some images. */
  static double[][] rows(List<Tensor> patches) {
    List<double[]> rows = new ArrayList<>();
    for (Tensor image : patches) {
      for (int p = 0; p < image.dim(1) * image.dim(2); p++) {
        rows.add(patch(image, p));
      }
    }
    return rows.toArray(double[][]::new);
  }

  /** The mean of the highest values. */
  static double score(ImageScore score, double[] map) {
    double[] sorted = map.clone();
    Arrays.sort(sorted);
    double count = score.top() < 1 ? Math.rint(score.top() * sorted.length) : score.top();
    int highest = Math.clamp((long) count, 1, sorted.length);
    return DoubleStream.of(sorted).skip(sorted.length - highest).average().orElseThrow();
  }
}
