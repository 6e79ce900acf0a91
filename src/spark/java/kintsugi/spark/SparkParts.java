package kintsugi.spark;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.patchcore.PatchPart;
import kintsugi.patchcore.PatchParts;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;

/**
 * The parts of a fit's patches, in the processes of the workers. A part stays where it was made: a
 * marker of it, which Spark keeps there, draws the tasks of later jobs to that process. Where the
 * process is lost, so is the marker, and the part is made again in another.
 */
final class SparkParts implements PatchParts, AutoCloseable {
  private final FitOrder order;
  private final Making making;
  private final JavaRDD<Integer> markers;

  /** A result and the part that it is of. */
  private record Numbered<T extends Serializable>(int part, T value) implements Serializable {}

  SparkParts(FitOrder order, Reading reading, long seed) {
    this.order = order;
    int processes = Math.max(1, order.images().context().getExecutorMemoryStatus().size() - 1);
    this.making = new Making(reading, order.recipe(), seed, Math.ceilDiv(order.parts(), processes));
    this.markers =
        order
            .images()
            .mapPartitionsWithIndex((part, images) -> List.of(part).iterator(), true)
            .persist(StorageLevel.MEMORY_ONLY());
  }

  /** How a part is made. */
  private record Making(Reading reading, RecipeText recipe, long seed, int together)
      implements Serializable {

    /** The part of this process, or one that is made now. */
    PatchPart part(int number, Iterator<Located> images) {
      return HeldParts.get(reading.settings(), together, number, session -> made(session, images));
    }

    private PatchPart made(Session session, Iterator<Located> images) {
      Recipe choices = recipe.recipe();
      Fit fit = Methods.named(choices.method()).fit(session, choices, seed);
      reading.learn(fit, session, images);
      return PatchPart.of(fit, session);
    }
  }

  private <T extends Serializable> JavaRDD<Numbered<T>> results(Work<T> work) {
    Making how = making;
    return order
        .images()
        .zipPartitions(
            markers,
            (images, marker) ->
                how.reading()
                    .failures()
                    .guard(
                        () -> {
                          int number = marker.next();
                          T result = work.on(how.part(number, images), number);
                          return List.of(new Numbered<>(number, result)).iterator();
                        }));
  }

  @Override
  public <T extends Serializable> List<T> each(Work<T> work) {
    List<Numbered<T>> results = making.reading().failures().result(() -> results(work).collect());
    if (results.size() != order.parts()) {
      throw new IllegalStateException(results.size() + " results of " + order.parts() + " parts");
    }
    return results.stream().map(Numbered::value).toList();
  }

  @Override
  public <T extends Serializable, R extends Serializable> R together(
      Work<T> work, Union<T, R> union) {
    Making how = making;
    int parts = order.parts();
    JavaRDD<R> united =
        results(work)
            .coalesce(1, true)
            .mapPartitions(
                all ->
                    how.reading()
                        .failures()
                        .guard(() -> united(all, parts, how.reading().settings(), union)));
    return making.reading().failures().result(united::collect).getFirst();
  }

  /** The union, unless a part has failed. */
  private static <T extends Serializable, R extends Serializable> Iterator<R> united(
      Iterator<Numbered<T>> all, int parts, Settings settings, Union<T, R> union) {
    List<T> results =
        Reading.stream(all)
            .sorted(Comparator.comparing(Numbered::part))
            .map(Numbered::value)
            .toList();
    if (results.size() < parts) {
      return List.<R>of().iterator();
    }
    return List.of(union.of(results, Worker.of(settings).kintsugi().session())).iterator();
  }

  @Override
  public <T extends Serializable> Shared<T> share(T value) {
    Broadcast<T> broadcast =
        JavaSparkContext.fromSparkContext(order.images().context()).broadcast(value);
    return broadcast::value;
  }

  /** Releases the parts in all processes that have one. */
  @Override
  public void close() {
    Settings settings = making.reading().settings();
    markers.foreachPartition(part -> HeldParts.release(settings));
    markers.unpersist(false);
  }
}
