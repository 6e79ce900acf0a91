package kintsugi.engine.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.Parallel;

/**
 * The centres of an index's panels, packed into panels themselves, and the radii, by which whole
 * panels are ruled out for a query.
 */
final class PanelCentres {
  /** Panels that are ruled out together: the bits of a long. */
  static final int GROUP = Long.SIZE;

  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int CHANNELS = MicroKernel.CHANNELS;

  /** Beyond every distance between rows with a bound. */
  private static final double FAR = 1e16;

  /** How many, with those of the padding. */
  final int count;

  /** Centres, {@code [count / CHANNELS][depth][CHANNELS]}. */
  final float[] packed;

  /** {@code −n(c)/2}; infinite for the padding. */
  final float[] halfNorms;

  /** The maximum distance of a row of the panel from the centre. */
  final float[] radii;

  private final PackedRows rows;

  PanelCentres(PackedRows rows, Parallel parallel) {
    this.rows = rows;
    this.count = Math.ceilDiv(rows.panels, GROUP) * GROUP;
    this.packed = new float[Math.multiplyExact(count, rows.depth)];
    this.halfNorms = new float[count];
    this.radii = new float[count];
    Arrays.fill(halfNorms, Float.NEGATIVE_INFINITY);
    parallel.forEach(rows.panels, this::centre);
  }

  private void centre(int panel) {
    int depth = rows.depth;
    int size = Math.min(CHANNELS, rows.count() - panel * CHANNELS);
    double[] squares = new double[size];
    double norm = 0;
    for (int k = 0; k < depth; k++) {
      int from = (panel * depth + k) * CHANNELS;
      double sum = 0;
      for (int lane = 0; lane < size; lane++) {
        sum += rows.packed[from + lane];
      }
      float centre = (float) (sum / size);
      packed[(panel / CHANNELS * depth + k) * CHANNELS + panel % CHANNELS] = centre;
      norm += (double) centre * centre;
      for (int lane = 0; lane < size; lane++) {
        double difference = (double) rows.packed[from + lane] - centre;
        squares[lane] += difference * difference;
      }
    }
    halfNorms[panel] = (float) (-norm / 2);
    radii[panel] = Math.nextUp((float) Math.sqrt(Arrays.stream(squares).max().orElse(0)));
  }

  /** A distance from its square, in fp32 and rounded up; that of NaN is far. */
  static float distance(double square) {
    return Math.nextUp((float) (square < FAR * FAR ? Math.sqrt(square) : FAR));
  }

  /**
   * The panels of a group that may have a row within reach.
   *
   * @param scores {@code q·c − n(c)/2} of the group's centres from {@code at} on
   * @param reach distances, one per panel, from {@code reachAt} on
   * @param more added to each of them
   * @param minimum {@code (n(q) − margin)/2}
   * @return a bit per panel
   */
  static long within(
      float[] scores, int at, float[] reach, int reachAt, float more, float minimum) {
    long bits = 0;
    for (int i = 0; i < GROUP; i += LANES) {
      FloatVector distance = FloatVector.fromArray(SPECIES, reach, reachAt + i).add(more);
      FloatVector score = FloatVector.fromArray(SPECIES, scores, at + i);
      FloatVector highest = distance.mul(distance).mul(0.5f).add(score);
      bits |= highest.compare(VectorOperators.GE, minimum).toLong() << i;
    }
    return bits;
  }
}
