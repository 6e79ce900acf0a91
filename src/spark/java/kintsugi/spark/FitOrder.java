package kintsugi.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.detector.Recipe;
import kintsugi.image.Decoding;
import kintsugi.image.ImageKey;
import kintsugi.image.TargetSize;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * The images of a fit in the order that the fit has on one machine, divided into parts: of {@code
 * n} images in {@code m} parts the one at {@code r} is in part {@code ⌊r·m/n⌋}. The order is that
 * of the hashes of their content where the recipe orders images, else the order in which files were
 * named; rows of tables, which Spark reads in an order that depends on its settings, are in the
 * order of their names.
 *
 * @param images in parts
 * @param recipe with the size that follows from the images, where it does
 * @param parts how many
 */
record FitOrder(JavaRDD<Located> images, RecipeText recipe, int parts) {

  /**
   * The driver's knowledge of an image.
   *
   * @param index among the images as they are read
   * @param row whether it is a table's
   */
  private record Keyed(long index, String name, boolean row, int width, int height, String hash)
      implements Serializable {
    static Keyed of(Tuple2<Located, Long> image, Reading reading, Recipe recipe) {
      Decoding decoding =
          recipe.preprocessing().decoding().withMaxPixels(reading.settings().maxPixels());
      Located located = image._1();
      ImageKey key = located.read(reading.configuration().value()).source().key(decoding);
      boolean row = located.bytes() != null;
      return new Keyed(image._2(), located.name(), row, key.width(), key.height(), key.hash());
    }

    ImageKey key() {
      return new ImageKey(width, height, hash);
    }
  }

  /** The part of a rank. */
  private static final class Ranges extends Partitioner {
    private static final long serialVersionUID = 1;
    private final int parts;
    private final long images;

    Ranges(int parts, long images) {
      this.parts = parts;
      this.images = images;
    }

    @Override
    public int numPartitions() {
      return parts;
    }

    @Override
    public int getPartition(Object rank) {
      return (int) ((long) rank * parts / images);
    }
  }

  /**
   * Orders images.
   *
   * @param images as they were named
   * @param recipe of the fit
   * @param parts how many, of the number of images
   * @throws InputException if one cannot be read, unless those are left out, or there are none
   */
  static FitOrder of(
      Reading reading, JavaRDD<Located> images, RecipeText recipe, IntUnaryOperator parts) {
    List<Keyed> keys = new ArrayList<>(keys(reading, images, recipe));
    if (keys.isEmpty()) {
      throw new InputException("no image could be read; there is nothing to fit to");
    }
    RecipeText sized = recipe;
    if (recipe.recipe().preprocessing().resize() instanceof TargetSize.Auto rule) {
      sized = recipe.sized(rule.of(keys.stream().map(Keyed::key).toList()));
    }
    if (recipe.recipe().ordersImages()) {
      keys.sort(Comparator.comparing(Keyed::hash));
    } else if (keys.getFirst().row()) {
      keys.sort(Comparator.comparing(Keyed::name).thenComparing(Keyed::hash));
    }
    int count = parts.applyAsInt(keys.size());
    return new FitOrder(divided(images, keys, count), sized, count);
  }

  private static List<Keyed> keys(Reading reading, JavaRDD<Located> images, RecipeText recipe) {
    return reading
        .failures()
        .result(
            () ->
                images
                    .zipWithIndex()
                    .mapPartitions(
                        part ->
                            reading.failures().guard(() -> keys(reading, part, recipe.recipe())))
                    .collect());
  }

  private static Iterator<Keyed> keys(
      Reading reading, Iterator<Tuple2<Located, Long>> images, Recipe recipe) {
    return Reading.stream(images)
        .flatMap(
            image -> {
              try {
                return Stream.of(Keyed.of(image, reading, recipe));
              } catch (InputException e) {
                if (!reading.settings().skipUnreadable()) {
                  throw e;
                }
                reading.failures().skip(image._1().name());
                return Stream.empty();
              }
            })
        .iterator();
  }

  /** Of files the names alone are sent; the rows of tables are exchanged. */
  private static JavaRDD<Located> divided(JavaRDD<Located> images, List<Keyed> order, int parts) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(images.context());
    Ranges ranges = new Ranges(parts, order.size());
    if (!order.getFirst().row()) {
      List<List<Located>> lists = new ArrayList<>();
      for (int part = 0; part < parts; part++) {
        lists.add(new ArrayList<>());
      }
      for (int rank = 0; rank < order.size(); rank++) {
        lists.get(ranges.getPartition((long) rank)).add(Located.file(order.get(rank).name()));
      }
      return context.parallelize(lists, parts).flatMap(List::iterator);
    }
    Map<Long, Long> ranks = new HashMap<>();
    order.forEach(image -> ranks.put(image.index(), (long) ranks.size()));
    Broadcast<Map<Long, Long>> shared = context.broadcast(ranks);
    JavaPairRDD<Long, Located> ranked =
        images
            .zipWithIndex()
            .filter(image -> shared.value().containsKey(image._2()))
            .mapToPair(image -> new Tuple2<>(shared.value().get(image._2()), image._1()));
    return ranked.repartitionAndSortWithinPartitions(ranges).values();
  }
}
