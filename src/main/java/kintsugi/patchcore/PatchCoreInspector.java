package kintsugi.patchcore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.detector.Inspector;
import kintsugi.detector.LayerScale;
import kintsugi.detector.Session;
import kintsugi.detector.Stage;
import kintsugi.detector.TileRange;
import kintsugi.engine.NeighborIndex;
import kintsugi.tensor.Tensor;

/** The steps of {@link PatchCoreDetector#score}, and the parts of one patch's distance. */
final class PatchCoreInspector implements Inspector {
  private final Session session;
  private final PatchCoreRecipe recipe;
  private final LocalEmbedding embedding;
  private final MemoryBank bank;
  private final Origins origins;
  private final int columns;

  /**
   * An inspector.
   *
   * @param origins of the bank's rows
   * @param columns of the patch grid
   */
  PatchCoreInspector(
      Session session,
      PatchCoreRecipe recipe,
      LocalEmbedding embedding,
      MemoryBank bank,
      Origins origins,
      int columns) {
    this.session = session;
    this.recipe = recipe;
    this.embedding = embedding;
    this.bank = bank;
    this.origins = origins;
    this.columns = columns;
  }

  @Override
  public Tensor embed(Map<String, Tensor> features) {
    return embedding.embed(features, session.parallel());
  }

  @Override
  public Tensor distances(Tensor patches, TileRange tiles) {
    return bank.distances(patches, recipe.scoring());
  }

  @Override
  public Step embedding() {
    String scale =
        switch (recipe.neighbourhood().scale()) {
          case NONE -> "";
          case IMAGE -> " divided by the layer's mean length in the image";
          case PATCH -> " divided by its length";
        };
    return new Step(
        recipe.neighbourhood().dimension().isEmpty()
            ? "the mean of each patch's neighbourhood"
                + scale
                + ", layers side by side, one vector per patch"
            : "adaptive means of each patch's neighbourhood"
                + scale
                + ", and again of the layers side by side",
        "patchcore.LocalEmbedding#embed",
        unit());
  }

  private String unit() {
    return recipe.neighbourhood().scale() == LayerScale.NONE
        ? Step.ACTIVATION
        : "length of the layer";
  }

  /** The unit of a patch's anomaly score. */
  private String scoreUnit() {
    return recipe.scoring().squared() ? unit() + "²" : unit();
  }

  @Override
  public Step distance() {
    String each = recipe.scoring().squared() ? "‖p − m‖²" : "‖p − m‖";
    int k = recipe.scoring().k();
    String formula =
        k == 1
            ? "min " + each + " over the memory bank"
            : "mean of " + each + " over the " + k + " nearest bank patches";
    return new Step(formula, "patchcore.MemoryBank#distances", scoreUnit());
  }

  @Override
  public Step imageScore() {
    String score = recipe.scoring().image() + " of the patches' distances";
    return new Step(
        recipe.scoring().reweighting().isPresent() ? "w · " + score : score,
        "patchcore.MemoryBank#imageScores",
        scoreUnit());
  }

  @Override
  public Inspection inspect(float[] patch, int position) {
    int d = patch.length;
    Tensor patches = bank.patches();
    int wanted = recipe.scoring().reweighting().orElse(1);
    int count = Math.min(wanted, patches.dim(0));
    NeighborIndex.Nearest nearest = bank.index().nearest(Tensor.of(patch, 1, d), count);
    int first = nearest.index()[0];
    float[] row = Arrays.copyOfRange(patches.data(), first * d, (first + 1) * d);
    float[] distances = new float[count];
    for (int i = 0; i < count; i++) {
      distances[i] = (float) Math.sqrt(nearest.squaredDistance()[i]);
    }
    String source = Stage.source(bank.index(), "nearest");
    List<Stage> stages = new ArrayList<>();
    stages.add(
        Stage.of(
            "patch p",
            "its embedding",
            embedding().source(),
            Stage.Kind.VECTOR,
            unit(),
            Tensor.of(patch, d)));
    stages.add(
        Stage.recomputed(
            "nearest bank patch m",
            "row "
                + first
                + " of "
                + patches.dim(0)
                + " of the bank: "
                + origins.at(first, columns),
            source,
            Stage.Kind.VECTOR,
            unit(),
            Tensor.of(row, d)));
    stages.add(
        Stage.recomputed(
            "distances to the " + count + " nearest",
            "‖p − m‖",
            source,
            Stage.Kind.VECTOR,
            unit(),
            Tensor.of(distances, count)));
    if (recipe.scoring().reweighting().isPresent()) {
      double weight = bank.weight(patch, wanted);
      stages.add(
          Stage.recomputed(
              "weight",
              "1 − exp‖p − m‖ / Σ exp‖p − b‖, b the " + count + " bank patches nearest to m",
              "patchcore.MemoryBank#weight",
              Stage.Kind.NUMBER,
              "1",
              Tensor.of(new float[] {(float) weight}, 1)));
    }
    return new Inspection(stages, Map.of("bank", patches));
  }

  @Override
  public List<Neighbour> nearest(float[] patch, int count) {
    int some = Math.min(count, bank.index().rows());
    NeighborIndex.Nearest nearest = bank.index().nearest(Tensor.of(patch, 1, patch.length), some);
    return IntStream.range(0, some)
        .filter(i -> nearest.index()[i] >= 0)
        .mapToObj(
            i ->
                new Neighbour(
                    nearest.index()[i],
                    Math.sqrt(nearest.squaredDistance()[i]),
                    origins.at(nearest.index()[i], columns)))
        .toList();
  }

  /** The squared distance to the nearest bank patch is the sum of the elements' own. */
  @Override
  public Contributions contributions(float[] patch, int position) {
    int d = patch.length;
    int nearest = bank.index().nearest(Tensor.of(patch, 1, d), 1).index()[0];
    double[] contributions = new double[d];
    for (int k = 0; k < d; k++) {
      double difference = (double) patch[k] - bank.patches().data()[nearest * d + k];
      contributions[k] = difference * difference;
    }
    Map<String, Integer> layers =
        recipe.neighbourhood().dimension().isPresent()
            ? Map.of("embedding", d)
            : session.channels(recipe.taps());
    return new Contributions(contributions, IntStream.range(0, d).toArray(), layers);
  }
}
