package kintsugi.patchcore;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import kintsugi.detector.FeatureBatch;
import kintsugi.detector.Features;
import kintsugi.detector.Origin;
import kintsugi.detector.Provenance;
import kintsugi.detector.Recipe;
import kintsugi.detector.TrainingImages;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * The origins of patches: the image and the place of every row of a memory bank, or of the patches
 * that one is chosen from. What a bank of an earlier build or of another program comes from is not
 * known.
 *
 * @param images for each row the first 64 bits of its image's hash, as {@link TrainingImages} has
 *     them
 * @param positions for each row its position in the image's patch grid, row by row; {@link
 *     #UNKNOWN} where nothing is known
 * @param names of the images: their files without the folders
 */
public record Origins(long[] images, int[] positions, TreeMap<Long, String> names)
    implements Serializable {
  /** Tensors of a file: {@code I32 [rows, 3]}, the image's upper and lower half, and the place. */
  static final String OF_BANK = Provenance.ORIGIN + "memory_bank";

  static final String OF_PATCHES = Provenance.ORIGIN + "patches";

  /** A line per image: its 16 digits, two spaces and its name. */
  private static final String NAMES = Provenance.ORIGIN + "images";

  private static final int COLUMNS = 3;
  private static final int DIGITS = 16;
  private static final int UNKNOWN = -1;

  /** The origins of no rows. */
  static final Origins NONE = unknown(0);

  /** Rows of which nothing is known. */
  static Origins unknown(int rows) {
    int[] positions = new int[rows];
    Arrays.fill(positions, UNKNOWN);
    return new Origins(new long[rows], positions, new TreeMap<>());
  }

  /**
   * Patches of a batch.
   *
   * @param part whose patches these are
   * @param patches {@code [N·k, h, w, D]}
   * @param rows the indices of some of them
   */
  static Origins of(FeatureBatch batch, Features.Part part, Tensor patches, int[] rows) {
    if (batch.images().size() != batch.sources().size()) {
      return unknown(rows.length);
    }
    long[] digests = batch.images().stream().mapToLong(TrainingImages::digest).toArray();
    TreeMap<Long, String> names = new TreeMap<>();
    for (int n = 0; n < digests.length; n++) {
      names.merge(digests[n], name(batch.sources().get(n).name()), Origins::first);
    }
    return new Origins(
        Arrays.stream(rows).mapToLong(i -> digests[part.image(patches, i)]).toArray(),
        Arrays.stream(rows).map(i -> part.position(patches, i)).toArray(),
        names);
  }

  /** Patches of one image. */
  static Origins of(long image, String name, List<Integer> positions) {
    long[] images = new long[positions.size()];
    Arrays.fill(images, image);
    TreeMap<Long, String> names = new TreeMap<>();
    names.put(image, name(name));
    return new Origins(images, positions.stream().mapToInt(i -> i).toArray(), names);
  }

  /** A name on one line without its folders, which are left out of model files. */
  private static String name(String source) {
    int folders = Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1;
    return source.substring(folders).replaceAll("[\\r\\n]", " ");
  }

  /** The name of an image that has two. */
  private static String first(String a, String b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  int count() {
    return images.length;
  }

  /** The origins of some rows. */
  Origins gather(int[] rows) {
    long[] some = Arrays.stream(rows).mapToLong(row -> images[row]).toArray();
    TreeMap<Long, String> named = new TreeMap<>();
    for (long image : some) {
      String name = names.get(image);
      if (name != null) {
        named.put(image, name);
      }
    }
    return new Origins(some, Arrays.stream(rows).map(row -> positions[row]).toArray(), named);
  }

  /** Rows one after the other. */
  static Origins joined(List<Origins> parts) {
    TreeMap<Long, String> names = new TreeMap<>();
    parts.forEach(
        part -> part.names.forEach((image, name) -> names.merge(image, name, Origins::first)));
    return new Origins(
        parts.stream().flatMapToLong(part -> Arrays.stream(part.images)).toArray(),
        parts.stream().flatMapToInt(part -> Arrays.stream(part.positions)).toArray(),
        names);
  }

  /**
   * {@return where a row comes from}
   *
   * @param row its index
   * @param columns of the patch grid
   */
  Origin at(int row, int columns) {
    return positions[row] == UNKNOWN
        ? Origin.UNKNOWN
        : new Origin(
            names.get(images[row]),
            HexFormat.of().toHexDigits(images[row]),
            positions[row] / columns,
            positions[row] % columns);
  }

  private boolean isKnown() {
    return Arrays.stream(positions).anyMatch(position -> position != UNKNOWN);
  }

  /** Adds them to a file's tensors, unless nothing is known. */
  static void storeIn(Map<String, StoredTensor> tensors, Map<String, Origins> named) {
    TreeMap<Long, String> names = new TreeMap<>();
    named.forEach(
        (tensor, origins) -> {
          if (origins.isKnown()) {
            tensors.put(tensor, origins.stored());
            origins.names.forEach((image, name) -> names.merge(image, name, Origins::first));
          }
        });
    if (!names.isEmpty()) {
      StringBuilder lines = new StringBuilder();
      names.forEach(
          (image, name) ->
              lines
                  .append(HexFormat.of().toHexDigits(image))
                  .append("  ")
                  .append(name)
                  .append('\n'));
      byte[] text = lines.toString().getBytes(StandardCharsets.UTF_8);
      tensors.put(
          NAMES,
          new StoredTensor(StoredTensor.Type.U8, new long[] {text.length}, ByteBuffer.wrap(text)));
    }
  }

  private StoredTensor stored() {
    int[] values = new int[COLUMNS * count()];
    for (int row = 0; row < count(); row++) {
      values[COLUMNS * row] = (int) (images[row] >> Integer.SIZE);
      values[COLUMNS * row + 1] = (int) images[row];
      values[COLUMNS * row + 2] = positions[row];
    }
    return StoredTensor.of(values, count(), COLUMNS);
  }

  /**
   * {@return those of a file; unknown ones where it has none}
   *
   * @param name {@link #OF_BANK} or {@link #OF_PATCHES}
   * @param rows how many there have to be
   * @param grid positions of an image's patch grid
   * @throws IllegalArgumentException if there are others
   */
  static Origins storedIn(Map<String, StoredTensor> tensors, String name, int rows, int grid) {
    if (!tensors.containsKey(name)) {
      return unknown(rows);
    }
    StoredTensor stored = StoredTensor.of(tensors, name, 2);
    Recipe.require(
        stored.type() == StoredTensor.Type.I32
            && stored.shape()[0] == rows
            && stored.shape()[1] == COLUMNS,
        "its tensor " + name + " does not hold the origins of " + rows + " patches");
    int[] values = stored.ints();
    long[] images = new long[rows];
    int[] positions = new int[rows];
    for (int row = 0; row < rows; row++) {
      images[row] =
          (long) values[COLUMNS * row] << Integer.SIZE | values[COLUMNS * row + 1] & 0xffffffffL;
      positions[row] = values[COLUMNS * row + 2];
      Recipe.require(
          positions[row] >= UNKNOWN && positions[row] < grid,
          "its tensor "
              + name
              + " has position "
              + positions[row]
              + " of a grid of "
              + grid
              + " at row "
              + row);
    }
    Origins all = new Origins(images, positions, names(tensors));
    return all.gather(IntStream.range(0, rows).toArray());
  }

  private static TreeMap<Long, String> names(Map<String, StoredTensor> tensors) {
    TreeMap<Long, String> names = new TreeMap<>();
    if (!tensors.containsKey(NAMES)) {
      return names;
    }
    String text =
        StandardCharsets.UTF_8
            .decode(StoredTensor.of(tensors, NAMES, 1).bytes().duplicate().clear())
            .toString();
    for (String line : text.split("\n")) {
      Recipe.require(
          line.matches("(?s)[0-9a-f]{16} {2}.*"),
          "its tensor " + NAMES + " has no hash and name on line " + (names.size() + 1));
      names.put(HexFormat.fromHexDigitsToLong(line, 0, DIGITS), line.substring(DIGITS + 2));
    }
    return names;
  }

  /**
   * {@return what is wrong with a file's origins: those of images that it was not fitted to}
   *
   * @param tensors of a model or a partial fit
   */
  static List<String> check(Map<String, StoredTensor> tensors) {
    List<String> faults = new ArrayList<>();
    for (String name : List.of(OF_BANK, OF_PATCHES)) {
      if (tensors.containsKey(name)) {
        int rows = Math.toIntExact(StoredTensor.of(tensors, name, 2).shape()[0]);
        Origins origins = storedIn(tensors, name, rows, Integer.MAX_VALUE);
        TrainingImages training = TrainingImages.storedIn(tensors);
        long foreign =
            IntStream.range(0, rows)
                .filter(row -> origins.positions[row] != UNKNOWN)
                .filter(row -> !training.contains(origins.images[row]))
                .count();
        if (foreign > 0) {
          faults.add(
              "its tensor "
                  + name
                  + " has "
                  + foreign
                  + " patches of images that are not among its training images");
        }
      }
    }
    return faults;
  }
}
