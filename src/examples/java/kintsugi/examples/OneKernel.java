package kintsugi.examples;

import java.util.Random;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Engines;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/** A single kernel of the fastest engine: exact nearest neighbours among rows of values. */
public final class OneKernel {
  private OneKernel() {}

  /**
   * Runs the example.
   *
   * @param arguments none
   */
  public static void main(String... arguments) {
    Random random = new Random(1);
    Tensor rows = Tensor.zeros(10_000, 128);
    Tensor queries = Tensor.zeros(5, 128);
    fill(rows, random);
    fill(queries, random);
    try (Parallel parallel = new Parallel(Runtime.getRuntime().availableProcessors())) {
      Engine engine =
          Engines.choose("auto", parallel, Convolutions.DIRECT, System.err::println).engine();
      NeighborIndex index = engine.index(RowMatrix.of(rows));
      NeighborIndex.Nearest nearest = index.nearest(queries, 3);
      for (int q = 0; q < queries.dim(0); q++) {
        System.out.printf(
            "query %d: row %d at distance %.3f%n",
            q, nearest.index()[q * 3], Math.sqrt(nearest.squaredDistance()[q * 3]));
      }
    }
  }

  private static void fill(Tensor tensor, Random random) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = random.nextFloat();
    }
  }
}
