package kintsugi.learn;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kintsugi.detector.Choices;
import kintsugi.detector.FeatureCache;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.image.Mask;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;

/** What families of one preprocessing share: the features of all their layers, and the masks. */
final class FeatureGroup {
  private final FeatureCache cache;
  private final Recipe recipe;
  private final Map<Item, BitSet> masks = new HashMap<>();

  /**
   * A group that has read nothing yet.
   *
   * @param families of one preprocessing
   * @param bytes of the features that are kept in memory
   */
  FeatureGroup(Session session, List<Family> families, long bytes) {
    Recipe first = families.getFirst().fitted();
    List<String> taps =
        families.stream()
            .flatMap(family -> family.fitted().taps().stream())
            .distinct()
            .sorted()
            .toList();
    this.recipe = Choices.with(first, Map.of("taps", String.join(",", taps)));
    this.cache = new FeatureCache(session, recipe, bytes);
  }

  FeatureCache cache() {
    return cache;
  }

  /** The regions of an item's mask on a score map, 0 where it is normal. */
  int[] labels(Item item, Tensor map) {
    int height = map.dim(0);
    int width = map.dim(1);
    BitSet mask = masks.computeIfAbsent(item, masked -> projected(masked, width, height));
    Tensor anomalous = Tensor.zeros(height, width);
    mask.stream().forEach(i -> anomalous.data()[i] = 1);
    return Regions.label(anomalous, 1);
  }

  private BitSet projected(Item item, int width, int height) {
    BitSet bits = new BitSet();
    if (item.mask().isPresent()) {
      Mask mask = item.mask().get().get();
      Tensor projected = recipe.preprocessing().project(mask, width, height);
      for (int i = 0; i < projected.size(); i++) {
        bits.set(i, projected.data()[i] > 0);
      }
    }
    return bits;
  }
}
