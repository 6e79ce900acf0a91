package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import kintsugi.audit.Against.Stage;
import kintsugi.audit.Against.Variant;
import kintsugi.detector.LayerScale;
import kintsugi.detector.Session;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.patchcore.KCenterGreedy;
import kintsugi.patchcore.LocalEmbedding;
import kintsugi.patchcore.MemoryBank;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.patchcore.PatchCoreRecipe.Neighbourhood;
import kintsugi.patchcore.PatchCoreRecipe.Scoring;
import kintsugi.scoremap.ImageScore;
import kintsugi.tensor.Tensor;

/** The stages of PatchCore: neighbourhoods, the coreset's picks, distances to the memory bank. */
final class PatchCoreStages implements MethodStages {
  private static final List<String> TAPS = List.of("layer2", "layer3");
  private static final Neighbourhood NONE = new Neighbourhood(1, OptionalInt.empty());

  private final Session session;
  private final Dump dump;

  PatchCoreStages(Session session, Dump dump) {
    this.session = session;
    this.dump = dump;
  }

  private static List<String> recipes(Predicate<PatchCoreRecipe> choice) {
    return Variants.recipes("patchcore", PatchCoreRecipe.class, choice);
  }

  @Override
  public List<Variant> embedding(Map<String, Tensor> features) {
    if (!features.keySet().containsAll(TAPS) || !isOnGrid(features.get(TAPS.getFirst()))) {
      return List.of();
    }
    List<Variant> variants = new ArrayList<>();
    variants.add(
        embedding("3x3 means, bilinear", PatchCoreRecipe.MATLAB.neighbourhood(), features));
    variants.add(
        embedding(
            "3x3 unfolded, adaptive means to 1024",
            PatchCoreRecipe.AMAZON.neighbourhood(),
            features));
    variants.add(embedding("bilinear without a neighbourhood", NONE, features));
    if (variants.stream().anyMatch(variant -> variant.error() < Variants.CLOSE)) {
      return variants;
    }
    for (int side : new int[] {1, 3, 5}) {
      for (LayerScale scale : LayerScale.values()) {
        String how = side + "x" + side + " means, scale " + scale.name().toLowerCase(Locale.ROOT);
        Neighbourhood means = new Neighbourhood(side, OptionalInt.empty(), scale);
        variants.add(embedding(how, means, features));
      }
    }
    variants.addAll(unpublished(features));
    return variants;
  }

  private boolean isOnGrid(Tensor layer) {
    return dump.get("embedding", 2).dim(0) == layer.dim(1) * layer.dim(2);
  }

  /** Other neighbourhoods and other ways to the finest layer's grid. */
  private List<Variant> unpublished(Map<String, Tensor> features) {
    Map<String, Tensor> means = Layers.mapped(features, layer -> Layers.means(layer, true));
    Map<String, Tensor> inside = Layers.mapped(features, layer -> Layers.means(layer, false));
    Map<String, Tensor> maxima = Layers.mapped(features, Layers::maxima);
    List<Variant> variants = new ArrayList<>();
    variants.add(embedding("3x3 means in which padding does not count", NONE, inside));
    variants.add(embedding("3x3 maxima", NONE, maxima));
    for (Resampling way : Resampling.ENLARGING) {
      if (way != Resampling.BILINEAR) {
        Map<String, Tensor> large = Layers.enlarged(means, TAPS.getFirst(), way);
        variants.add(embedding("3x3 means, " + way.how(), NONE, large));
      }
    }
    Map<String, Tensor> first = Layers.enlarged(features, TAPS.getFirst(), Resampling.BILINEAR);
    Map<String, Tensor> later = Layers.mapped(first, layer -> Layers.means(layer, true));
    variants.add(embedding("bilinear first, 3x3 means after", NONE, later));
    Tensor reversed =
        new LocalEmbedding(TAPS.reversed(), NONE)
            .embed(
                Layers.enlarged(means, TAPS.getFirst(), Resampling.BILINEAR), session.parallel());
    variants.add(
        Variants.of(
            "layers in reverse order, layer3 first",
            List.of(),
            Variants.doubles(reversed),
            Variants.doubles(dump.get("embedding", 2))));
    return variants;
  }

  private Variant embedding(String how, Neighbourhood neighbourhood, Map<String, Tensor> features) {
    Tensor patches = new LocalEmbedding(TAPS, neighbourhood).embed(features, session.parallel());
    return Variants.of(
        how,
        recipes(
            recipe -> !neighbourhood.equals(NONE) && recipe.neighbourhood().equals(neighbourhood)),
        Variants.doubles(patches),
        Variants.doubles(dump.get("embedding", 2)));
  }

  @Override
  public List<Stage> fit() {
    if (!dump.has("train_embedding", "picks")) {
      return List.of();
    }
    int[] picks = dump.integers("picks");
    RowMatrix rows = RowMatrix.of(dump.get("train_embedding", 2));
    NeighborIndex index = session.engine().index(rows);
    double[] start = KCenterGreedy.startAt(picks[0], rows.count());
    int[] ours = new KCenterGreedy(rows, index, start).choose(picks.length, 0).order();
    int same = 0;
    while (same < Math.min(ours.length, picks.length) && ours[same] == picks[same]) {
      same++;
    }
    double missed = 1 - (double) same / picks.length;
    String how =
        "exact greedy k-center from row "
            + picks[0]
            + ": the first "
            + same
            + " of "
            + picks.length
            + " are the same";
    // One pick that differs is too many, whatever its fraction.
    Variant exact = new Variant(how, recipes(recipe -> true), missed, missed == 0);
    return List.of(Variants.stage("picks", "train_embedding", List.of(exact)));
  }

  @Override
  public Optional<Stage> distances() {
    if (!dump.has("embedding", "distances", "bank")) {
      return Optional.empty();
    }
    MemoryBank bank = bank();
    List<Variant> variants = new ArrayList<>();
    for (int k : new int[] {1, 2, 3, 5, 9}) {
      for (boolean squared : new boolean[] {false, true}) {
        variants.add(distances(bank, k, squared));
      }
    }
    return Optional.of(Variants.stage("distances", "embedding, bank", variants));
  }

  private MemoryBank bank() {
    return MemoryBank.of(dump.get("bank", 2), session.engine());
  }

  private Variant distances(MemoryBank bank, int k, boolean squared) {
    Tensor embedding = dump.get("embedding", 2);
    Tensor patches = embedding.reshape(1, 1, embedding.dim(0), embedding.dim(1));
    Scoring scoring = new Scoring(k, squared, OptionalInt.empty(), ImageScore.MAX);
    return Variants.of(
        (k == 1 ? "to the nearest" : "mean to the " + k + " nearest")
            + (squared ? ", squared" : ", not squared"),
        recipes(recipe -> recipe.scoring().k() == k && recipe.scoring().squared() == squared),
        Variants.doubles(bank.distances(patches, scoring)),
        Variants.doubles(dump.get("distances", 2)));
  }

  @Override
  public List<Variant> score() {
    if (!dump.has("distances")) {
      return List.of();
    }
    Tensor distances = dump.get("distances", 2);
    double maximum = ImageScore.MAX.of(distances);
    List<Variant> variants = new ArrayList<>();
    variants.add(score("maximum distance", OptionalInt.empty(), maximum));
    variants.add(unpublished("mean distance", ImageScore.MEAN.of(distances)));
    double highest = ImageScore.parse("top-1%").of(distances);
    variants.add(unpublished("mean of the highest 1 % of the distances", highest));
    if (dump.has("embedding", "bank")) {
      OptionalInt neighbours = PatchCoreRecipe.MATLAB.scoring().reweighting();
      int count = neighbours.getAsInt();
      variants.add(
          score(
              "maximum distance, re-weighted by " + count + " neighbours",
              neighbours,
              maximum * bank().weight(worst(), count)));
      for (int other : new int[] {2, 3, 5, 8, 10}) {
        variants.add(
            unpublished(
                "maximum distance, re-weighted by " + other + " neighbours",
                maximum * bank().weight(worst(), other)));
      }
    }
    return variants;
  }

  private Variant unpublished(String how, double score) {
    double[] wanted = Variants.doubles(dump.get("score", 1));
    return Variants.of(how, List.of(), new double[] {score}, wanted);
  }

  private Variant score(String how, OptionalInt reweighting, double score) {
    return Variants.of(
        how,
        recipes(recipe -> recipe.scoring().reweighting().equals(reweighting)),
        new double[] {score},
        Variants.doubles(dump.get("score", 1)));
  }

  /** The embedding of the patch with the maximum distance. */
  private float[] worst() {
    Tensor distances = dump.get("distances", 2);
    Tensor embedding = dump.get("embedding", 2);
    int d = embedding.dim(1);
    int worst =
        IntStream.range(0, distances.size())
            .reduce((a, b) -> distances.data()[b] > distances.data()[a] ? b : a)
            .orElseThrow();
    return Arrays.copyOfRange(embedding.data(), worst * d, (worst + 1) * d);
  }
}
