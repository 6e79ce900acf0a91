package kintsugi.detector;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The backbone's features of a batch of images. Where images are cut into many tiles they come in
 * parts, which are computed as they are asked for, so that those of a large image are never held
 * whole.
 */
public final class Features {
  private final int images;
  private final int tiles;
  private final int together;
  private final Function<TileRange, Map<String, Tensor>> backbone;
  private final Inside inside;
  private long nanos;

  /**
   * A part of the features.
   *
   * @param layers {@code [N·k, h, w, C]} of each feature layer for {@code k} tiles of each image,
   *     image by image
   * @param tiles which; all of them where there are several images
   * @param inside what of each image is looked at
   */
  public record Part(Map<String, Tensor> layers, TileRange tiles, Inside inside) {

    /**
     * {@return the patches that are learnt from, {@code [rows, D]}}
     *
     * @param patches their embeddings and those of the others, {@code [N·k, h, w, D]}
     */
    public Tensor rows(Tensor patches) {
      int d = patches.dim(3);
      Tensor all = patches.reshape(patches.size() / d, d);
      return inside.isAll() ? all : RowMatrix.of(all).gather(learnt(patches));
    }

    /**
     * {@return the indices of the patches that are learnt from, in ascending order}
     *
     * @param patches their embeddings and those of the others, {@code [N·k, h, w, D]}
     */
    public int[] learnt(Tensor patches) {
      return IntStream.range(0, patches.size() / patches.dim(3))
          .filter(i -> inside.has(image(patches, i), position(patches, i)))
          .toArray();
    }

    /**
     * {@return the index of the image that a patch is of}
     *
     * @param patches {@code [N·k, h, w, D]}
     * @param i the patch's index
     */
    public int image(Tensor patches, int i) {
      return Inside.image(i, patches.dim(1) * patches.dim(2), tiles);
    }

    /**
     * {@return the position of a patch in its image's grid, row by row; the grids of an image's
     * tiles stand one below the other}
     *
     * @param patches {@code [N·k, h, w, D]}
     * @param i the patch's index
     */
    public int position(Tensor patches, int i) {
      return Inside.position(i, patches.dim(1) * patches.dim(2), tiles);
    }
  }

  /**
   * Features to be computed.
   *
   * @param images how many, one if their tiles come in several parts
   * @param tiles of an image
   * @param together tiles of a part
   * @param backbone computes those of some tiles of each image
   * @param inside what of each image is looked at
   */
  Features(
      int images,
      int tiles,
      int together,
      Function<TileRange, Map<String, Tensor>> backbone,
      Inside inside) {
    this.inside = inside;
    this.images = images;
    this.tiles = tiles;
    this.together = together;
    this.backbone = backbone;
  }

  /**
   * {@return features that are computed already}
   *
   * @param layers {@code [N·T, h, w, C]} of each feature layer
   * @param tiles of an image, {@code T}
   */
  static Features of(Map<String, Tensor> layers, int tiles) {
    int images = layers.values().iterator().next().dim(0) / tiles;
    return new Features(images, tiles, tiles, range -> layers, Inside.ALL);
  }

  /** What of each image is looked at. */
  Inside inside() {
    return inside;
  }

  /**
   * The features of some layers alone, in their order.
   *
   * @param taps the layers
   */
  Features only(List<String> taps) {
    return new Features(
        images,
        tiles,
        together,
        range -> {
          Map<String, Tensor> all = backbone.apply(range);
          Map<String, Tensor> wanted = new LinkedHashMap<>();
          taps.forEach(tap -> wanted.put(tap, all.get(tap)));
          return wanted;
        },
        inside);
  }

  /** The same features, computed now and once, but for a large image's that come in parts. */
  Features kept() {
    if (together < tiles) {
      return this;
    }
    Map<String, Tensor> layers = part(new TileRange(0, tiles, tiles)).layers();
    return new Features(images, tiles, together, range -> layers, inside);
  }

  /** {@return how many images there are} */
  public int images() {
    return images;
  }

  /** {@return the parts in the order of their tiles, computed as they are asked for} */
  public Iterable<Part> parts() {
    return () ->
        new Iterator<>() {
          private int first;

          @Override
          public boolean hasNext() {
            return first < tiles;
          }

          @Override
          public Part next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            TileRange range = new TileRange(first, Math.min(together, tiles - first), tiles);
            first += range.count();
            return part(range);
          }
        };
  }

  private Part part(TileRange range) {
    long start = System.nanoTime();
    Part part = new Part(backbone.apply(range), range, inside);
    nanos += System.nanoTime() - start;
    return part;
  }

  /** Seconds spent in the backbone so far. */
  double seconds() {
    return nanos / 1e9;
  }

  /**
   * The patches and their anomaly scores.
   *
   * @param embedding from a part's layers to patch embeddings, {@code [N·k, h, w, D]}
   * @param distance from these to the patches' anomaly scores, {@code [N·k, h, w]}
   * @return the patches; of a large image only the embeddings of those with the largest distances
   */
  public Patches patches(
      Function<Map<String, Tensor>, Tensor> embedding,
      BiFunction<Tensor, TileRange, Tensor> distance) {
    Patches.Collector collector = new Patches.Collector(images, inside);
    for (Part part : parts()) {
      Tensor patches = embedding.apply(part.layers());
      collector.add(patches, distance.apply(patches, part.tiles()), part.tiles());
    }
    return collector.patches();
  }
}
