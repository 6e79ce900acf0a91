package kintsugi.report;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.IntFunction;
import kintsugi.OutputFolder;

/**
 * The images of a page, drawn one by one while their maps are at hand. Inside the page they have a
 * budget: they become smaller where there are many, and where even that is too much those of the
 * lowest worth are left out.
 */
final class Gallery {
  /** Of the images, next to the page. */
  static final String FOLDER = "images";

  /** Bytes of all images in the page; as text they take a third more. */
  private static final int BUDGET = 16_000_000;

  /** Bytes of a pixel of a thumbnail with its map, about. */
  private static final double BYTES_PER_PIXEL = 0.33;

  private static final int MIN_SIDE = 96;
  private static final int MAX_SIDE = 360;
  private static final int SIDE_IN_FOLDER = 800;

  private final ReportImages images;
  private final long budget;
  private final OutputFolder out;
  private final int side;
  private final Map<Integer, Thumbnail> thumbnails = new HashMap<>();
  private final PriorityQueue<Kept> kept =
      new PriorityQueue<>(Comparator.comparingDouble(Kept::worth));
  private final List<Drawing> drawings = new ArrayList<>();
  private long bytes;
  private long nanos;

  /** An image in the page, and its worth: those of the lowest are left out first. */
  private record Kept(int index, double worth) {}

  /**
   * One image as the page has it.
   *
   * @param image its place: a file's name, or after an {@code @} where it begins in the page's text
   *     of images and how long it is
   * @param heat the heat map's place
   * @param mask the mask's place, null where there is not one
   * @param inside the part that the network saw
   * @param width of the image itself, in pixels
   * @param height of the image itself
   */
  record Drawing(
      String image, String heat, String mask, List<Double> inside, int width, int height) {

    private static Drawing of(Thumbnail drawn, String image, String heat, String mask) {
      return new Drawing(image, heat, mask, drawn.inside(), drawn.width(), drawn.height());
    }
  }

  /**
   * An empty gallery.
   *
   * @param expected how many images will come
   * @param out where the folder of images goes
   */
  Gallery(ReportImages images, int expected, OutputFolder out) {
    this(images, expected, out, BUDGET);
  }

  Gallery(ReportImages images, int expected, OutputFolder out, long budget) {
    this.images = images;
    this.budget = budget;
    this.out = out;
    double fitting = Math.sqrt(budget / (BYTES_PER_PIXEL * Math.max(1, expected)));
    this.side =
        images == ReportImages.ALL ? SIDE_IN_FOLDER : (int) Math.clamp(fitting, MIN_SIDE, MAX_SIDE);
  }

  /**
   * Draws one image while its map is at hand.
   *
   * @param worth of the lowest the images are left out first
   * @param drawn the image with a longest side
   */
  void add(double worth, IntFunction<Thumbnail> drawn) {
    long start = System.nanoTime();
    int index = drawings.size();
    drawings.add(null);
    switch (images) {
      case ALL -> drawings.set(index, written(drawn.apply(side), index));
      case THUMBNAILS -> keep(index, worth, drawn.apply(side));
      case NONE -> {}
    }
    nanos += System.nanoTime() - start;
  }

  void keep(int index, double worth, Thumbnail thumbnail) {
    thumbnails.put(index, thumbnail);
    kept.add(new Kept(index, worth));
    bytes += thumbnail.bytes();
    while (bytes > budget) {
      bytes -= thumbnails.remove(kept.remove().index).bytes();
    }
  }

  /** Which images are in the page. */
  Set<Integer> kept() {
    return thumbnails.keySet();
  }

  private Drawing written(Thumbnail thumbnail, int index) {
    String stem = String.format(Locale.ROOT, "%s/%05d", FOLDER, index);
    write(stem + ".jpg", thumbnail.image());
    write(stem + "-heat.png", thumbnail.heat());
    String mask = thumbnail.mask() == null ? null : stem + "-mask.png";
    if (mask != null) {
      write(mask, thumbnail.mask());
    }
    return Drawing.of(thumbnail, stem + ".jpg", stem + "-heat.png", mask);
  }

  private void write(String name, byte[] bytes) {
    out.write(name, file -> Files.write(file, bytes));
  }

  /** How many images have come. */
  int size() {
    return drawings.size();
  }

  /** Seconds spent on drawing. */
  double seconds() {
    return nanos / 1e9;
  }

  /**
   * All images in the order they came in, null where one is not shown; those in the page are added
   * to its text of images.
   */
  List<Drawing> drawings(StringBuilder text) {
    List<Drawing> all = new ArrayList<>(drawings);
    thumbnails.forEach(
        (index, drawn) ->
            all.set(
                index,
                Drawing.of(
                    drawn,
                    append(drawn.image(), text),
                    append(drawn.heat(), text),
                    drawn.mask() == null ? null : append(drawn.mask(), text))));
    return all;
  }

  private static String append(byte[] image, StringBuilder text) {
    int from = text.length();
    text.append(Base64.getEncoder().encodeToString(image));
    return "@" + from + "," + (text.length() - from);
  }
}
