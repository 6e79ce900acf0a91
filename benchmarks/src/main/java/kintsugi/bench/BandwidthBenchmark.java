package kintsugi.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The bandwidth of one core, as McCalpin's STREAM measures it: the triad {@code a = b + s·c} on
 * arrays that fit into the first cache, into the second, and into none; bytes are counted as there,
 * 12 for each element, though a store may read its line first. {@code -t 2} runs one on each of two
 * cores.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class BandwidthBenchmark {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Arrays of the triad. */
  public static final int ARRAYS = 3;

  /** KiB of the arrays that one call touches. */
  @Param({"24", "384", "393216"})
  public int kib;

  // Not final, so that the compiler does not know it.
  private float scale = 0.999f;
  private float[] a;
  private float[] b;
  private float[] c;

  /** Fills the arrays. */
  @Setup
  public void fill() {
    int length = SPECIES.loopBound(kib * 256 / ARRAYS);
    a = new float[length];
    b = new float[length];
    c = new float[length];
    Arrays.fill(b, 1);
    Arrays.fill(c, 2);
  }

  /** Two arrays are read, one is written. */
  @Benchmark
  public float[] triad() {
    FloatVector s = FloatVector.broadcast(SPECIES, scale);
    for (int i = 0; i < a.length; i += SPECIES.length()) {
      FloatVector.fromArray(SPECIES, c, i)
          .fma(s, FloatVector.fromArray(SPECIES, b, i))
          .intoArray(a, i);
    }
    return a;
  }

  /** One array is read and summed up, in four sums, so that none waits for the one before. */
  @Benchmark
  public float read() {
    int step = SPECIES.length();
    FloatVector p = FloatVector.zero(SPECIES);
    FloatVector q = p;
    FloatVector r = p;
    FloatVector s = p;
    int i = 0;
    for (; i <= b.length - 4 * step; i += 4 * step) {
      p = p.add(FloatVector.fromArray(SPECIES, b, i));
      q = q.add(FloatVector.fromArray(SPECIES, b, i + step));
      r = r.add(FloatVector.fromArray(SPECIES, b, i + 2 * step));
      s = s.add(FloatVector.fromArray(SPECIES, b, i + 3 * step));
    }
    for (; i < b.length; i += step) {
      p = p.add(FloatVector.fromArray(SPECIES, b, i));
    }
    return p.add(q).add(r.add(s)).reduceLanes(VectorOperators.ADD);
  }
}
