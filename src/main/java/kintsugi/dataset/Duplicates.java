package kintsugi.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.weights.Weights;

/**
 * The images that are there twice, as one file or as files with the same bytes: normal and
 * anomalous at once, in two classes or two subsets of a split, or repeated.
 */
public final class Duplicates {
  private static final int START = 1 << 16;

  private Duplicates() {}

  /** A sample in its subset. */
  private record Member(String subset, Sample sample) {
    Path file() {
      return sample.file();
    }
  }

  /**
   * Finds identical files in different subsets; only files of equal length are read. A missing file
   * is not reported here but where it is read as an image.
   *
   * @param split the split
   * @return the sets of identical files, each of which reaches into at least two subsets
   */
  public static List<List<Path>> across(Split split) {
    return sets(members(subsets(split))).stream()
        .filter(set -> differ(set, Member::subset))
        .map(set -> set.stream().map(Member::file).distinct().sorted().toList())
        .toList();
  }

  private static Map<String, List<Sample>> subsets(Split split) {
    Map<String, List<Sample>> subsets = new LinkedHashMap<>();
    subsets.put("train", split.train());
    subsets.put("calibrate", split.calibrate());
    subsets.put("test", split.test());
    return subsets;
  }

  /**
   * {@return what a person should know of images that are there twice, a line per kind}
   *
   * @param split the split
   * @throws InputException if a file is both normal and anomalous
   */
  public static List<String> notices(Split split) {
    return notices(subsets(split));
  }

  /**
   * {@return what a person should know of images that are there twice, a line per kind}
   *
   * @param samples the samples of one subset
   * @throws InputException if a file is both normal and anomalous
   */
  public static List<String> notices(List<Sample> samples) {
    return notices(Map.of("", samples));
  }

  /**
   * {@return whether files are named more than once, in one line; empty where none is}
   *
   * @param files the files
   */
  public static List<String> repeated(List<Path> files) {
    Map<Path, Long> counts =
        files.stream()
            .collect(
                Collectors.groupingBy(
                    ImageFolder::real, LinkedHashMap::new, Collectors.counting()));
    List<Path> twice =
        files.stream().filter(file -> counts.get(ImageFolder.real(file)) > 1).distinct().toList();
    return twice.isEmpty()
        ? List.of()
        : List.of("named more than once: " + FolderContents.named(twice));
  }

  private static List<String> notices(Map<String, List<Sample>> subsets) {
    List<List<Member>> sets = sets(members(subsets));
    sets.forEach(Duplicates::refuseBothTruths);
    List<String> lines = new ArrayList<>();
    Predicate<List<Member>> truths = set -> differ(set, member -> member.sample.anomalous());
    Predicate<List<Member>> spread = set -> differ(set, Member::subset);
    Predicate<List<Member>> classes = set -> differ(set, member -> member.sample.label());
    report(lines, sets, truths, "both as normal and as anomalous", "one of the two is wrong");
    report(
        lines,
        sets,
        spread,
        "in two subsets of the split",
        "figures will look better than they are");
    report(lines, sets, classes.and(truths.negate()), "in two classes of defects");
    report(lines, sets, truths.or(spread).or(classes).negate(), "in one class and subset");
    return lines;
  }

  private static void refuseBothTruths(List<Member> set) {
    Map<Path, Member> seen = new HashMap<>();
    for (Member member : set) {
      Member before = seen.putIfAbsent(ImageFolder.real(member.file()), member);
      if (before != null && before.sample.anomalous() != member.sample.anomalous()) {
        throw new InputException(
            member.file() + ": is named both as normal and as anomalous; leave it on one side");
      }
    }
  }

  private static void report(
      List<String> lines,
      List<List<Member>> sets,
      Predicate<List<Member>> kind,
      String where,
      String... consequence) {
    List<List<Member>> found = sets.stream().filter(kind).toList();
    if (found.isEmpty()) {
      return;
    }
    Path first = found.getFirst().get(0).file();
    Path second = found.getFirst().get(1).file();
    lines.add(
        found.size()
            + (found.size() == 1
                ? " image has identical copies "
                : " images have identical copies ")
            + where
            + ", such as "
            + first
            + (first.equals(second) ? ", named twice" : " and " + second)
            + Stream.of(consequence).map(text -> "; " + text).collect(Collectors.joining()));
  }

  private static boolean differ(List<Member> set, Function<Member, ?> property) {
    return set.stream().map(property).distinct().count() > 1;
  }

  private static List<Member> members(Map<String, List<Sample>> subsets) {
    List<Member> members = new ArrayList<>();
    subsets.forEach((name, samples) -> samples.forEach(s -> members.add(new Member(name, s))));
    return members.stream().filter(member -> Files.isRegularFile(member.file())).toList();
  }

  /** The sets of two or more members whose files are the same or hold the same bytes. */
  private static List<List<Member>> sets(List<Member> members) {
    Map<Path, Path> real = new HashMap<>();
    members.forEach(member -> real.computeIfAbsent(member.file(), ImageFolder::real));
    Map<Path, Object> contents = contents(real.values().stream().distinct().toList());
    return several(
            members.stream().sorted((a, b) -> a.file().compareTo(b.file())).toList(),
            member -> contents.get(real.get(member.file())))
        .toList();
  }

  /** A value per file that is equal where the bytes are; only what may be equal is read. */
  private static Map<Path, Object> contents(Collection<Path> files) {
    Map<Path, Object> contents = new HashMap<>();
    files.forEach(file -> contents.put(file, file));
    several(files.stream(), Duplicates::size)
        .flatMap(same -> several(same.stream(), Duplicates::start))
        .flatMap(same -> several(same.stream(), Weights::sha256))
        .forEach(same -> same.forEach(file -> contents.put(file, same.getFirst())));
    return contents;
  }

  private static <T> Stream<List<T>> several(List<T> items, Function<T, ?> same) {
    return several(items.stream(), same);
  }

  private static <T> Stream<List<T>> several(Stream<T> items, Function<T, ?> same) {
    return items
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

  private static int start(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.hashCode(in.readNBytes(START));
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
