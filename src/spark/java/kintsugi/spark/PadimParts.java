package kintsugi.spark;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.detector.Fit;
import kintsugi.detector.Session;
import kintsugi.padim.CovarianceFactoring;
import kintsugi.padim.GaussianSums;
import kintsugi.padim.PadimAssembly;
import kintsugi.padim.PadimPartition;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * PaDiM's fit in parts, one per task. A part is sums over its images by blocks of patch positions;
 * Spark brings the blocks of the same positions together, where they are added and factored, and
 * the driver writes one after the other to the model file. The sums are exact, so that neither the
 * parts nor their order change a bit.
 *
 * @param reading how workers read images
 * @param recipe with the size of the network's input
 * @param seed fixes every draw
 */
record PadimParts(Reading reading, RecipeText recipe, long seed) implements Serializable {
  /** Blocks of positions, at 100 channels of 2 MB each: what a task and the driver hold at once. */
  private static final int BLOCKS = 64;

  /** Bytes of the blocks that the driver takes together. */
  private static final long HELD = 16 << 20;

  /**
   * The value of a block's number, on its way between tasks: its sums, or under {@link #BLOCKS} the
   * heads of parts.
   *
   * @param heads empty for a block
   * @param sums null for heads
   */
  record Piece(List<byte[]> heads, GaussianSums sums) implements Serializable {
    Piece and(Piece other) {
      if (sums != null) {
        sums.merge(other.sums);
        return this;
      }
      return new Piece(Stream.of(heads, other.heads).flatMap(List::stream).toList(), null);
    }
  }

  /** The numbers themselves. */
  private static final class Numbers extends Partitioner {
    private static final long serialVersionUID = 1;

    @Override
    public int numPartitions() {
      return BLOCKS + 1;
    }

    @Override
    public int getPartition(Object number) {
      return (int) number;
    }
  }

  /**
   * Fits to images and writes the model.
   *
   * @param images in the parts that tasks take
   * @param session of the driver, for the model's head
   * @param model the file
   * @return how many images the fit has seen
   * @throws InputException if an image cannot be read or has another size, or there are too few
   */
  long fit(JavaRDD<Located> images, Session session, Path model) {
    JavaRDD<Piece> all =
        added(
            images.mapPartitionsToPair(part -> reading.failures().guard(() -> pieces(part))),
            reading.failures());
    List<Piece> heads =
        reading.failures().result(() -> all.collectPartitions(new int[] {BLOCKS})[0]);
    PadimAssembly assembly =
        assembly(session, heads.stream().flatMap(p -> p.heads.stream()).toList());
    JavaRDD<CovarianceFactoring.Block> factored =
        factored(all, assembly.factoring()).persist(StorageLevel.DISK_ONLY());
    // All workers factor; the driver then takes the blocks one by one.
    reading.failures().run(factored::count);
    assembly.write(model, inOrder(factored));
    factored.unpersist(true);
    return assembly.images();
  }

  /**
   * The pieces of each number as one. They are added up after they have travelled: where Spark adds
   * them on their way, a sum that becomes too large is a trace from each of four attempts.
   */
  static JavaRDD<Piece> added(JavaPairRDD<Integer, Piece> pieces, Failures failures) {
    return pieces
        .partitionBy(new Numbers())
        .values()
        .mapPartitions(
            part ->
                failures.guard(() -> Reading.stream(part).reduce(Piece::and).stream().iterator()));
  }

  private static PadimAssembly assembly(Session session, List<byte[]> heads) {
    try {
      return PadimAssembly.of(session, heads);
    } catch (IllegalArgumentException e) {
      throw new InputException("the images of one part and those before: " + e.getMessage(), e);
    }
  }

  /** The blocks by their number, a few of them at a time: each job takes a tenth of a second. */
  private static Iterator<CovarianceFactoring.Block> inOrder(
      JavaRDD<CovarianceFactoring.Block> factored) {
    return new Iterator<>() {
      private final Queue<CovarianceFactoring.Block> held = new ArrayDeque<>();
      private int next;
      private int together = 1;

      @Override
      public boolean hasNext() {
        while (held.isEmpty() && next < BLOCKS) {
          int[] some = IntStream.range(next, Math.min(BLOCKS, next + together)).toArray();
          Arrays.stream(factored.collectPartitions(some)).forEach(held::addAll);
          next += some.length;
        }
        return !held.isEmpty();
      }

      @Override
      public CovarianceFactoring.Block next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        CovarianceFactoring.Block block = held.remove();
        long bytes = (long) block.factors().length * block.factors()[0].length * Float.BYTES;
        together = Math.clamp(HELD / bytes, 1, BLOCKS);
        return block;
      }
    };
  }

  private Iterator<Tuple2<Integer, Piece>> pieces(Iterator<Located> images) {
    Kintsugi kintsugi = Worker.of(reading.settings()).kintsugi();
    Fit fit = kintsugi.begin(recipe.recipe(), seed);
    reading.learn(fit, kintsugi.session(), images);
    if (fit.count() == 0) {
      return Collections.emptyIterator();
    }
    PadimPartition part = PadimPartition.of(fit);
    Piece head = new Piece(List.of(part.head()), null);
    int positions = Math.ceilDiv(part.positions(), BLOCKS);
    return Stream.concat(
            Stream.of(new Tuple2<>(BLOCKS, head)),
            Reading.stream(part.blocks(positions))
                .map(sums -> new Tuple2<>(sums.first() / positions, new Piece(List.of(), sums))))
        .iterator();
  }

  private JavaRDD<CovarianceFactoring.Block> factored(
      JavaRDD<Piece> all, CovarianceFactoring factoring) {
    return all.mapPartitions(part -> reading.failures().guard(() -> factored(part, factoring)));
  }

  private Iterator<CovarianceFactoring.Block> factored(
      Iterator<Piece> pieces, CovarianceFactoring factoring) {
    Session session = Worker.of(reading.settings()).kintsugi().session();
    return Reading.stream(pieces)
        .filter(piece -> piece.sums != null)
        .map(piece -> factoring.factor(piece.sums, session.engine(), session.parallel()))
        .iterator();
  }
}
