package kintsugi.detector;

import java.util.Locale;
import kintsugi.InputException;
import kintsugi.image.TileGrid;

/**
 * The heap that a fit or a model needs at least, compared with Java's limit before the work begins.
 *
 * <p>Counted are Java itself with the backbone of a ResNet-18, what a batch of images takes on the
 * way through it, and what the method holds ({@link Fit#heap}) or the file has. Not counted are the
 * decoded images, which are as large as they come, and what the garbage collector likes to have
 * free: fits measured on the vector engine needed 2 to 25 % more than this to end well. Enough by
 * this count may therefore still be too little.
 */
final class Heap {
  private static final long MIB = 1 << 20;

  /** Java, the weights, and the weights as the vector engine packs them. */
  private static final long BASE = 90 * MIB;

  /** Activations of the backbone per pixel of its input. */
  private static final long PER_PIXEL = 88;

  /** The map of an image with tiles before and after its blur, and on the way. */
  private static final long PER_MAP_PIXEL = 3 * Float.BYTES;

  /** Part of the heap that the garbage collector should have free: a quarter of what is needed. */
  private static final double ROOM = 1.25;

  private Heap() {}

  /**
   * Bytes for a number of images on their way through the backbone.
   *
   * @throws IllegalArgumentException if the size is below a tile's
   */
  static long backbone(Recipe recipe, InputSize size, long images) {
    TileGrid tiles = recipe.tiles(size);
    long batch = Math.min(images * tiles.count(), FeatureExtractor.together(recipe, size));
    return BASE + PER_PIXEL * tiles.tileWidth() * tiles.tileHeight() * batch;
  }

  /** Bytes for scoring an image: the backbone, and the map of an image that is cut into tiles. */
  static long scoring(Recipe recipe, InputSize size) {
    long map = recipe.tiles(size).count() == 1 ? 0 : PER_MAP_PIXEL * size.width() * size.height();
    return backbone(recipe, size, 1) + map;
  }

  /**
   * Requires room for some bytes.
   *
   * @param what needs them, as a message begins
   * @param bytes how many
   * @param lighter what would need fewer, as a sentence ends
   * @throws InputException if Java's limit is lower
   */
  static void require(String what, long bytes, String lighter) {
    require(what, bytes, lighter, Runtime.getRuntime().maxMemory());
  }

  /** The same for a limit. */
  static void require(String what, long bytes, String lighter, long limit) {
    if (bytes > limit) {
      throw new InputException(
          String.format(
              Locale.ROOT,
              "%s needs about %s of heap where Java may take %s; run with JDK_JAVA_OPTIONS=-Xmx%dg%s",
              what,
              text(bytes),
              text(limit),
              (long) Math.ceil(bytes * ROOM / (1024 * MIB)),
              lighter));
    }
  }

  private static String text(long bytes) {
    return bytes < 1024 * MIB
        ? bytes / MIB + " MB"
        : String.format(Locale.ROOT, "%.1f GB", (double) bytes / (1024 * MIB));
  }
}
