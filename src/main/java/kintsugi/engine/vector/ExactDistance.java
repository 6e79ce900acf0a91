package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.NeighborIndex;

/** The finer sieves for one pair of query and row, with the scratch memory for one row. */
final class ExactDistance {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();

  private final PackedRows rows;
  private final int fine;
  private final float[] row;

  ExactDistance(PackedRows rows) {
    this.rows = rows;
    this.fine = rows.shortRows.fine;
    this.row = new float[rows.length];
  }

  /** Whether the distance of fine rows proves the squared distance to exceed a limit. */
  boolean exceeds(QueryPanel queries, int q, int index, double limit) {
    float lower = squared(queries.fineRows, q * fine, rows.fineRows, index * fine, fine);
    return rows.fineExceeds(lower, queries.margin(q), limit);
  }

  /** Reads a row for the next distances. */
  void read(int index) {
    rows.rows.read(index, 1, row, 0);
  }

  /** The squared distance in fp32 to the row that was read last. */
  float squaredDistance32(QueryPanel queries, int q) {
    return squared(queries.full, (queries.first + q) * rows.length, row, 0, rows.length);
  }

  /** The specification's distance to the row that was read last. */
  double squaredDistance(QueryPanel queries, int q) {
    int from = (queries.first + q) * rows.length;
    return NeighborIndex.squaredDistance(queries.full, from, row, 0, rows.length);
  }

  /** A squared distance in fp32. */
  static float squared(float[] a, int aAt, float[] b, int bAt, int length) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = sum0;
    int k = 0;
    for (; k + 2 * LANES <= length; k += 2 * LANES) {
      FloatVector a0 = FloatVector.fromArray(SPECIES, a, aAt + k);
      FloatVector a1 = FloatVector.fromArray(SPECIES, a, aAt + k + LANES);
      FloatVector d0 = a0.sub(FloatVector.fromArray(SPECIES, b, bAt + k));
      FloatVector d1 = a1.sub(FloatVector.fromArray(SPECIES, b, bAt + k + LANES));
      sum0 = d0.fma(d0, sum0);
      sum1 = d1.fma(d1, sum1);
    }
    float sum = sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    for (; k < length; k++) {
      float difference = a[aAt + k] - b[bAt + k];
      sum = Math.fma(difference, difference, sum);
    }
    return sum;
  }
}
