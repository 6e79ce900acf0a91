package kintsugi.dataset;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The values of a list's row, whatever its columns are called. A row with {@code source-ref} is one
 * of an Amazon SageMaker manifest, where an attribute {@code X} has its class in {@code
 * X-metadata}.
 *
 * @param file the image's path
 * @param label normal or the class of its defect
 * @param split the subset
 * @param mask the mask's path
 * @param background the colour of normal pixels in the mask, 0xRRGGBB, where it is one in colours
 * @param group what stays in one subset
 */
record ListRow(
    Optional<String> file,
    Optional<String> label,
    Optional<String> split,
    Optional<String> mask,
    Optional<Integer> background,
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
  private static final String SOURCE = "sourceref";
  private static final String COLOURS = "internal-color-map";
  private static final String CLASS = "class-name";

  /** The background that Amazon documents, for maps of colours that do not have it. */
  private static final int WHITE = 0xffffff;

  static ListRow of(ListRows.Row row) {
    boolean manifest = row.values().containsKey(SOURCE);
    Optional<String> label = manifest ? className(row) : Optional.empty();
    Optional<String> mask = row.text(MASK);
    if (manifest && mask.isEmpty()) {
      mask = maskReference(row);
    }
    return new ListRow(
        row.text(ListRows.FILE),
        label.or(() -> row.text(LABEL)),
        row.text(SPLIT),
        mask,
        manifest ? background(row) : Optional.empty(),
        row.text(GROUP));
  }

  /** The class that a classification's metadata names; its number means nothing by itself. */
  private static Optional<String> className(ListRows.Row row) {
    return row.values().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(METADATA))
        .map(Map.Entry::getValue)
        .filter(value -> value instanceof Map<?, ?>)
        .map(value -> ((Map<?, ?>) value).get(CLASS))
        .filter(name -> name instanceof String text && !text.isBlank())
        .map(name -> name.toString().strip())
        .findFirst();
  }

  private static Optional<String> maskReference(ListRows.Row row) {
    return row.values().keySet().stream()
        .filter(name -> name.endsWith(REFERENCE) && !name.equals(SOURCE))
        .filter(name -> row.values().containsKey(name + METADATA))
        .findFirst()
        .flatMap(row::text);
  }

  /**
   * The background's colour. A manifest without a map of colours has masks as other lists have,
   * whose samples above zero are anomalous.
   */
  private static Optional<Integer> background(ListRows.Row row) {
    return row.values().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(REFERENCE + METADATA))
        .map(Map.Entry::getValue)
        .filter(value -> value instanceof Map<?, ?> map && map.get(COLOURS) instanceof Map<?, ?>)
        .map(value -> (Map<?, ?>) ((Map<?, ?>) value).get(COLOURS))
        .map(ListRow::background)
        .findFirst();
  }

  private static int background(Map<?, ?> colours) {
    return colours.values().stream()
        .filter(value -> value instanceof Map<?, ?>)
        .map(value -> (Map<?, ?>) value)
        .filter(value -> "background".equalsIgnoreCase(value.get(CLASS) + ""))
        .map(value -> value.get("hex-color") + "")
        .filter(hex -> hex.strip().matches("#?[0-9a-fA-F]{6}"))
        .map(hex -> Integer.parseInt(hex.strip().replace("#", ""), 16))
        .findFirst()
        .orElse(WHITE);
  }
}
