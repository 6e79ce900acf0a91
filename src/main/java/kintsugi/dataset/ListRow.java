package kintsugi.dataset;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a row of a list says of an image, under any of its columns' names. A row with {@code
 * source-ref} is one of an Amazon SageMaker manifest, where an attribute {@code X} has its class in
 * {@code X-metadata}.
 *
 * @param file the image's path
 * @param label normal or the class of its defect
 * @param split the subset
 * @param mask the mask's path
 * @param group what stays in one subset
 */
record ListRow(
    Optional<String> file,
    Optional<String> label,
    Optional<String> split,
    Optional<String> mask,
    Optional<String> group) {
  private static final List<String> LABEL =
      List.of(
          "label",
          "labels",
          "class",
          "classname",
          "anomalylabel",
          "anomalyclass",
          "target",
          "defect",
          "defecttype",
          "anomaly",
          "anomalous",
          "isanomalous",
          "isanomaly",
          "status",
          "result");
  private static final List<String> SPLIT = List.of("split", "subset", "set", "partition");
  private static final List<String> MASK =
      List.of("mask", "maskpath", "maskfile", "groundtruth", "gt", "anomalymaskref", "maskref");
  private static final List<String> GROUP = List.of("group", "groupid");
  private static final String METADATA = "metadata";
  private static final String REFERENCE = "ref";

  static ListRow of(ListRows.Row row) {
    boolean manifest = row.values().containsKey("sourceref");
    Optional<String> label = manifest ? className(row) : Optional.empty();
    Optional<String> mask = row.text(MASK);
    return new ListRow(
        row.text(ListRows.FILE),
        label.or(() -> row.text(LABEL)),
        row.text(SPLIT),
        manifest ? mask.or(() -> maskReference(row)) : mask,
        row.text(GROUP));
  }

  /** The class that a classification's metadata names; its number means nothing by itself. */
  private static Optional<String> className(ListRows.Row row) {
    return row.values().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(METADATA))
        .map(Map.Entry::getValue)
        .filter(value -> value instanceof Map<?, ?>)
        .map(value -> ((Map<?, ?>) value).get("class-name"))
        .filter(name -> name instanceof String text && !text.isBlank())
        .map(name -> name.toString().strip())
        .findFirst();
  }

  private static Optional<String> maskReference(ListRows.Row row) {
    return row.values().keySet().stream()
        .filter(name -> name.endsWith(REFERENCE) && !name.equals("sourceref"))
        .filter(name -> row.values().containsKey(name + METADATA))
        .findFirst()
        .flatMap(row::text);
  }
}
