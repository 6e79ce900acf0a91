package kintsugi.bench;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The peak of one core in multiplications and additions: independent chains of fma that touch no
 * memory, in several numbers and two widths; the fastest is the peak that kernels are compared
 * with. An fma takes four or five cycles and two begin in each, so eight to ten chains are needed;
 * more than there are registers would go through memory.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class PeakBenchmark {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** At most 256 bits: where operations of 512 lower the frequency or run as two halves. */
  private static final VectorSpecies<Float> NARROW =
      SPECIES.length() > 8 ? FloatVector.SPECIES_256 : SPECIES;

  /** The operations of each chain, the same for every width, so that times can be compared. */
  public static final int LANES = 1_600_000;

  private static final int ROUNDS = LANES / SPECIES.length();
  private static final int NARROW_ROUNDS = LANES / NARROW.length();

  // Not final, so that the compiler does not know them.
  private float start = 0.5f;
  private float factor = 0.999f;

  /** Ten chains of the widest vectors. */
  @Benchmark
  public float preferred10() {
    FloatVector x = FloatVector.broadcast(SPECIES, factor);
    FloatVector y = FloatVector.broadcast(SPECIES, start);
    FloatVector a0 = y;
    FloatVector a1 = y;
    FloatVector a2 = y;
    FloatVector a3 = y;
    FloatVector a4 = y;
    FloatVector a5 = y;
    FloatVector a6 = y;
    FloatVector a7 = y;
    FloatVector a8 = y;
    FloatVector a9 = y;
    for (int round = 0; round < ROUNDS; round++) {
      a0 = x.fma(y, a0);
      a1 = x.fma(y, a1);
      a2 = x.fma(y, a2);
      a3 = x.fma(y, a3);
      a4 = x.fma(y, a4);
      a5 = x.fma(y, a5);
      a6 = x.fma(y, a6);
      a7 = x.fma(y, a7);
      a8 = x.fma(y, a8);
      a9 = x.fma(y, a9);
    }
    a0 = a0.add(a1);
    a2 = a2.add(a3);
    a4 = a4.add(a5);
    a6 = a6.add(a7);
    a8 = a8.add(a9);
    return a0.add(a2).add(a4).add(a6).add(a8).reduceLanes(VectorOperators.ADD);
  }

  /** Fourteen of them. */
  @Benchmark
  public float preferred14() {
    FloatVector x = FloatVector.broadcast(SPECIES, factor);
    FloatVector y = FloatVector.broadcast(SPECIES, start);
    FloatVector a0 = y;
    FloatVector a1 = y;
    FloatVector a2 = y;
    FloatVector a3 = y;
    FloatVector a4 = y;
    FloatVector a5 = y;
    FloatVector a6 = y;
    FloatVector a7 = y;
    FloatVector a8 = y;
    FloatVector a9 = y;
    FloatVector a10 = y;
    FloatVector a11 = y;
    FloatVector a12 = y;
    FloatVector a13 = y;
    for (int round = 0; round < ROUNDS; round++) {
      a0 = x.fma(y, a0);
      a1 = x.fma(y, a1);
      a2 = x.fma(y, a2);
      a3 = x.fma(y, a3);
      a4 = x.fma(y, a4);
      a5 = x.fma(y, a5);
      a6 = x.fma(y, a6);
      a7 = x.fma(y, a7);
      a8 = x.fma(y, a8);
      a9 = x.fma(y, a9);
      a10 = x.fma(y, a10);
      a11 = x.fma(y, a11);
      a12 = x.fma(y, a12);
      a13 = x.fma(y, a13);
    }
    a0 = a0.add(a1);
    a2 = a2.add(a3);
    a4 = a4.add(a5);
    a6 = a6.add(a7);
    a8 = a8.add(a9);
    a10 = a10.add(a11);
    a12 = a12.add(a13);
    return a0.add(a2).add(a4).add(a6).add(a8).add(a10).add(a12).reduceLanes(VectorOperators.ADD);
  }

  /** Twenty-four, which fit into 32 registers alone. */
  @Benchmark
  public float preferred24() {
    FloatVector x = FloatVector.broadcast(SPECIES, factor);
    FloatVector y = FloatVector.broadcast(SPECIES, start);
    FloatVector a0 = y;
    FloatVector a1 = y;
    FloatVector a2 = y;
    FloatVector a3 = y;
    FloatVector a4 = y;
    FloatVector a5 = y;
    FloatVector a6 = y;
    FloatVector a7 = y;
    FloatVector a8 = y;
    FloatVector a9 = y;
    FloatVector a10 = y;
    FloatVector a11 = y;
    FloatVector a12 = y;
    FloatVector a13 = y;
    FloatVector a14 = y;
    FloatVector a15 = y;
    FloatVector a16 = y;
    FloatVector a17 = y;
    FloatVector a18 = y;
    FloatVector a19 = y;
    FloatVector a20 = y;
    FloatVector a21 = y;
    FloatVector a22 = y;
    FloatVector a23 = y;
    for (int round = 0; round < ROUNDS; round++) {
      a0 = x.fma(y, a0);
      a1 = x.fma(y, a1);
      a2 = x.fma(y, a2);
      a3 = x.fma(y, a3);
      a4 = x.fma(y, a4);
      a5 = x.fma(y, a5);
      a6 = x.fma(y, a6);
      a7 = x.fma(y, a7);
      a8 = x.fma(y, a8);
      a9 = x.fma(y, a9);
      a10 = x.fma(y, a10);
      a11 = x.fma(y, a11);
      a12 = x.fma(y, a12);
      a13 = x.fma(y, a13);
      a14 = x.fma(y, a14);
      a15 = x.fma(y, a15);
      a16 = x.fma(y, a16);
      a17 = x.fma(y, a17);
      a18 = x.fma(y, a18);
      a19 = x.fma(y, a19);
      a20 = x.fma(y, a20);
      a21 = x.fma(y, a21);
      a22 = x.fma(y, a22);
      a23 = x.fma(y, a23);
    }
    a0 = a0.add(a1);
    a2 = a2.add(a3);
    a4 = a4.add(a5);
    a6 = a6.add(a7);
    a8 = a8.add(a9);
    a10 = a10.add(a11);
    a12 = a12.add(a13);
    a14 = a14.add(a15);
    a16 = a16.add(a17);
    a18 = a18.add(a19);
    a20 = a20.add(a21);
    a22 = a22.add(a23);
    return a0.add(a2)
        .add(a4)
        .add(a6)
        .add(a8)
        .add(a10)
        .add(a12)
        .add(a14)
        .add(a16)
        .add(a18)
        .add(a20)
        .add(a22)
        .reduceLanes(VectorOperators.ADD);
  }

  /** Ten chains of at most 256 bits. */
  @Benchmark
  public float narrow10() {
    FloatVector x = FloatVector.broadcast(NARROW, factor);
    FloatVector y = FloatVector.broadcast(NARROW, start);
    FloatVector a0 = y;
    FloatVector a1 = y;
    FloatVector a2 = y;
    FloatVector a3 = y;
    FloatVector a4 = y;
    FloatVector a5 = y;
    FloatVector a6 = y;
    FloatVector a7 = y;
    FloatVector a8 = y;
    FloatVector a9 = y;
    for (int round = 0; round < NARROW_ROUNDS; round++) {
      a0 = x.fma(y, a0);
      a1 = x.fma(y, a1);
      a2 = x.fma(y, a2);
      a3 = x.fma(y, a3);
      a4 = x.fma(y, a4);
      a5 = x.fma(y, a5);
      a6 = x.fma(y, a6);
      a7 = x.fma(y, a7);
      a8 = x.fma(y, a8);
      a9 = x.fma(y, a9);
    }
    a0 = a0.add(a1);
    a2 = a2.add(a3);
    a4 = a4.add(a5);
    a6 = a6.add(a7);
    a8 = a8.add(a9);
    return a0.add(a2).add(a4).add(a6).add(a8).reduceLanes(VectorOperators.ADD);
  }

  /** Fourteen of them. */
  @Benchmark
  public float narrow14() {
    FloatVector x = FloatVector.broadcast(NARROW, factor);
    FloatVector y = FloatVector.broadcast(NARROW, start);
    FloatVector a0 = y;
    FloatVector a1 = y;
    FloatVector a2 = y;
    FloatVector a3 = y;
    FloatVector a4 = y;
    FloatVector a5 = y;
    FloatVector a6 = y;
    FloatVector a7 = y;
    FloatVector a8 = y;
    FloatVector a9 = y;
    FloatVector a10 = y;
    FloatVector a11 = y;
    FloatVector a12 = y;
    FloatVector a13 = y;
    for (int round = 0; round < NARROW_ROUNDS; round++) {
      a0 = x.fma(y, a0);
      a1 = x.fma(y, a1);
      a2 = x.fma(y, a2);
      a3 = x.fma(y, a3);
      a4 = x.fma(y, a4);
      a5 = x.fma(y, a5);
      a6 = x.fma(y, a6);
      a7 = x.fma(y, a7);
      a8 = x.fma(y, a8);
      a9 = x.fma(y, a9);
      a10 = x.fma(y, a10);
      a11 = x.fma(y, a11);
      a12 = x.fma(y, a12);
      a13 = x.fma(y, a13);
    }
    a0 = a0.add(a1);
    a2 = a2.add(a3);
    a4 = a4.add(a5);
    a6 = a6.add(a7);
    a8 = a8.add(a9);
    a10 = a10.add(a11);
    a12 = a12.add(a13);
    return a0.add(a2).add(a4).add(a6).add(a8).add(a10).add(a12).reduceLanes(VectorOperators.ADD);
  }
}
