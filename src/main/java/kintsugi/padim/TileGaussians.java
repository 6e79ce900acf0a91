package kintsugi.padim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kintsugi.detector.TileRange;
import kintsugi.engine.CovarianceUpdate;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.PreparedGaussians;
import kintsugi.tensor.Tensor;

/**
 * The Gaussians of an image's tiles, each tile's prepared by itself, so that the distances of some
 * tiles can be computed without the others' patches. One grid per image that is not cut.
 */
final class TileGaussians {
  private final List<PreparedGaussians> tiles;

  private TileGaussians(List<PreparedGaussians> tiles) {
    this.tiles = tiles;
  }

  /**
   * Prepares Gaussians, which are not to be used afterwards.
   *
   * @param all of the tiles' grids one below the other
   * @param count of tiles
   */
  static TileGaussians of(Engine engine, Gaussians all, int count) {
    if (count == 1) {
      return new TileGaussians(List.of(engine.prepare(all)));
    }
    List<PreparedGaussians> tiles = new ArrayList<>();
    for (int tile = 0; tile < count; tile++) {
      tiles.add(engine.prepare(part(all, tile, count)));
    }
    return new TileGaussians(tiles);
  }

  /** The Gaussians with another mean and covariance; these stay as they are. */
  TileGaussians updated(Engine engine, CovarianceUpdate update) {
    List<PreparedGaussians> updated = new ArrayList<>();
    for (PreparedGaussians tile : tiles) {
      int positions = tile.positions();
      int from = updated.size() * positions;
      int to = from + positions;
      int d = tile.dimension();
      updated.add(
          engine.update(
              tile,
              new CovarianceUpdate(
                  Arrays.copyOfRange(update.mean(), from * d, to * d),
                  Arrays.copyOfRange(update.scale(), from, to),
                  Arrays.copyOfRange(update.ridge(), from, to),
                  position -> update.vectors().apply(from + position))));
    }
    return new TileGaussians(updated);
  }

  /** One tile's Gaussians; the whole lets go of its factors, so that they are not held twice. */
  private static Gaussians part(Gaussians all, int tile, int count) {
    int positions = all.positions() / count;
    int from = tile * positions;
    int d = all.dimension();
    float[] mean = Arrays.copyOfRange(all.mean(), from * d, (from + positions) * d);
    float[][] factor = Arrays.copyOfRange(all.factor(), from, from + positions);
    Arrays.fill(all.factor(), from, from + positions, null);
    return new Gaussians(all.height() / count, all.width(), d, mean, factor);
  }

  /**
   * The Mahalanobis distances of the patches of some tiles.
   *
   * @param patches {@code [N·k, h, w, D]}
   * @param range the {@code k} tiles
   * @return {@code [N·k, h, w]}
   */
  Tensor mahalanobis(Tensor patches, TileRange range) {
    if (range.count() == 1) {
      return tiles.get(range.first()).mahalanobis(patches);
    }
    int images = patches.dim(0) / range.count();
    Tensor distances = Tensor.zeros(patches.dim(0), patches.dim(1), patches.dim(2));
    for (int tile = 0; tile < range.count(); tile++) {
      Tensor own = everyNth(patches, tile, range.count(), images);
      Tensor some = tiles.get(range.first() + tile).mahalanobis(own);
      int size = some.size() / images;
      for (int n = 0; n < images; n++) {
        int to = (n * range.count() + tile) * size;
        System.arraycopy(some.data(), n * size, distances.data(), to, size);
      }
    }
    return distances;
  }

  /** One tile of all images. */
  private static Tensor everyNth(Tensor patches, int first, int step, int count) {
    int size = patches.size() / patches.dim(0);
    Tensor some = Tensor.zeros(count, patches.dim(1), patches.dim(2), patches.dim(3));
    for (int n = 0; n < count; n++) {
      System.arraycopy(patches.data(), (n * step + first) * size, some.data(), n * size, size);
    }
    return some;
  }

  /** {@return the Gaussians of all tiles, their grids one below the other} */
  PreparedGaussians joined() {
    return tiles.size() == 1 ? tiles.getFirst() : new Joined(tiles);
  }

  /** All tiles as one grid. */
  private record Joined(List<PreparedGaussians> tiles) implements PreparedGaussians {
    @Override
    public Tensor mahalanobis(Tensor patches) {
      int h = tiles.getFirst().height();
      Tensor cut = patches.reshape(patches.dim(0) * tiles.size(), h, width(), dimension());
      return new TileGaussians(tiles)
          .mahalanobis(cut, new TileRange(0, tiles.size(), tiles.size()))
          .reshape(patches.dim(0), height(), width());
    }

    @Override
    public int height() {
      return tiles.size() * tiles.getFirst().height();
    }

    @Override
    public int width() {
      return tiles.getFirst().width();
    }

    @Override
    public int dimension() {
      return tiles.getFirst().dimension();
    }

    @Override
    public float[] mean(int position) {
      return tile(position).mean(position % tiles.getFirst().positions());
    }

    @Override
    public float[] factor(int position) {
      return tile(position).factor(position % tiles.getFirst().positions());
    }

    private PreparedGaussians tile(int position) {
      return tiles.get(position / tiles.getFirst().positions());
    }
  }
}
