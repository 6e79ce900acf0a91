package kintsugi.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The update of minimum distances for a group of panels of rows and all centres. */
final class MinimumUpdate {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int CHANNELS = MicroKernel.CHANNELS;
  private static final int PIXELS = QueryPanel.PIXELS;
  private static final int GROUP = PanelCentres.GROUP;

  private final PackedRows rows;
  private final double[] squaredDistance;
  private final ExactDistance exact;
  private final int first;
  private final int end;
  private final float[] scores = new float[PIXELS * CHANNELS];
  private final float[] centreScores;

  /** For each row {@code d(r)/2}, which {@code q·r − n(r)/2} must bring above {@code n(q)/2}. */
  private final float[] halves = new float[GROUP * CHANNELS];

  /** For each panel the distance from its centre at which a query can change anything. */
  private final float[] reach = new float[GROUP];

  MinimumUpdate(PackedRows rows, double[] squaredDistance, int group, int queries) {
    this.rows = rows;
    this.squaredDistance = squaredDistance;
    this.exact = new ExactDistance(rows);
    this.first = group * GROUP;
    this.end = Math.min(rows.panels, first + GROUP);
    this.centreScores = new float[rows.centres == null ? 0 : queries * GROUP];
  }

  void run(QueryPanel[] queryPanels) {
    for (int place = first * CHANNELS; place < end * CHANNELS; place++) {
      halves[place - first * CHANNELS] = half(place);
    }
    for (QueryPanel queries : queryPanels) {
      if (rows.centres != null) {
        queries.scoreCentres(first, first + GROUP, centreScores);
        for (int panel = first; panel < end; panel++) {
          reach[panel - first] = reach(panel);
        }
      }
      for (int q = 0; q < queries.count; q += PIXELS) {
        update(queries, q);
      }
    }
  }

  private float half(int place) {
    int row = rows.order[place];
    return row < 0 ? Float.NEGATIVE_INFINITY : (float) (squaredDistance[row] / 2);
  }

  private float reach(int panel) {
    double limit = 0;
    for (int i = 0; i < CHANNELS; i++) {
      int row = rows.order[panel * CHANNELS + i];
      limit = row < 0 ? limit : Math.max(limit, squaredDistance[row]);
    }
    return rows.centres.radii[panel] + PanelCentres.distance(limit);
  }

  private void update(QueryPanel queries, int tile) {
    int lanes = Math.min(PIXELS, queries.count - tile);
    long possible = rows.centres == null ? -1 : 0;
    for (int lane = 0; lane < lanes && rows.centres != null; lane++) {
      int q = tile + lane;
      float minimum = (float) (queries.squares[q] / 2 - queries.margin(q));
      possible |= PanelCentres.within(centreScores, q * GROUP, reach, 0, 0, minimum);
    }
    for (int panel = first; panel < end; panel++) {
      if ((possible >>> panel & 1) != 0) {
        queries.score(tile, panel, scores);
        for (int lane = 0; lane < lanes; lane++) {
          compare(queries, tile + lane, panel, lane);
        }
      }
    }
  }

  private void compare(QueryPanel queries, int q, int panel, int lane) {
    float minimum = (float) ((queries.squares[q] - queries.margin(q)) / 2);
    for (int i = 0; i < CHANNELS; i += LANES) {
      int at = (panel - first) * CHANNELS + i;
      FloatVector score = FloatVector.fromArray(SPECIES, scores, lane * CHANNELS + i);
      FloatVector half = FloatVector.fromArray(SPECIES, halves, at);
      VectorMask<Float> possible = score.add(half).compare(VectorOperators.GT, minimum);
      if (possible.anyTrue()) {
        for (long bits = possible.toLong(); bits != 0; bits &= bits - 1) {
          int place = at + Long.numberOfTrailingZeros(bits);
          update(queries, q, rows.order[first * CHANNELS + place]);
          halves[place] = half(first * CHANNELS + place);
        }
      }
    }
  }

  private void update(QueryPanel queries, int q, int row) {
    double limit = squaredDistance[row];
    if (exact.exceeds(queries, q, row, limit)) {
      return;
    }
    exact.read(row);
    if (rows.atLeast(exact.squaredDistance32(queries, q)) <= limit) {
      squaredDistance[row] = Math.min(limit, exact.squaredDistance(queries, q));
    }
  }
}
