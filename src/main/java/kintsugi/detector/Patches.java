package kintsugi.detector;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import kintsugi.tensor.Tensor;

/**
 * The patches of a batch of images and their anomaly scores. The embeddings are those of all
 * patches; of an image with many tiles only those of the {@value #KEPT} patches with the largest
 * distances, since all would not fit into memory.
 */
public final class Patches {
  /** Enough for an image score's worst patch and for an explanation. */
  private static final int KEPT = 32;

  private final Tensor distances;
  private final Tensor all;
  private final Map<Integer, float[]> kept;
  private final Inside inside;

  private Patches(Tensor distances, Tensor all, Map<Integer, float[]> kept, Inside inside) {
    this.inside = inside;
    this.distances = distances;
    this.all = all;
    this.kept = kept;
  }

  /**
   * {@return patches whose embeddings are all there}
   *
   * @param embeddings {@code [N, h, w, D]}
   * @param distances {@code [N, h, w]}
   */
  public static Patches of(Tensor embeddings, Tensor distances) {
    return new Patches(distances, embeddings, Map.of(), Inside.ALL);
  }

  /** {@return what of each image was looked at} */
  public Inside inside() {
    return inside;
  }

  /**
   * {@return the anomaly scores, {@code [N, T·h, w]}: the tiles' grids one below the other; 0 where
   * a patch is not looked at}
   */
  public Tensor distances() {
    return distances;
  }

  /**
   * {@return the embeddings of all patches, {@code [N, T·h, w, D]}}
   *
   * @throws IllegalStateException if only some are kept
   */
  public Tensor embeddings() {
    if (all == null) {
      throw new IllegalStateException("of an image with many tiles not all embeddings are kept");
    }
    return all;
  }

  /**
   * {@return the embedding of one patch, {@code [D]}, copied}
   *
   * @param image its index in the batch
   * @param position of the grid, row by row
   * @throws IllegalStateException if it is not kept
   */
  public float[] embedding(int image, int position) {
    if (all != null) {
      int d = all.dim(3);
      int from = (image * distances.dim(1) * distances.dim(2) + position) * d;
      return Arrays.copyOfRange(all.data(), from, from + d);
    }
    float[] embedding = kept.get(position);
    if (embedding == null) {
      throw new IllegalStateException("the embedding of patch " + position + " is not kept");
    }
    return embedding.clone();
  }

  /**
   * {@return the patches with the largest distances whose embeddings are there, largest first; of
   * equals that of the lower position}
   *
   * @param image its index in the batch
   * @param count how many at most
   */
  public List<Integer> worst(int image, int count) {
    int positions = distances.dim(1) * distances.dim(2);
    float[] values = distances.data();
    IntStream candidates =
        all == null
            ? kept.keySet().stream().mapToInt(position -> position).sorted()
            : IntStream.range(0, positions);
    return candidates
        .filter(position -> inside.has(image, position))
        .boxed()
        .sorted(Comparator.comparingDouble(position -> -values[image * positions + position]))
        .limit(count)
        .toList();
  }

  /**
   * {@return the patch inside with the largest distance; of equals that of the lower position}
   *
   * @param image its index in the batch
   */
  public int worst(int image) {
    int positions = distances.dim(1) * distances.dim(2);
    int first = image * positions;
    int worst = -1;
    for (int position = 0; position < positions; position++) {
      boolean larger =
          worst < 0 || distances.data()[first + position] > distances.data()[first + worst];
      worst = larger && inside.has(image, position) ? position : worst;
    }
    return worst;
  }

  /** The patches so far of images whose features come in parts. */
  static final class Collector {
    /** A patch; the first to go is that with the smallest distance, of equals the last. */
    private record Kept(float distance, int position, float[] embedding) {}

    private static final Comparator<Kept> FIRST_TO_GO =
        Comparator.comparingDouble(Kept::distance)
            .thenComparing(Comparator.comparingInt(Kept::position).reversed());

    private final int images;
    private final Inside inside;
    private final PriorityQueue<Kept> largest = new PriorityQueue<>(FIRST_TO_GO);
    private Tensor distances;
    private Tensor all;

    Collector(int images, Inside inside) {
      this.inside = inside;
      this.images = images;
    }

    /**
     * Adds the patches of some tiles.
     *
     * @param embeddings {@code [N·k, h, w, D]}
     * @param part {@code [N·k, h, w]}, their distances
     */
    void add(Tensor embeddings, Tensor part, TileRange tiles) {
      int h = embeddings.dim(1);
      int w = embeddings.dim(2);
      inside.clear(part, tiles);
      if (tiles.isWhole()) {
        distances = part.reshape(images, tiles.all() * h, w);
        all = embeddings.reshape(images, tiles.all() * h, w, embeddings.dim(3));
        return;
      }
      if (distances == null) {
        distances = Tensor.zeros(images, tiles.all() * h, w);
      }
      int first = tiles.first() * h * w;
      System.arraycopy(part.data(), 0, distances.data(), first, part.size());
      for (int i = 0; i < part.size(); i++) {
        if (inside.has(0, first + i)) {
          keep(part.data()[i], first + i, embeddings, i);
        }
      }
    }

    private void keep(float distance, int position, Tensor embeddings, int patch) {
      // Positions come in ascending order, so an equal one has to stay out.
      if (largest.size() == KEPT && !(distance > largest.peek().distance())) {
        return;
      }
      if (largest.size() == KEPT) {
        largest.poll();
      }
      int d = embeddings.dim(3);
      float[] embedding = Arrays.copyOfRange(embeddings.data(), patch * d, (patch + 1) * d);
      largest.add(new Kept(distance, position, embedding));
    }

    Patches patches() {
      Map<Integer, float[]> kept = new HashMap<>();
      largest.forEach(patch -> kept.put(patch.position(), patch.embedding()));
      return new Patches(distances, all, kept, inside);
    }
  }
}
