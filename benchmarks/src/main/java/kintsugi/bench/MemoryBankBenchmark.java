package kintsugi.bench;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The search of one image's patches in a memory bank, on two threads: {@code patchcore/matlab} at
 * 600x400 and {@code patchcore/amazon} at 224x224; next to {@link FlatSearch}, and to its matrix
 * products alone. {@code benchmarks/faiss} measures the same shapes with FAISS itself.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class MemoryBankBenchmark {
  /** Who searches; {@code product} only multiplies, which is a bound and finds nothing. */
  @Param({"vector", "openblas", "product"})
  public String who;

  /** Patches of an image, rows of the bank, elements of both. */
  @Param({"3750x13500x384", "784x7840x1024"})
  public String shape;

  /**
   * How fast the variance falls off from one direction to the next: the a-th has {@code a^−decay}.
   * With 3 the search takes about as long as with the patches of VisA's macaroni1, which have
   * clusters that are not drawn here; with 1.3, as with those of textures, short rows tell nothing;
   * with 0 all distances are nearly the same, the worst case.
   */
  @Param({"3", "1.3", "0"})
  public double decay;

  private Parallel parallel;
  private Supplier<Object> search;

  /** A bank and an image; what disagrees with the engine is not timed. */
  @Setup
  public void layOut() {
    String[] sizes = shape.split("x");
    int length = Integer.parseInt(sizes[2]);
    parallel = new Parallel(2);
    Tensor rows = patches(1, Integer.parseInt(sizes[1]), length);
    Tensor image = patches(2, Integer.parseInt(sizes[0]), length);
    NeighborIndex bank = Inputs.engine("vector", parallel).index(RowMatrix.of(rows));
    FlatSearch flat = new FlatSearch(rows, image, parallel);
    Agreement.require(
        "openblas",
        withNorms(bank.nearest(image, 1).squaredDistance(), image),
        withNorms(flat.nearest().squaredDistance(), image));
    search =
        switch (who) {
          case "vector" -> () -> bank.nearest(image, 1);
          case "openblas" -> flat::nearest;
          case "product" -> flat::product;
          default -> throw new IllegalArgumentException(who);
        };
  }

  /**
   * Squared distances and the squared norms of their patches: a difference of fp32 norms and
   * products is as exact as those are, however near the row.
   */
  private static double[] withNorms(double[] squared, Tensor patches) {
    double[] sums = squared.clone();
    for (int i = 0; i < patches.size(); i++) {
      double value = patches.data()[i];
      sums[i / patches.dim(1)] += value * value;
    }
    return sums;
  }

  private Tensor patches(long seed, int count, int length) {
    Random random = new Random(seed);
    Tensor patches = Tensor.zeros(count, length);
    for (int i = 0; i < patches.size(); i++) {
      double deviation = Math.pow(1 + i % length, -decay / 2);
      patches.data()[i] = (float) (deviation * random.nextGaussian());
    }
    return patches;
  }

  @TearDown
  public void close() {
    parallel.close();
  }

  /** The nearest row for each patch. */
  @Benchmark
  public Object nearest() {
    return search.get();
  }
}
