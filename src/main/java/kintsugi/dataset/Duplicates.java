package kintsugi.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.weights.Weights;

/** Files with the same bytes in two subsets of a split, which make the test too easy. */
public final class Duplicates {
  private Duplicates() {}

  /**
   * Finds identical files in different subsets; only files of equal length are read. A missing file
   * is not reported here but where it is read as an image.
   *
   * @param split the split
   * @return the sets of identical files, each of which reaches into at least two subsets
   */
  public static List<List<Path>> across(Split split) {
    Map<Path, Integer> subsetOf = new HashMap<>();
    List<List<Sample>> subsets = List.of(split.train(), split.calibrate(), split.test());
    for (int subset = 0; subset < subsets.size(); subset++) {
      for (Sample sample : subsets.get(subset)) {
        subsetOf.put(sample.file(), subset);
      }
    }
    return sets(subsetOf.keySet().stream().filter(Files::isRegularFile), Duplicates::size)
        .flatMap(files -> sets(files.stream(), Weights::sha256))
        .filter(files -> files.stream().map(subsetOf::get).distinct().count() > 1)
        .toList();
  }

  private static Stream<List<Path>> sets(Stream<Path> files, Function<Path, ?> same) {
    return files
        .sorted()
        .collect(Collectors.groupingBy(same, LinkedHashMap::new, Collectors.toList()))
        .values()
        .stream()
        .filter(set -> set.size() > 1);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
