package kintsugi.engine.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.engine.NeighborIndex.Nearest;

/**
 * The search of one panel of queries for their nearest rows. Limits come from distances in fp32 and
 * their bounds; the specification's sum is computed at the end, for the rows that are left.
 */
final class NearestSearch {
  private static final VectorSpecies<Float> SPECIES = MicroKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int CHANNELS = MicroKernel.CHANNELS;
  private static final int PIXELS = QueryPanel.PIXELS;
  private static final int GROUP = PanelCentres.GROUP;

  /** Candidates that there is room for at first. */
  private static final int CAPACITY = 1024;

  private final PackedRows rows;
  private final QueryPanel queries;
  private final Nearest nearest;
  private final ExactDistance exact;
  private final float[] scores = new float[PIXELS * CHANNELS];

  /** {@code q·c − n(c)/2} of all centres. */
  private final float[] centreScores;

  /** The rows nearest so far, by the maximum of their squared distance. */
  private final Nearest upper;

  /** For each query the score that a row within the limit has at least. */
  private final float[] minimum;

  /** For each query the panel that was searched first, or −1. */
  private final int[] firstPanel;

  /** Pairs of a query and a row that may be near enough, and their minimum distance. */
  private int[] candidates = new int[2 * CAPACITY];

  private double[] lower = new double[CAPACITY];
  private int found;

  NearestSearch(PackedRows rows, QueryPanel queries, Nearest nearest) {
    this.rows = rows;
    this.queries = queries;
    this.nearest = nearest;
    this.exact = new ExactDistance(rows);
    this.upper = Nearest.unknown(queries.count, nearest.k());
    this.centreScores = new float[rows.centres == null ? 0 : queries.padded * rows.centres.count];
    this.minimum = new float[queries.padded];
    this.firstPanel = new int[queries.padded];
    Arrays.fill(firstPanel, -1);
    Arrays.fill(minimum, Float.POSITIVE_INFINITY);
    Arrays.fill(minimum, 0, queries.count, Float.NEGATIVE_INFINITY);
  }

  void run() {
    if (!queries.bounded) {
      offerAll();
      return;
    }
    if (rows.centres != null) {
      queries.scoreCentres(0, rows.centres.count, centreScores);
    }
    for (int q = 0; q < queries.count; q++) {
      searchFirst(q);
    }
    long[] possible = new long[queries.tiles];
    for (int panel = 0; panel < rows.panels; panel += GROUP) {
      for (int tile = 0; tile < queries.tiles; tile++) {
        possible[tile] = possible(tile * PIXELS, panel);
      }
      searchGroup(panel, Math.min(rows.panels, panel + GROUP), possible);
    }
    settle();
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

  /**
   * A query's likeliest panel, and its likeliest row first: a small limit rules most others out.
   */
  private void searchFirst(int q) {
    int panel =
        rows.centres == null
            ? 0
            : likeliest(centreScores, q * rows.centres.count, rows.centres.halfNorms.length);
    int lane = q % PIXELS;
    queries.score(q - lane, panel, scores);
    int best = likeliest(scores, lane * CHANNELS, CHANNELS);
    offer(q, panel * CHANNELS + best);
    // Not again: NaN is never within a limit.
    scores[lane * CHANNELS + best] = Float.NaN;
    compare(q, panel, lane);
    firstPanel[q] = panel;
  }

  private static int likeliest(float[] scores, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = scores[from + i] > scores[from + best] ? i : best;
    }
    return best;
  }

  /** The panels of a group that may have a row near enough to a query of a tile. */
  private long possible(int tile, int panel) {
    if (rows.centres == null) {
      return -1;
    }
    long possible = 0;
    for (int q = tile; q < Math.min(queries.count, tile + PIXELS); q++) {
      float limit = PanelCentres.distance(upper.limit(q));
      float score = (float) (queries.squares[q] / 2 - queries.margin(q));
      int at = q * rows.centres.count + panel;
      possible |= PanelCentres.within(centreScores, at, rows.centres.radii, panel, limit, score);
    }
    return possible;
  }

  /** Panels outside, queries inside: a panel stays in the first-level cache. */
  private void searchGroup(int first, int end, long[] possible) {
    for (int panel = first; panel < end; panel++) {
      for (int tile = 0; tile < possible.length; tile++) {
        if ((possible[tile] >>> panel & 1) != 0) {
          int q = tile * PIXELS;
          queries.score(q, panel, scores);
          for (int lane = 0; lane < PIXELS; lane++) {
            compare(q + lane, panel, lane);
          }
        }
      }
    }
  }

  /** Offers those rows of a panel whose score allows them to be among the nearest. */
  private void compare(int q, int panel, int lane) {
    FloatVector low = FloatVector.fromArray(SPECIES, scores, lane * CHANNELS);
    FloatVector high = FloatVector.fromArray(SPECIES, scores, lane * CHANNELS + LANES);
    VectorMask<Float> first = low.compare(VectorOperators.GE, minimum[q]);
    VectorMask<Float> second = high.compare(VectorOperators.GE, minimum[q]);
    if (first.or(second).anyTrue() && firstPanel[q] != panel) {
      long bits = first.toLong() | second.toLong() << LANES;
      for (; bits != 0; bits &= bits - 1) {
        int at = Long.numberOfTrailingZeros(bits);
        if (scores[lane * CHANNELS + at] >= minimum[q]) {
          offer(q, panel * CHANNELS + at);
        }
      }
    }
  }

  private void offer(int q, int place) {
    int row = rows.order[place];
    double limit = upper.limit(q);
    if (row < 0 || exact.exceeds(queries, q, row, limit)) {
      return;
    }
    exact.read(row);
    float distance = exact.squaredDistance32(queries, q);
    if (rows.atLeast(distance) <= limit) {
      remember(q, row, rows.atLeast(distance));
      upper.offer(q, row, rows.atMost(distance));
      minimum[q] = (float) ((queries.squares[q] - upper.limit(q) - queries.margin(q)) / 2);
    }
  }

  private void remember(int q, int row, double distance) {
    if (found == lower.length) {
      candidates = Arrays.copyOf(candidates, 4 * found);
      lower = Arrays.copyOf(lower, 2 * found);
    }
    candidates[2 * found] = q;
    candidates[2 * found + 1] = row;
    lower[found++] = distance;
  }

  /** The specification's distances of the rows that are left. */
  private void settle() {
    for (int i = 0; i < found; i++) {
      int q = candidates[2 * i];
      if (lower[i] <= upper.limit(q)) {
        exact.read(candidates[2 * i + 1]);
        nearest.offer(queries.first + q, candidates[2 * i + 1], exact.squaredDistance(queries, q));
      }
    }
  }
}
