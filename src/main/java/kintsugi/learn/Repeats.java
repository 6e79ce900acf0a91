package kintsugi.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The images of different content, in the groups that a cross-validation keeps in one fold: those
 * that are nearly the same, unless they are too many to be repeats.
 *
 * <p>A steady camera over like parts makes images that differ by noise alone. There nearness says
 * nothing about a repeat, and a group larger than a fold would leave other folds empty: its images
 * stand alone.
 *
 * @param groups of images, in the order of their content
 * @param alike the count of images in groups that were too large
 */
record Repeats(List<List<Surveyed>> groups, int alike) {
  /** Images up to which each is compared with each, which takes long for more. */
  private static final int COMPARED = 1000;

  /** The images without exact copies of one before. */
  static List<Surveyed> distinct(List<Surveyed> images) {
    return IntStream.range(0, images.size())
        .filter(i -> i == 0 || images.get(i).digest() != images.get(i - 1).digest())
        .mapToObj(images::get)
        .toList();
  }

  /**
   * Finds the groups.
   *
   * @param images of different content, in the order of their content
   */
  static Repeats of(List<Surveyed> images) {
    int fold = Math.ceilDiv(images.size(), Judge.FOLDS);
    List<List<Surveyed>> groups = new ArrayList<>();
    int alike = 0;
    for (List<Surveyed> group : near(images)) {
      if (group.size() <= fold) {
        groups.add(group);
      } else {
        group.forEach(image -> groups.add(List.of(image)));
        alike += group.size();
      }
    }
    return new Repeats(groups, alike);
  }

  /** All images, each with those that it is linked to by images nearly the same. */
  private static List<List<Surveyed>> near(List<Surveyed> images) {
    int[] group = IntStream.range(0, images.size()).toArray();
    for (int i = 0; i < group.length && group.length <= COMPARED; i++) {
      for (int j = 0; j < i; j++) {
        if (group[i] != group[j] && images.get(i).isNearly(images.get(j))) {
          int from = Math.max(group[i], group[j]);
          int to = Math.min(group[i], group[j]);
          Arrays.setAll(group, k -> group[k] == from ? to : group[k]);
        }
      }
    }
    return IntStream.range(0, group.length)
        .boxed()
        .collect(
            Collectors.groupingBy(
                i -> group[i], TreeMap::new, Collectors.mapping(images::get, Collectors.toList())))
        .values()
        .stream()
        .toList();
  }
}
