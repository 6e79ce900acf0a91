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
  private final float[] row;

  ExactDistance(PackedRows rows) {
    this.rows = rows;
    this.row = new float[rows.length];
  }

  /** False if the squared distance surely exceeds the limit; else the row has been read. */
  boolean mayBeWithin(QueryPanel queries, int q, int index, double limit) {
    int fine = rows.fine;
    float lower = squaredDistance32(queries.fineRows, q * fine, rows.fineRows, index * fine, fine);
    if (rows.fineExceeds(lower, queries.margin(q), limit)) {
      return false;
    }
    read(index);
    int from = (queries.first + q) * rows.length;
    float distance = squaredDistance32(queries.full, from, row, 0, rows.length);
    return rows.fullMayBeWithin(distance, limit);
  }

  void read(int index) {
    rows.rows.read(index, 1, row, 0);
  }

  /** The specification's distance to the row that was read last. */
  double squaredDistance(QueryPanel queries, int q) {
    int from = (queries.first + q) * rows.length;
    return NeighborIndex.squaredDistance(queries.full, from, row, 0, rows.length);
  }

  private static float squaredDistance32(float[] a, int aAt, float[] b, int bAt, int length) {
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
