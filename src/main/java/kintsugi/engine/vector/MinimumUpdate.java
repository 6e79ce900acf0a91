package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The update of minimum distances for some panels of rows and all centres. */
final class MinimumUpdate {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int CHANNELS = MicroKernel.CHANNELS;
  private static final int CHUNK = QueryPanel.CHUNK;

  private final PackedRows rows;
  private final double[] squaredDistance;
  private final ExactDistance exact;
  private final float[] scores = QueryPanel.scores();

  /** For each row of a chunk {@code (n(r) − d(r)) / 2}, which {@code q·r − n(q)/2} must exceed. */
  private final float[] bars = new float[CHUNK];

  MinimumUpdate(PackedRows rows, double[] squaredDistance) {
    this.rows = rows;
    this.squaredDistance = squaredDistance;
    this.exact = new ExactDistance(rows);
  }

  void run(QueryPanel[] centres, int firstPanel, int endPanel) {
    for (int panel = firstPanel; panel < endPanel; panel += QueryPanel.CHUNK_PANELS) {
      int end = Math.min(endPanel, panel + QueryPanel.CHUNK_PANELS);
      int firstRow = panel * CHANNELS;
      int count = (end - panel) * CHANNELS;
      for (QueryPanel some : centres) {
        some.score(panel, end, scores);
        for (int i = 0; i < count; i++) {
          bars[i] = bar(firstRow + i);
        }
        for (int q = 0; q < some.count; q++) {
          compare(some, q, firstRow, count);
        }
      }
    }
  }

  private float bar(int row) {
    return row < rows.count()
        ? (float) (rows.halfNorms[row] - squaredDistance[row] / 2)
        : Float.POSITIVE_INFINITY;
  }

  private void compare(QueryPanel centres, int q, int firstRow, int count) {
    float offset = (float) ((centres.squares[q] - centres.margin(q)) / 2);
    for (int i = 0; i < count; i += LANES) {
      FloatVector score = FloatVector.fromArray(SPECIES, scores, q * CHUNK + i);
      FloatVector bar = FloatVector.fromArray(SPECIES, bars, i);
      VectorMask<Float> possible = score.sub(offset).compare(VectorOperators.GT, bar);
      if (possible.anyTrue()) {
        for (long bits = possible.toLong(); bits != 0; bits &= bits - 1) {
          int lane = i + Long.numberOfTrailingZeros(bits);
          update(centres, q, firstRow + lane);
          bars[lane] = bar(firstRow + lane);
        }
      }
    }
  }

  private void update(QueryPanel centres, int q, int row) {
    if (row < rows.count() && exact.mayBeWithin(centres, q, row, squaredDistance[row])) {
      double distance = exact.squaredDistance(centres, q);
      squaredDistance[row] = Math.min(squaredDistance[row], distance);
    }
  }
}
