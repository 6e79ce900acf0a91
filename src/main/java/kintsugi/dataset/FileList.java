package kintsugi.dataset;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kintsugi.InputException;

/**
 * A list of images: CSV with a header, JSON lines, a manifest of Amazon SageMaker Ground Truth or
 * Lookout for Vision, or plain paths, one on each line; its content tells which. Its columns are
 * {@code file}, {@code label}, {@code split}, {@code mask} and {@code group}, in any case and under
 * other common names, of which only the first is required; other columns are ignored. Paths are
 * relative to the list's own folder.
 */
public final class FileList {
  private static final Pattern LIST_NAME =
      Pattern.compile(".*\\.(csv|tsv|txt|json|jsonl|ndjson|manifest|list|lst)", Pattern.DOTALL);

  private static final Map<String, String> SPLITS =
      Map.of(
          "train", "train",
          "training", "train",
          "calibrate", "calibrate",
          "calibration", "calibrate",
          "val", "calibrate",
          "valid", "calibrate",
          "validation", "calibrate",
          "test", "test",
          "testing", "test");

  private FileList() {}

  /**
   * One row.
   *
   * @param place such as {@code line 3}
   * @param sample the image; normal where the row has no label
   * @param labelled whether the row has a label
   * @param split {@code train}, {@code calibrate}, {@code test}, or empty
   */
  private record Entry(String place, Sample sample, boolean labelled, String split) {}

  /**
   * {@return whether a file is a list: by its name, or, unless its name is that of an image, by its
   * content}
   *
   * @param file any file
   */
  public static boolean isList(Path file) {
    Path name = file.getFileName();
    if (name == null || !Files.isRegularFile(file)) {
      return false;
    }
    String lower = name.toString().toLowerCase(Locale.ROOT);
    return LIST_NAME.matcher(lower).matches()
        || !FolderContents.hasImageName(lower) && ListText.looksLikeText(file);
  }

  /**
   * {@return the images of a list, regardless of their labels}
   *
   * @param list the list
   * @throws InputException if it cannot be read, or a line does not name a file
   */
  public static List<Path> files(Path list) {
    return entries(list, false).stream().map(entry -> entry.sample.file()).toList();
  }

  /**
   * Reads the rows of a list that fit a role. Rows whose label contradicts it are left out. Of a
   * list with subsets those of the role's are taken; where the list does not have that subset, all
   * that are not for training.
   *
   * @param list the list
   * @param role the part that the images play
   * @param notices receives how many rows were left out and why
   * @return the samples; rows without a label have the role's truth, and the list's name as class
   * @throws InputException if the list cannot be read, or no row fits
   */
  public static List<Sample> samples(Path list, Role role, Consumer<String> notices) {
    List<Entry> all = entries(list, role == Role.TEST_ANOMALOUS);
    List<Entry> subset = all.stream().filter(entry -> isOf(entry, role, all)).toList();
    boolean labelled = all.stream().anyMatch(Entry::labelled);
    List<Entry> fitting = subset.stream().filter(entry -> fits(entry, role, labelled)).toList();
    if (fitting.isEmpty()) {
      throw new InputException(
          list + ": has no rows for " + role.words() + " (" + counts(all) + "); name another list");
    }
    if (fitting.size() < all.size()) {
      notices.accept(
          list
              + ": took "
              + fitting.size()
              + " of "
              + all.size()
              + " rows for "
              + role.words()
              + "; left out "
              + (all.size() - subset.size())
              + " of another subset and "
              + (subset.size() - fitting.size())
              + " with another label or none, such as "
              + first(all, fitting));
    }
    String name = ImageFolder.label(list);
    return fitting.stream()
        .map(
            entry ->
                entry.labelled
                    ? entry.sample
                    : ImageFolder.sample(entry.sample.file(), role.isAnomalous(), name))
        .toList();
  }

  private static boolean isOf(Entry entry, Role role, List<Entry> all) {
    if (role.split().isEmpty() || all.stream().allMatch(other -> other.split.isEmpty())) {
      return true;
    }
    boolean has = all.stream().anyMatch(other -> other.split.equals(role.split()));
    return has ? entry.split.equals(role.split()) : !entry.split.equals("train");
  }

  /** In a list with labels a row without one may be of either kind. */
  private static boolean fits(Entry entry, Role role, boolean labelled) {
    return entry.labelled ? role.accepts(entry.sample.anomalous()) : role == Role.ANY || !labelled;
  }

  private static String first(List<Entry> all, List<Entry> taken) {
    Entry entry = all.stream().filter(other -> !taken.contains(other)).findFirst().orElseThrow();
    return entry.place + " (" + entry.sample.file().getFileName() + ")";
  }

  private static String counts(List<Entry> all) {
    return all.stream()
        .collect(
            Collectors.groupingBy(
                entry ->
                    (entry.split + " " + (entry.labelled ? entry.sample.label() : "unlabelled"))
                        .strip(),
                LinkedHashMap::new,
                Collectors.counting()))
        .entrySet()
        .stream()
        .limit(6)
        .map(group -> group.getValue() + " " + group.getKey())
        .collect(Collectors.joining(", "));
  }

  /**
   * Reads a list whose lines are labelled.
   *
   * @param list the list
   * @return the samples by their subsets
   * @throws InputException if it cannot be read, a line has no label or an unknown subset, or only
   *     some lines name a subset
   */
  public static DataSet read(Path list) {
    Map<String, List<Sample>> subsets = new HashMap<>();
    for (Entry entry : entries(list, true)) {
      if (!entry.labelled) {
        throw at(
            list,
            entry.place,
            "has no label, or one that does not say whether it is normal, for "
                + entry.sample.file()
                + "; write normal or the class of the defect, or leave out the line");
      }
      if (entry.split.equals("train") && entry.sample.anomalous()) {
        throw at(
            list,
            entry.place,
            entry.sample.file()
                + " is in the training subset but has the label "
                + entry.sample.label()
                + "; put only normal images there");
      }
      subsets.computeIfAbsent(entry.split, none -> new ArrayList<>()).add(entry.sample);
    }
    List<Sample> open = subsets.getOrDefault("", List.of());
    if (!open.isEmpty() && subsets.size() > 1) {
      throw new InputException(
          list
              + ": "
              + open.size()
              + " of the lines have no split, the others do; fill the column in every line or in"
              + " none");
    }
    return new DataSet(
        subsets.getOrDefault("train", List.of()),
        subsets.getOrDefault("calibrate", List.of()),
        subsets.getOrDefault("test", List.of()),
        open);
  }

  private static List<Entry> entries(Path list, boolean withMasks) {
    List<ListRows.Row> rows = ListRows.of(list);
    if (rows.isEmpty()) {
      throw new InputException(
          list + ": is empty; write CSV with a header, JSON lines, or one path on each line");
    }
    List<Entry> entries = new ArrayList<>();
    Map<String, String> spellings = new HashMap<>();
    for (ListRows.Row row : rows) {
      entries.add(entry(list, row, withMasks, spellings));
    }
    refuseContradictions(list, entries);
    return entries;
  }

  private static Entry entry(
      Path list, ListRows.Row row, boolean withMasks, Map<String, String> spellings) {
    ListRow values = values(list, row);
    String named =
        values
            .file()
            .orElseThrow(
                () ->
                    at(
                        list,
                        row.place(),
                        "has no file; name one in the column file (the columns are "
                            + ListRows.columns(List.of(row))
                            + ")"));
    Path file = ListPlace.of(list, row.place(), named);
    if (Files.isDirectory(file)) {
      throw at(list, row.place(), file + " is a folder; name the images in it");
    }
    // Crack and crack are one class of defects, spelled as where it first occurs.
    Optional<String> label =
        values
            .label()
            .filter(text -> !Labels.isUnknown(text))
            .map(Labels::classOf)
            .map(text -> spellings.computeIfAbsent(text.toLowerCase(Locale.ROOT), none -> text));
    boolean anomalous = label.isPresent() && !label.get().equals(Sample.NORMAL);
    Sample sample = ImageFolder.sample(file, anomalous, label.orElse(""));
    if (withMasks && anomalous && values.mask().isPresent()) {
      Path mask = ListPlace.of(list, row.place(), values.mask().get());
      sample =
          values.background().isPresent()
              ? sample.withMask(mask, values.background().get())
              : sample.withMask(mask);
    }
    if (values.group().isPresent()) {
      sample = sample.in(values.group().get());
    }
    return new Entry(row.place(), sample, label.isPresent(), split(list, row, values));
  }

  private static ListRow values(Path list, ListRows.Row row) {
    try {
      return ListRow.of(row);
    } catch (IllegalArgumentException e) {
      throw at(list, row.place(), e.getMessage());
    }
  }

  private static String split(Path list, ListRows.Row row, ListRow values) {
    String written = values.split().orElse("");
    String split = written.isEmpty() ? "" : SPLITS.get(written.toLowerCase(Locale.ROOT));
    if (split == null) {
      throw at(
          list,
          row.place(),
          "has the split "
              + written
              + "; write train, calibrate or test, or leave the column empty in every line");
    }
    return split;
  }

  /** An image cannot be both normal and anomalous, nor in two subsets. */
  private static void refuseContradictions(Path list, List<Entry> entries) {
    Map<Path, Entry> seen = new HashMap<>();
    for (Entry entry : entries) {
      Entry before = seen.putIfAbsent(entry.sample.file().normalize(), entry);
      if (before != null
          && !(before.split.equals(entry.split)
              && before.labelled == entry.labelled
              && before.sample.label().equals(entry.sample.label()))) {
        throw at(
            list,
            entry.place,
            "names "
                + entry.sample.file()
                + " with another label or split than "
                + before.place
                + "; leave one of them");
      }
    }
  }

  private static InputException at(Path list, String place, String problem) {
    return new InputException(list + ": " + place + ": " + problem);
  }
}
