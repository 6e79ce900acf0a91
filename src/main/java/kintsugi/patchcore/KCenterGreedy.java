package kintsugi.patchcore;

import java.util.Arrays;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;

/**
 * The greedy k-center coreset: in each step the row that is farthest from all rows chosen before
 * (Roth et al., <i>Towards Total Recall in Industrial Anomaly Detection</i>, algorithm 1; Sener and
 * Savarese, <i>Active Learning for Convolutional Neural Networks</i>). Its covering radius is at
 * most twice the best possible.
 *
 * <p>The search is exact: squared distances in fp64, of equals the lower index. {@link #textbook}
 * is the algorithm as it is written; {@link #choose} makes the same choices in the same order, many
 * at a time. For that it takes the rows that are now the farthest, as candidates. A row's distance
 * to the chosen ones only decreases, so no other row can be chosen as long as the farthest
 * candidate is farther than every other row was: within the candidates the textbook's choices are
 * replayed, each updating the candidates alone, and then all rows are compared with all choices at
 * once.
 */
public final class KCenterGreedy {
  /** Candidates for each row that the last round chose, so that the next may choose as many. */
  private static final int CANDIDATES_PER_CHOICE = 4;

  private static final int MINIMUM_CANDIDATES = 64;
  private static final int MAXIMUM_CANDIDATES = 2048;

  private final RowMatrix rows;
  private final NeighborIndex index;
  private final double[] squaredDistance;
  private int[] order = {};
  private int count;
  private int wanted = wanted(0);

  /**
   * A search.
   *
   * @param rows the rows to choose from
   * @param index the same, prepared by an engine
   * @param squaredDistance for each row its squared distance to what is chosen already, infinity
   *     where nothing is; replaced on the way
   */
  public KCenterGreedy(RowMatrix rows, NeighborIndex index, double[] squaredDistance) {
    this.rows = rows;
    this.index = index;
    this.squaredDistance = squaredDistance;
  }

  /**
   * The start of a search that has chosen nothing yet and whose first choice is this row.
   *
   * @param first the first choice
   * @param count how many rows there are
   * @return squared distances for the constructor
   */
  public static double[] startAt(int first, int count) {
    double[] squaredDistance = new double[count];
    Arrays.fill(squaredDistance, Double.MAX_VALUE);
    squaredDistance[first] = Double.POSITIVE_INFINITY;
    return squaredDistance;
  }

  /**
   * {@return each row's mean distance to some rows, squared, as if that were its distance to a
   * centre: where the authors' own code starts}
   *
   * @param rows the rows
   * @param some {@code [S, D]}
   */
  public static double[] meanDistances(RowMatrix rows, Tensor some) {
    int d = rows.length();
    float[] row = new float[d];
    double[] squared = new double[rows.count()];
    for (int i = 0; i < squared.length; i++) {
      rows.read(i, 1, row, 0);
      double sum = 0;
      for (int s = 0; s < some.dim(0); s++) {
        sum += Math.sqrt(NeighborIndex.squaredDistance(row, 0, some.data(), s * d, d));
      }
      double mean = sum / some.dim(0);
      squared[i] = mean * mean;
    }
    return squared;
  }

  /**
   * The rows chosen.
   *
   * @param order the rows, in the order of their choice
   * @param coveringRadius the maximum distance of any row to a chosen one
   */
  public record Coreset(int[] order, double coveringRadius) {}

  /**
   * Chooses until there are {@code most}, or the covering radius is at most {@code radius}, or
   * every row equals a chosen one.
   *
   * @param most the maximum number of rows
   * @param radius the covering radius that is small enough
   * @return the rows chosen
   */
  public Coreset choose(int most, double radius) {
    while (chooseMore(most, radius)) {
      // Each round chooses some more.
    }
    return coreset();
  }

  /**
   * Chooses the rows of one more round, as {@link #choose} does.
   *
   * @param most the maximum number of rows, the same in every round
   * @param radius the covering radius that is small enough
   * @return whether there may be more to choose
   */
  public boolean chooseMore(int most, double radius) {
    if (count == 0) {
      order = new int[Math.min(most, rows.count())];
    }
    if (count == order.length) {
      return false;
    }
    Candidates candidates = Candidates.of(rows, 0, squaredDistance, wanted);
    int[] chosen = candidates.choose(order.length - count, radius * radius);
    if (chosen.length == 0) {
      return false;
    }
    for (int candidate : chosen) {
      order[count++] = (int) candidates.row(candidate);
    }
    index.updateMinimumDistances(squaredDistance, candidates.rows(chosen));
    wanted = wanted(chosen.length);
    return count < order.length;
  }

  /** The candidates of the round after one of so many choices, or of the first after none. */
  static int wanted(int chosen) {
    return Math.clamp(
        (long) CANDIDATES_PER_CHOICE * chosen, MINIMUM_CANDIDATES, MAXIMUM_CANDIDATES);
  }

  /** {@return the rows chosen so far} */
  public Coreset coreset() {
    return new Coreset(Arrays.copyOf(order, count), coveringRadius());
  }

  /** {@return how many rows are chosen so far} */
  public int count() {
    return count;
  }

  /** {@return the maximum distance of any row to the chosen ones} */
  public double coveringRadius() {
    double maximum = 0;
    for (double value : squaredDistance) {
      maximum = Math.max(maximum, value);
    }
    return Math.sqrt(maximum);
  }

  /**
   * The algorithm as it is written: the specification of {@link #choose}. {@code N·M·D} operations,
   * one row at a time.
   *
   * @param rows the rows
   * @param squaredDistance as for the constructor; replaced
   * @param most the maximum number of rows
   * @param radius the covering radius that is small enough
   * @return the rows chosen
   */
  public static Coreset textbook(
      RowMatrix rows, double[] squaredDistance, int most, double radius) {
    int d = rows.length();
    int[] order = new int[Math.min(most, rows.count())];
    float[] chosen = new float[d];
    float[] row = new float[d];
    int count = 0;
    while (true) {
      int farthest = 0;
      for (int i = 1; i < squaredDistance.length; i++) {
        farthest = squaredDistance[i] > squaredDistance[farthest] ? i : farthest;
      }
      double largest = squaredDistance[farthest];
      if (count == order.length || largest <= radius * radius || largest == 0) {
        return new Coreset(Arrays.copyOf(order, count), Math.sqrt(largest));
      }
      order[count++] = farthest;
      rows.read(farthest, 1, chosen, 0);
      for (int i = 0; i < squaredDistance.length; i++) {
        rows.read(i, 1, row, 0);
        double distance = NeighborIndex.squaredDistance(row, 0, chosen, 0, d);
        squaredDistance[i] = Math.min(squaredDistance[i], distance);
      }
    }
  }
}
