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

/** Files with the same bytes on two sides of a split, which make a test easier than it is. */
public final class Duplicates {
  private Duplicates() {}

  /**
   * Finds them; only files of equal length are read. A file that cannot be is left to whoever reads
   * it as a picture.
   *
   * @param split the sides
   * @return the files of each set of identical ones, on at least two sides
   */
  public static List<List<Path>> across(Split split) {
    Map<Path, Integer> sides = new HashMap<>();
    List<List<Sample>> lists = List.of(split.train(), split.calibrate(), split.test());
    for (int side = 0; side < lists.size(); side++) {
      for (Sample sample : lists.get(side)) {
        sides.put(sample.file(), side);
      }
    }
    return sets(sides.keySet().stream().filter(Files::isRegularFile), Duplicates::size)
        .flatMap(files -> sets(files.stream(), Weights::sha256))
        .filter(files -> files.stream().map(sides::get).distinct().count() > 1)
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
