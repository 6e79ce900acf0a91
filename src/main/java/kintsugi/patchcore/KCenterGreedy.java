package kintsugi.patchcore;

import java.util.Arrays;
import kintsugi.engine.RowBank;
import kintsugi.engine.Rows;
import kintsugi.tensor.Tensor;

/**
 * The greedy k-center coreset: again and again the row that is farthest from all rows chosen before
 * (Roth et al., <i>Towards Total Recall in Industrial Anomaly Detection</i>, algorithm 1; Sener and
 * Savarese, <i>Active Learning for Convolutional Neural Networks</i>). Its covering radius is at
 * most twice the best possible.
 *
 * <p>All is exact: squared distances in fp64, of equals the lower index. {@link #textbook} is the
 * algorithm as it is written; {@link #choose} makes the same choices in the same order, many at a
 * time. For that it takes the rows that are now the farthest, as candidates. A row's distance to
 * the chosen ones only shrinks, so no other row can be chosen as long as the farthest candidate is
 * farther than every other row was: within the candidates the textbook's choices are replayed, each
 * updating the candidates alone, and then all rows are compared with all choices at once.
 */
public final class KCenterGreedy {
  /** Candidates for each row that the last round chose, so that the next may choose as many. */
  private static final int CANDIDATES_PER_CHOICE = 4;

  private static final int LEAST_CANDIDATES = 64;
  private static final int MOST_CANDIDATES = 2048;

  private final Rows rows;
  private final RowBank bank;
  private final double[] squaredDistance;

  /**
   * A search.
   *
   * @param rows the rows to choose from
   * @param bank the same, laid out
   * @param squaredDistance for each row its squared distance to what is chosen already, infinity
   *     where nothing is; replaced on the way
   */
  public KCenterGreedy(Rows rows, RowBank bank, double[] squaredDistance) {
    this.rows = rows;
    this.bank = bank;
    this.squaredDistance = squaredDistance;
  }

  /**
   * Nothing is chosen yet, and the first choice is this row.
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
  public static double[] meanDistances(Rows rows, Tensor some) {
    int d = rows.length();
    float[] row = new float[d];
    double[] squared = new double[rows.count()];
    for (int i = 0; i < squared.length; i++) {
      rows.read(i, 1, row, 0);
      double sum = 0;
      for (int s = 0; s < some.dim(0); s++) {
        sum += Math.sqrt(RowBank.squaredDistance(row, 0, some.data(), s * d, d));
      }
      squared[i] = Math.pow(sum / some.dim(0), 2);
    }
    return squared;
  }

  /**
   * What was chosen.
   *
   * @param order the rows, in the order of their choice
   * @param coveringRadius the largest distance of any row to a chosen one
   */
  public record Coreset(int[] order, double coveringRadius) {}

  /** Who is told of each round; returns whether to stop with what there is. */
  public interface Listener {
    /**
     * So many rows are chosen, and no row is farther than the radius from them.
     *
     * @param count how many are chosen
     * @param coveringRadius no row is farther from them
     * @return whether to stop
     */
    boolean chosen(int count, double coveringRadius);
  }

  /**
   * Chooses until there are {@code most}, or the covering radius is at most {@code radius}, or the
   * listener stops, or every row equals a chosen one.
   *
   * @param most the largest number of rows
   * @param radius the covering radius that is small enough
   * @param listener is told of each round
   * @return what was chosen
   */
  public Coreset choose(int most, double radius, Listener listener) {
    int[] order = new int[Math.min(most, rows.count())];
    int count = 0;
    int wanted = LEAST_CANDIDATES;
    double stop = radius * radius;
    boolean stopped = false;
    while (count < order.length && !stopped) {
      int before = count;
      Candidates candidates = new Candidates(wanted);
      count = candidates.replay(order, count, stop);
      if (count == before) {
        break;
      }
      bank.shrink(squaredDistance, rows.gather(Arrays.copyOfRange(order, before, count)));
      int chosen = count - before;
      wanted = Math.clamp(CANDIDATES_PER_CHOICE * chosen, LEAST_CANDIDATES, MOST_CANDIDATES);
      stopped = listener.chosen(count, radius());
    }
    return new Coreset(Arrays.copyOf(order, count), radius());
  }

  private double radius() {
    double largest = 0;
    for (double value : squaredDistance) {
      largest = Math.max(largest, value);
    }
    return Math.sqrt(largest);
  }

  /** The rows that are farthest now. */
  private final class Candidates {
    private final int[] index;
    private final double[] distance;
    private final Tensor copies;

    /** No row beside the candidates is farther than this. */
    private final double others;

    Candidates(int wanted) {
      double least = kthLargest(Math.min(wanted, rows.count()));
      int[] found = new int[2 * wanted];
      int count = 0;
      double below = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < squaredDistance.length; i++) {
        boolean far = squaredDistance[i] > least;
        // Of rows exactly at the bound the first ones, as long as there is room for them.
        if (far || squaredDistance[i] == least && count < wanted) {
          found = count == found.length ? Arrays.copyOf(found, 2 * count) : found;
          found[count++] = i;
        } else {
          below = Math.max(below, squaredDistance[i]);
        }
      }
      index = Arrays.copyOf(found, count);
      others = below;
      distance = new double[count];
      Arrays.setAll(distance, i -> squaredDistance[index[i]]);
      copies = rows.gather(index);
    }

    /** Makes the textbook's choices as long as they cannot fall on another row. */
    int replay(int[] order, int from, double stop) {
      int count = from;
      while (count < order.length) {
        int farthest = 0;
        for (int i = 1; i < distance.length; i++) {
          farthest = distance[i] > distance[farthest] ? i : farthest;
        }
        // The first of a round is the farthest of all rows, whatever the others are.
        boolean surely = distance[farthest] > others || count == from;
        if (!surely || distance[farthest] <= stop || distance[farthest] == 0) {
          break;
        }
        order[count++] = index[farthest];
        shrink(farthest);
      }
      return count;
    }

    private void shrink(int centre) {
      int d = rows.length();
      float[] data = copies.data();
      for (int i = 0; i < distance.length; i++) {
        double sum = 0;
        double limit = distance[i];
        // Sums of squares only grow: beyond the limit the rest changes nothing.
        for (int k = 0; k < d && sum < limit; k++) {
          double difference = (double) data[i * d + k] - data[centre * d + k];
          sum += difference * difference;
        }
        distance[i] = Math.min(limit, sum);
      }
    }
  }

  private double kthLargest(int k) {
    double[] heap = new double[k];
    Arrays.fill(heap, Double.NEGATIVE_INFINITY);
    for (double value : squaredDistance) {
      if (value > heap[0]) {
        sink(heap, value);
      }
    }
    return heap[0];
  }

  /** Puts a value in place of the smallest, which stands first. */
  private static void sink(double[] heap, double value) {
    int at = 0;
    for (int child = 1; child < heap.length; child = 2 * at + 1) {
      int smaller = child + 1 < heap.length && heap[child + 1] < heap[child] ? child + 1 : child;
      if (heap[smaller] >= value) {
        break;
      }
      heap[at] = heap[smaller];
      at = smaller;
    }
    heap[at] = value;
  }

  /**
   * The algorithm as it is written: the specification of {@link #choose}. {@code N·M·D} operations,
   * one row at a time.
   *
   * @param rows the rows
   * @param squaredDistance as for the constructor; replaced
   * @param most the largest number of rows
   * @param radius the covering radius that is small enough
   * @return what was chosen
   */
  public static Coreset textbook(Rows rows, double[] squaredDistance, int most, double radius) {
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
        double distance = RowBank.squaredDistance(row, 0, chosen, 0, d);
        squaredDistance[i] = Math.min(squaredDistance[i], distance);
      }
    }
  }
}
