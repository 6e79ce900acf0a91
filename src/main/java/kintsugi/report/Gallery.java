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
import java.util.SplittableRandom;
import kintsugi.OutputFolder;
import kintsugi.experiment.Judged;
import kintsugi.experiment.Outcome;

/**
 * The images of a report, drawn one by one while their maps are at hand. Inside the page they have
 * a budget: they become smaller where there are many, and where even that is too much those with a
 * right prediction are left out at random, the wrong ones last.
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
  private final List<Item> items = new ArrayList<>();
  private long bytes;
  private long nanos;

  /** An image in the page, and its worth: those of the lowest are left out first. */
  private record Kept(int index, double worth) {}

  /**
   * One test image as the page has it.
   *
   * @param image its place, null where it is not shown: a file's name, or after an {@code @} where
   *     it begins in the page's text of images and how long it is
   * @param heat the heat map's place
   * @param mask the mask's place, null where there is not one
   * @param inside the part that the network saw
   */
  record Item(
      String file,
      String label,
      boolean anomalous,
      double score,
      String image,
      String heat,
      String mask,
      List<Double> inside) {

    private Item with(String p, String h, String m, List<Double> seen) {
      return new Item(file, label, anomalous, score, p, h, m, seen);
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
    double fitting = Math.sqrt(budget / (BYTES_PER_PIXEL * expected));
    this.side =
        images == ReportImages.ALL ? SIDE_IN_FOLDER : (int) Math.clamp(fitting, MIN_SIDE, MAX_SIDE);
  }

  /** Draws one image while its map is at hand. */
  void add(Judged seen) {
    long start = System.nanoTime();
    Outcome outcome = seen.outcome();
    String file = outcome.sample().file().toString();
    boolean anomalous = outcome.sample().anomalous();
    Item item =
        new Item(
            file, outcome.sample().label(), anomalous, outcome.score(), null, null, null, null);
    int index = items.size();
    items.add(item);
    switch (images) {
      case ALL -> items.set(index, written(item, Thumbnail.of(seen, side), index));
      case THUMBNAILS -> keep(index, outcome.isRight(), Thumbnail.of(seen, side));
      case NONE -> {}
    }
    nanos += System.nanoTime() - start;
  }

  void keep(int index, boolean right, Thumbnail thumbnail) {
    thumbnails.put(index, thumbnail);
    kept.add(new Kept(index, new SplittableRandom(index).nextDouble() + (right ? 0 : 1)));
    bytes += thumbnail.bytes();
    while (bytes > budget) {
      bytes -= thumbnails.remove(kept.remove().index).bytes();
    }
  }

  /** Which images are in the page. */
  Set<Integer> kept() {
    return thumbnails.keySet();
  }

  private Item written(Item item, Thumbnail thumbnail, int index) {
    String stem = String.format(Locale.ROOT, "%s/%05d", FOLDER, index);
    write(stem + ".jpg", thumbnail.image());
    write(stem + "-heat.png", thumbnail.heat());
    if (thumbnail.mask() != null) {
      write(stem + "-mask.png", thumbnail.mask());
    }
    return item.with(
        stem + ".jpg",
        stem + "-heat.png",
        thumbnail.mask() == null ? null : stem + "-mask.png",
        thumbnail.inside());
  }

  private void write(String name, byte[] bytes) {
    out.write(name, file -> Files.write(file, bytes));
  }

  /** Seconds spent on drawing. */
  double seconds() {
    return nanos / 1e9;
  }

  /** All images in the order they came in; those in the page are added to its text of images. */
  List<Item> items(StringBuilder text) {
    List<Item> all = new ArrayList<>(items);
    thumbnails.forEach(
        (index, thumbnail) ->
            all.set(
                index,
                all.get(index)
                    .with(
                        append(thumbnail.image(), text),
                        append(thumbnail.heat(), text),
                        thumbnail.mask() == null ? null : append(thumbnail.mask(), text),
                        thumbnail.inside())));
    return all;
  }

  private static String append(byte[] image, StringBuilder text) {
    int from = text.length();
    text.append(Base64.getEncoder().encodeToString(image));
    return "@" + from + "," + (text.length() - from);
  }
}
