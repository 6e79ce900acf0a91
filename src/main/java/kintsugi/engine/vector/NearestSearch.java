package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.NeighborIndex.Nearest;

/** The search of one panel of queries for their nearest rows. */
final class NearestSearch {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int CHANNELS = MicroKernel.CHANNELS;
  private static final int CHUNK = QueryPanel.CHUNK;

  private final PackedRows rows;
  private final QueryPanel queries;
  private final Nearest nearest;
  private final ExactDistance exact;
  private final float[] scores = QueryPanel.scores();

  NearestSearch(PackedRows rows, QueryPanel queries, Nearest nearest) {
    this.rows = rows;
    this.queries = queries;
    this.nearest = nearest;
    this.exact = new ExactDistance(rows);
  }

  void run() {
    if (!queries.bounded) {
      offerAll();
      return;
    }
    for (int panel = 0; panel < rows.panels; panel += QueryPanel.CHUNK_PANELS) {
      int end = Math.min(rows.panels, panel + QueryPanel.CHUNK_PANELS);
      queries.score(panel, end, scores);
      for (int q = 0; q < queries.count; q++) {
        compare(q, panel * CHANNELS, (end - panel) * CHANNELS);
      }
    }
  }

  /** The specification: every row for every query. */
  private void offerAll() {
    for (int row = 0; row < rows.count(); row++) {
      exact.read(row);
      for (int q = 0; q < queries.count; q++) {
        nearest.offer(queries.first + q, row, exact.squaredDistance(queries, q));
      }
    }
  }

  /** Offers those rows of a chunk whose score allows them to be among the nearest. */
  private void compare(int q, int firstRow, int count) {
    double margin = queries.margin(q);
    // The likeliest of the first rows at once: a small limit rules most others out.
    int likeliest = firstRow == 0 ? likeliest(q * CHUNK, count) : -1;
    if (firstRow == 0) {
      offer(q, likeliest);
    }
    float minimum = minimum(q, margin);
    for (int i = 0; i < count; i += LANES) {
      FloatVector score = FloatVector.fromArray(SPECIES, scores, q * CHUNK + i);
      FloatVector half = FloatVector.fromArray(SPECIES, rows.halfNorms, firstRow + i);
      VectorMask<Float> possible = score.sub(half).compare(VectorOperators.GE, minimum);
      if (possible.anyTrue()) {
        for (long bits = possible.toLong(); bits != 0; bits &= bits - 1) {
          int row = firstRow + i + Long.numberOfTrailingZeros(bits);
          if (row != likeliest) {
            offer(q, row);
          }
        }
        minimum = minimum(q, margin);
      }
    }
  }

  private int likeliest(int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      float score = scores[from + best] - rows.halfNorms[best];
      best = scores[from + i] - rows.halfNorms[i] > score ? i : best;
    }
    return best;
  }

  /** The minimum of {@code q·r − n(r)/2} at which the squared distance can be within the limit. */
  private float minimum(int q, double margin) {
    return (float) ((queries.squares[q] - nearest.limit(queries.first + q) - margin) / 2);
  }

  private void offer(int q, int row) {
    double limit = nearest.limit(queries.first + q);
    if (row < rows.count() && exact.mayBeWithin(queries, q, row, limit)) {
      nearest.offer(queries.first + q, row, exact.squaredDistance(queries, q));
    }
  }
}
