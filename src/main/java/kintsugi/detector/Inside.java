package kintsugi.detector;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import kintsugi.engine.Engine;
import kintsugi.image.Pixels;
import kintsugi.image.Placement;
import kintsugi.image.Preprocessing;
import kintsugi.image.Region;
import kintsugi.image.Restored;
import kintsugi.image.TileGrid;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * The part of each image of a batch that is learnt from and scored: all of it, or a region. What is
 * outside has the distance 0 and 0 in the map, and does not count in an image score.
 */
public final class Inside {
  /** Images that are looked at whole. */
  public static final Inside ALL = new Inside(List.of());

  private final List<View> views;

  /**
   * The view of one image.
   *
   * @param region at the size of the network's input
   * @param patches those in the region, over the grids of all tiles
   * @param placement how the image was placed before it was aligned
   */
  record View(Region region, BitSet patches, Placement placement) {}

  private Inside(List<View> views) {
    this.views = views;
  }

  /** The part of each image of a batch. */
  static Inside of(List<View> views) {
    return new Inside(List.copyOf(views));
  }

  /**
   * {@return the part of one image, as it was aligned}
   *
   * @param scored the image
   */
  public static Inside of(Scored scored) {
    Inside batch = scored.batch().patches().inside();
    return batch.isAll() ? ALL : new Inside(List.of(batch.views.get(scored.index())));
  }

  /** {@return whether all images are looked at whole} */
  public boolean isAll() {
    return views.isEmpty();
  }

  /**
   * {@return whether a patch is in its image's region}
   *
   * @param image its index in the batch
   * @param position of the grid, row by row; the grids of an image's tiles one below the other
   */
  public boolean has(int image, int position) {
    return isAll() || views.get(image).patches().get(position);
  }

  /**
   * {@return the region of an image at the size of the network's input; empty if it is all}
   *
   * @param image its index in the batch
   */
  public Optional<Region> region(int image) {
    return isAll() ? Optional.empty() : Optional.of(views.get(image).region());
  }

  /** How an image was placed before it was aligned. */
  Placement placement(int image) {
    return isAll() ? Placement.EXACT : views.get(image).placement();
  }

  /** The views of the images, none if they are looked at whole. */
  List<View> views() {
    return views;
  }

  /**
   * Sets the distances of patches outside to 0.
   *
   * @param distances {@code [N·k, h, w]}
   * @param tiles which {@code k} of each image
   */
  void clear(Tensor distances, TileRange tiles) {
    int perTile = distances.dim(1) * distances.dim(2);
    for (int i = 0; i < (isAll() ? 0 : distances.size()); i++) {
      if (!has(image(i, perTile, tiles), position(i, perTile, tiles))) {
        distances.data()[i] = 0;
      }
    }
  }

  /** The image of the i-th patch of a part of the features. */
  static int image(int i, int perTile, TileRange tiles) {
    return i / (perTile * tiles.count());
  }

  /** The position of the i-th patch of a part of the features. */
  static int position(int i, int perTile, TileRange tiles) {
    return tiles.first() * perTile + i % (perTile * tiles.count());
  }

  /**
   * The score maps of a batch. For upsampling and blur a patch outside takes the distance of the
   * nearest one inside, so that a region's edge is treated as the image's is.
   *
   * @param how the way from distances to maps
   * @param engine the arithmetic
   * @param distances {@code [N, T·h, w]}
   * @param tiles of an image
   * @return {@code [N, H, W]}, 0 outside
   */
  public Tensor maps(ScoreMaps how, Engine engine, Tensor distances, TileGrid tiles) {
    if (isAll()) {
      return how.compute(engine, distances, tiles);
    }
    Tensor maps = how.compute(engine, filled(distances, tiles), tiles);
    clear(maps);
    return maps;
  }

  /**
   * {@return distances in which a patch outside has that of the nearest one inside}
   *
   * @param distances {@code [N, T·h, w]}
   * @param tiles of an image
   */
  public Tensor filled(Tensor distances, TileGrid tiles) {
    if (isAll()) {
      return distances;
    }
    Tensor filled = Tensor.of(distances.data().clone(), distances.shape());
    int rows = distances.dim(1) / tiles.count();
    int positions = distances.dim(1) * distances.dim(2);
    int[] nearest = null;
    for (int n = 0; n < views.size(); n++) {
      boolean same = n > 0 && views.get(n).patches() == views.get(n - 1).patches();
      nearest = same ? nearest : nearest(views.get(n).patches(), rows, distances.dim(2), positions);
      for (int i = 0; i < positions; i++) {
        filled.data()[n * positions + i] = distances.data()[n * positions + nearest[i]];
      }
    }
    return filled;
  }

  /**
   * Sets maps to 0 outside.
   *
   * @param maps {@code [N, H, W]}
   */
  public void clear(Tensor maps) {
    int pixels = maps.dim(1) * maps.dim(2);
    for (int i = 0; i < (isAll() ? 0 : maps.size()); i++) {
      if (!views.get(i / pixels).region().at(i % pixels)) {
        maps.data()[i] = 0;
      }
    }
  }

  /** The nearest patch inside, by steps within a tile's grid; itself in a tile without any. */
  private static int[] nearest(BitSet inside, int rows, int columns, int positions) {
    int[] nearest = new int[positions];
    Arrays.fill(nearest, -1);
    ArrayDeque<Integer> open = new ArrayDeque<>();
    for (int i = inside.nextSetBit(0); i >= 0; i = inside.nextSetBit(i + 1)) {
      nearest[i] = i;
      open.add(i);
    }
    while (!open.isEmpty()) {
      int at = open.remove();
      int row = at / columns % rows;
      int column = at % columns;
      int[] neighbours = {
        column > 0 ? at - 1 : at,
        column < columns - 1 ? at + 1 : at,
        row > 0 ? at - columns : at,
        row < rows - 1 ? at + columns : at
      };
      for (int next : neighbours) {
        if (nearest[next] < 0) {
          nearest[next] = nearest[at];
          open.add(next);
        }
      }
    }
    return IntStream.range(0, positions).map(i -> nearest[i] < 0 ? i : nearest[i]).toArray();
  }

  /**
   * The image scores of maps.
   *
   * @param score of a map's values
   * @param maps {@code [N, H, W]}
   * @return one score per image, of what is inside
   */
  public double[] scores(ImageScore score, Tensor maps) {
    if (isAll()) {
      return score.ofEach(maps);
    }
    return IntStream.range(0, views.size())
        .mapToDouble(n -> score.of(values(maps, n, region(n).orElseThrow()::at)))
        .toArray();
  }

  /**
   * The image scores of patch distances.
   *
   * @param score of an image's distances
   * @param distances {@code [N, T·h, w]}
   * @return one score per image, of the patches inside
   */
  public double[] patchScores(ImageScore score, Tensor distances) {
    if (isAll()) {
      return score.ofEach(distances);
    }
    return IntStream.range(0, views.size())
        .mapToDouble(n -> score.of(values(distances, n, views.get(n).patches()::get)))
        .toArray();
  }

  /** The values of an image of a batch that are inside. */
  private static Tensor values(Tensor all, int image, IntPredicate isInside) {
    int size = all.size() / all.dim(0);
    float[] values = new float[size];
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (isInside.test(i)) {
        values[count++] = all.data()[image * size + i];
      }
    }
    return Tensor.of(Arrays.copyOf(values, count), 1, count);
  }

  /** Scores whose maps lie where the images are, not where they were aligned to. */
  Scores inPlace(Scores scores, List<Pixels> images, Preprocessing preprocessing) {
    if (views.stream().allMatch(view -> view.placement().isExact())) {
      return scores;
    }
    Tensor maps = Tensor.zeros(scores.maps().shape());
    int pixels = maps.size() / views.size();
    View[] moved = new View[views.size()];
    for (int n = 0; n < moved.length; n++) {
      View view = views.get(n);
      Restored restored =
          new Restored(
              view.placement(), preprocessing, images.get(n).width(), images.get(n).height());
      Tensor map = restored.map(scores.maps().part(n), view.region());
      System.arraycopy(map.data(), 0, maps.data(), n * pixels, pixels);
      moved[n] = new View(restored.region(view.region()), view.patches(), view.placement());
    }
    return new Scores(scores.patches(), maps, scores.images(), of(List.of(moved)));
  }
}
