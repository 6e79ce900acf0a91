package kintsugi.patchcore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.detector.Features;
import kintsugi.detector.TileRange;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;

/**
 * The random draw of each image's patches that a coreset is chosen from, so that a fit to large
 * images stays small. The seed and the image's own pixels fix an image's draw, whatever its place
 * among the others is.
 */
final class CandidateDraw {
  private final List<Pixels> images;
  private final OptionalInt wanted;
  private final long seed;
  private final List<int[]> positions = new ArrayList<>();
  private int perImage;

  CandidateDraw(List<Pixels> images, OptionalInt wanted, long seed) {
    this.images = images;
    this.wanted = wanted;
    this.seed = seed;
  }

  /** Patches of an image that are drawn; 0 before the first part. */
  int perImage() {
    return perImage;
  }

  /**
   * The drawn ones among the patches of a part.
   *
   * @param patches {@code [N·k, h, w, D]}
   * @param part whose patches these are; those outside of its images' regions are left out
   * @return their indices, image by image
   */
  int[] of(Tensor patches, Features.Part part) {
    TileRange tiles = part.tiles();
    int perTile = patches.dim(1) * patches.dim(2);
    int all = Math.multiplyExact(perTile, tiles.all());
    perImage = Math.min(all, wanted.orElse(all));
    if (perImage == all) {
      return part.learnt(patches);
    }
    if (images.size() != patches.dim(0) / tiles.count()) {
      throw new IllegalArgumentException("candidates: a draw needs the images' pixels");
    }
    if (positions.isEmpty()) {
      images.forEach(image -> positions.add(draw(image, all)));
    }
    IntStream.Builder rows = IntStream.builder();
    for (int n = 0; n < images.size(); n++) {
      int first = tiles.first() * perTile;
      int own = tiles.count() * perTile;
      for (int position : positions.get(n)) {
        boolean within = position >= first && position < first + own;
        if (within && part.inside().has(n, position)) {
          rows.add(n * own + position - first);
        }
      }
    }
    return rows.build().toArray();
  }

  /** Different positions in ascending order. */
  private int[] draw(Pixels image, int all) {
    Random random = new Random(seed ^ (long) Arrays.hashCode(image.rgb()) << Integer.SIZE);
    return random.ints(0, all).distinct().limit(perImage).sorted().toArray();
  }
}
