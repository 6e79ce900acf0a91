package kintsugi.detector;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/**
 * An image that was taught to a model, with the patches that the model takes in.
 *
 * @param entry of the history
 * @param kept the patches
 */
public record TaughtImage(Taught entry, Kept kept) {
  private static final String TENSOR = "taught.";
  private static final String PATCHES = ".patches";
  private static final String POSITIONS = ".positions";
  private static final String PLACES = ".places";

  /** The key of the history in a file's metadata. */
  static final String METADATA = "taught";

  /**
   * The patches that a model takes in of an image.
   *
   * @param patches their embeddings, {@code [rows, D]}: all of the image, or those that the method
   *     keeps
   * @param positions the rows that count; empty if all do
   * @param places the position of each row in the patch grid; empty where the rows are those of all
   *     positions, or where it is not known
   * @param candidates as many of the image's patches as a fit would have chosen from
   */
  public record Kept(
      Tensor patches, Optional<BitSet> positions, List<Integer> places, int candidates) {
    /** Copies the places. */
    public Kept {
      places = List.copyOf(places);
    }

    /**
     * {@return whether a row counts}
     *
     * @param row of the patches
     */
    public boolean has(int row) {
      return positions.isEmpty() || positions.get().get(row);
    }

    /** {@return how many patches count} */
    public int count() {
      return positions.map(BitSet::cardinality).orElse(patches.dim(0));
    }
  }

  /**
   * The history of a file.
   *
   * @param images in the order in which they were taught
   */
  public record History(List<Taught> images) {}

  /** {@return the first 64 bits of the image's hash, as {@link TrainingImages} has them} */
  public long digest() {
    return TrainingImages.digest(entry.pixelsSha256());
  }

  /** Adds the patches of taught images to a file's tensors. */
  static void storeIn(Map<String, StoredTensor> tensors, List<TaughtImage> taughtImages) {
    for (int i = 0; i < taughtImages.size(); i++) {
      Kept kept = taughtImages.get(i).kept;
      if (kept.patches.size() == 0) {
        continue;
      }
      tensors.put(TENSOR + i + PATCHES, StoredTensor.of(kept.patches));
      if (!kept.places.isEmpty()) {
        int[] places = kept.places.stream().mapToInt(place -> place).toArray();
        tensors.put(TENSOR + i + PLACES, StoredTensor.of(places, places.length));
      }
      if (kept.positions.isPresent()) {
        byte[] inside = new byte[kept.patches.dim(0)];
        kept.positions.get().stream().forEach(p -> inside[p] = 1);
        tensors.put(
            TENSOR + i + POSITIONS,
            new StoredTensor(
                StoredTensor.Type.U8, new long[] {inside.length}, ByteBuffer.wrap(inside)));
      }
    }
  }

  /**
   * The taught images of a file, in the order in which they were taught.
   *
   * @throws IllegalArgumentException if their patches are missing, or not as many as the history
   *     says
   */
  static List<TaughtImage> storedIn(FitFile file) {
    String history = file.more().get(METADATA);
    List<TaughtImage> taughtImages = new ArrayList<>();
    if (history != null) {
      // As earlier builds named it.
      String named = history.replace("\"sha256\":", "\"pixels_sha256\":");
      for (Taught entry : RecordJson.read(named, History.class).images()) {
        taughtImages.add(
            new TaughtImage(entry, kept(file.tensors(), TENSOR + taughtImages.size(), entry)));
      }
    }
    return List.copyOf(taughtImages);
  }

  private static Kept kept(Map<String, StoredTensor> tensors, String name, Taught entry) {
    if (entry.patches() == 0) {
      return new Kept(Tensor.zeros(0, 1), Optional.empty(), List.of(), entry.candidates());
    }
    Tensor patches = StoredTensor.of(tensors, name + PATCHES, 2).tensor();
    Optional<BitSet> positions = Optional.empty();
    if (tensors.containsKey(name + POSITIONS)) {
      StoredTensor stored = StoredTensor.of(tensors, name + POSITIONS, 1);
      BitSet inside = new BitSet();
      IntStream.range(0, stored.count()).filter(p -> stored.get(p) != 0).forEach(inside::set);
      positions = Optional.of(inside);
      Recipe.require(
          stored.count() == patches.dim(0), "its tensor " + name + POSITIONS + " has another size");
    }
    List<Integer> places = List.of();
    if (tensors.containsKey(name + PLACES)) {
      places = Arrays.stream(StoredTensor.of(tensors, name + PLACES, 1).ints()).boxed().toList();
      Recipe.require(
          places.size() == patches.dim(0) && places.stream().allMatch(place -> place >= 0),
          "its tensor " + name + PLACES + " does not have the places of its patches");
    }
    Kept kept = new Kept(patches, positions, places, entry.candidates());
    Recipe.require(
        kept.count() == entry.patches(),
        "its tensor " + name + PATCHES + " has other patches than its history");
    return kept;
  }

  /** Whether a tensor of a file is one of a taught image. */
  static boolean isTensor(String name) {
    return name.startsWith(TENSOR);
  }
}
