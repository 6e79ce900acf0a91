package kintsugi.learn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import kintsugi.dataset.Sample;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;
import kintsugi.image.Mask;

/**
 * The images that candidates are judged by, in folds: good and bad ones, and where there are few
 * bad ones synthetic defects too.
 */
final class Items {
  /** Bad images from which on they alone judge. */
  static final int ENOUGH_BAD = 10;

  private static final int MOST_SYNTHETIC = 120;
  private static final int FEWEST_SYNTHETIC = 45;

  private Items() {}

  /**
   * All items. An image's fold depends on its content and the seed alone, but that the folds are of
   * equal size; images that are nearly the same are in one fold, unless these are too many.
   *
   * @param good of different content, in its order
   * @param bad of different content, in its order
   * @param decoding the limit of pixels
   * @param seed fixes folds and drawings
   */
  static List<Item> of(List<Surveyed> good, List<Surveyed> bad, Decoding decoding, long seed) {
    List<Item> items = goods(good, seed);
    List<Item> goods = List.copyOf(items);
    items.addAll(bads(bad, decoding, seed));
    if (bad.size() < ENOUGH_BAD) {
      int count = Math.clamp(goods.size(), FEWEST_SYNTHETIC, MOST_SYNTHETIC);
      for (int fold = 0; fold < Judge.FOLDS; fold++) {
        items.addAll(synthetic(goods, fold, count / Judge.FOLDS, decoding, seed));
      }
    }
    return items;
  }

  /**
   * Some of the images, drawn by the seed, in their order; all where there are no more.
   *
   * @param images of different content, in its order
   * @param most how many at most
   */
  static List<Surveyed> sample(List<Surveyed> images, int most, long seed) {
    if (images.size() <= most) {
      return images;
    }
    Set<Surveyed> drawn =
        images.stream()
            .sorted(Comparator.comparingLong(image -> mixed(image.digest(), seed)))
            .limit(most)
            .collect(
                Collectors.toCollection(() -> Collections.newSetFromMap(new IdentityHashMap<>())));
    return images.stream().filter(drawn::contains).toList();
  }

  private static List<Item> goods(List<Surveyed> good, long seed) {
    List<List<Surveyed>> groups = new ArrayList<>(Repeats.of(good).groups());
    // The largest first: single images then even the folds out.
    groups.sort(
        Comparator.comparingInt((List<Surveyed> group) -> -group.size())
            .thenComparingLong(group -> mixed(group.getFirst().digest(), seed)));
    return inFolds(
        groups,
        (image, fold) ->
            new Item(image.source(), Item.Truth.GOOD, fold, Sample.NORMAL, Optional.empty()));
  }

  private static List<Item> bads(List<Surveyed> bad, Decoding decoding, long seed) {
    List<List<Surveyed>> groups = new ArrayList<>(Repeats.of(bad).groups());
    groups.sort(
        Comparator.comparing((List<Surveyed> group) -> group.getFirst().sample().label())
            .thenComparingLong(group -> mixed(group.getFirst().digest(), seed)));
    return inFolds(groups, (image, fold) -> bad(image, fold, decoding));
  }

  /** Puts each group whole into the smallest fold so far. */
  private static List<Item> inFolds(
      List<List<Surveyed>> groups, BiFunction<Surveyed, Integer, Item> item) {
    int[] sizes = new int[Judge.FOLDS];
    List<Item> items = new ArrayList<>();
    for (List<Surveyed> group : groups) {
      int fold = 0;
      for (int f = 1; f < sizes.length; f++) {
        fold = sizes[f] < sizes[fold] ? f : fold;
      }
      sizes[fold] += group.size();
      for (Surveyed image : group) {
        items.add(item.apply(image, fold));
      }
    }
    return items;
  }

  private static long mixed(long digest, long seed) {
    return new SplittableRandom(digest ^ seed).nextLong();
  }

  private static Item bad(Surveyed image, int fold, Decoding decoding) {
    Sample sample = image.sample();
    Optional<Supplier<Mask>> mask =
        Optional.ofNullable(sample.mask()).map(file -> () -> sample.readMask(decoding.maxPixels()));
    return new Item(image.source(), Item.Truth.BAD, fold, sample.label(), mask);
  }

  /** Defects in one fold's images, with textures of the same fold, so that no fold sees another. */
  private static List<Item> synthetic(
      List<Item> goods, int fold, int count, Decoding decoding, long seed) {
    List<Item> own = goods.stream().filter(good -> good.fold() == fold).toList();
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < count && !own.isEmpty(); i++) {
      SyntheticDefect.Plan plan = SyntheticDefect.Plan.of(i * Judge.FOLDS + fold);
      ImageSource normal = own.get(i % own.size()).source();
      ImageSource other = own.get((i + 1 + i / own.size()) % own.size()).source();
      long drawSeed = new SplittableRandom(seed + fold * 1_000_003L + i).nextLong();
      items.add(
          new Item(
              ImageSource.computed(
                  "synthetic " + plan.name() + " in " + normal.name(),
                  reading -> draw(normal, other, plan, reading, drawSeed).image()),
              Item.Truth.SYNTHETIC,
              fold,
              plan.name(),
              Optional.of(() -> draw(normal, other, plan, decoding, drawSeed).mask())));
    }
    return items;
  }

  private static SyntheticDefect draw(
      ImageSource normal,
      ImageSource other,
      SyntheticDefect.Plan plan,
      Decoding decoding,
      long seed) {
    return SyntheticDefect.draw(normal.read(decoding), other.read(decoding), plan, seed);
  }
}
