package kintsugi.engine;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import kintsugi.tensor.Tensor;

/**
 * Sieves, each finer and dearer than the one before, so that the specification's sum is done for
 * few pairs and its result is still the specification's, to the bit:
 *
 * <ol>
 *   <li>Rows of {@value #COARSE} coordinates and a rest ({@link LeadingAxes}), compared by a matrix
 *       product on the kernel of the convolutions: with {@code n = ‖·‖²} the squared distance is at
 *       least {@code n(q) + n(r) − 2·q·r} of the short ones.
 *   <li>Rows of {@value #FINE} coordinates and a rest, by their squared distance.
 *   <li>The rows themselves, by their squared distance in fp32.
 *   <li>The squared distance in fp64.
 * </ol>
 *
 * <p>Bounds, with {@code u = 2⁻²⁴} and {@code m} numbers in a short row. A sum of {@code D} squares
 * of rounded differences is off by at most {@code (D+4)u} of its value. Short rows are rounded
 * once, so that a product {@code 2·q·r} is off by less than {@code 2(m+2)u·‖q‖‖r‖ ≤
 * (m+2)u·(n(q)+n(r))}, and a squared distance by less than {@code 4u·(n(q)+n(r))} beside its sum's
 * own error. What is left out (the roundings of {@code n} and of the comparisons, fp64's own) is
 * covered by allowing {@code 2(m+16)u·(n(q)+n(r))} in both. Numbers too small for fp32's full
 * precision err by up to {@code 2⁻¹⁴⁹} each instead, which is allowed beside that.
 */
final class VectorRowBank implements RowBank {
  private static final VectorSpecies<Float> SPECIES = ConvolutionKernel.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int PIXELS = ConvolutionKernel.PIXELS;
  private static final int CHANNELS = ConvolutionKernel.CHANNELS;

  /** With the rest a multiple of every kernel's steps. */
  private static final int COARSE = 31;

  /** With the rest whole vectors. */
  private static final int FINE = 95;

  /** Queries that share a pass over the bank; a multiple of both tiles' pixels. */
  private static final int QUERIES = 56;

  /** Rows scored before the scores are looked at: all stay in the second-level cache. */
  private static final int CHUNK = 256;

  /** Parts for each thread: some slack for a thread that is late. */
  private static final int PARTS = 8;

  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** The error of one operation whose result is denormal. */
  private static final double UNDERFLOW = Float.MIN_VALUE;

  /** Beyond this squared length products of fp32 numbers may overflow. */
  private static final double LARGEST = 1e30;

  private final Rows bank;
  private final Parallel parallel;
  private final ScalarRowBank specification;
  private final int length;
  private final LeadingAxes axes;
  private final int coarse;
  private final int fine;
  private final int padded;
  private final int blocks;
  private final float[] packed;
  private final float[] fineRows;
  private final float[] halfNorms;
  private final float[] zeros = new float[CHANNELS];
  private final double largestNorm;
  private final double fineSlack;
  private final double fullSlack;
  private final double underflow;

  VectorRowBank(Rows bank, Parallel parallel) {
    this.bank = bank;
    this.parallel = parallel;
    this.specification = new ScalarRowBank(bank, parallel);
    this.length = bank.length();
    this.axes = new LeadingAxes(bank, FINE);
    this.coarse = Math.min(COARSE, axes.axes());
    this.fine = axes.axes() + 1;
    int steps = ConvolutionKernel.STEPS;
    this.padded = (coarse + 1 + steps - 1) / steps * steps;
    this.blocks = (rows() + CHANNELS - 1) / CHANNELS;
    this.packed = new float[Math.multiplyExact(blocks * CHANNELS, padded)];
    this.fineRows = new float[Math.multiplyExact(rows(), fine)];
    this.halfNorms = new float[blocks * CHANNELS];
    double[] largest = new double[blocks];
    parallel.forEach(blocks, block -> largest[block] = pack(block));
    this.largestNorm = Arrays.stream(largest).max().orElse(0);
    this.fineSlack = 1 - (fine + 8) * UNIT_ROUNDOFF;
    this.fullSlack = 1 - (length + 8) * UNIT_ROUNDOFF;
    this.underflow = 4 * (length + 32) * UNDERFLOW;
  }

  /** Turns a block of short rows so that one lane is one row; returns the largest square. */
  private double pack(int block) {
    int first = block * CHANNELS;
    int count = Math.min(CHANNELS, rows() - first);
    float[] full = new float[count * length];
    bank.read(first, count, full, 0);
    double[] work = axes.work();
    float[] row = new float[padded];
    double largest = 0;
    // Rows that are not there never win.
    Arrays.fill(halfNorms, first, first + CHANNELS, Float.POSITIVE_INFINITY);
    for (int lane = 0; lane < count; lane++) {
      double square = axes.measure(full, lane * length, work);
      axes.shorten(coarse, square, work, row, 0);
      axes.shorten(axes.axes(), square, work, fineRows, (first + lane) * fine);
      for (int k = 0; k < padded; k++) {
        packed[(block * padded + k) * CHANNELS + lane] = row[k];
      }
      halfNorms[first + lane] = (float) (square / 2);
      largest = Math.max(largest, square);
    }
    return largest;
  }

  @Override
  public int rows() {
    return bank.count();
  }

  /** Whether fp32 bounds anything here; NaN does not. */
  private boolean bounded(double square) {
    return square < LARGEST && largestNorm < LARGEST;
  }

  @Override
  public Nearest nearest(Tensor queries, int k) {
    RowBank.requireRows(queries, length);
    RowBank.requireNeighbours(k, rows());
    int count = queries.dim(0);
    Nearest nearest = Nearest.unknown(count, k);
    int groups = (count + QUERIES - 1) / QUERIES;
    parallel.forEach(groups, g -> new Group(queries, g * QUERIES).nearest(nearest));
    return nearest;
  }

  @Override
  public void shrink(double[] squaredDistance, Tensor centres) {
    RowBank.requireRows(centres, length);
    int count = centres.dim(0);
    Group[] groups = new Group[(count + QUERIES - 1) / QUERIES];
    parallel.forEach(groups.length, g -> groups[g] = new Group(centres, g * QUERIES));
    if (!Arrays.stream(groups).allMatch(g -> g.bounded)) {
      specification.shrink(squaredDistance, centres);
      return;
    }
    int parts = Math.min(PARTS * parallel.threads(), blocks);
    parallel.forEach(
        parts,
        part -> {
          int first = (int) ((long) blocks * part / parts);
          int end = (int) ((long) blocks * (part + 1) / parts);
          new Shrinking(squaredDistance).run(groups, first, end);
        });
  }

  /** Queries that go through the bank together, in full and in short. */
  private final class Group {
    final float[] full;
    final int first;
    final int count;
    final float[] rows = new float[QUERIES * padded];
    final float[] fineQueries = new float[QUERIES * fine];
    final int[] corners = new int[QUERIES];
    final double[] squares = new double[QUERIES];
    final boolean bounded;

    Group(Tensor queries, int first) {
      this.full = queries.data();
      this.first = first;
      this.count = Math.min(QUERIES, queries.dim(0) - first);
      Arrays.setAll(corners, q -> q * padded);
      double[] work = axes.work();
      boolean all = true;
      for (int q = 0; q < count; q++) {
        squares[q] = axes.measure(full, (first + q) * length, work);
        axes.shorten(coarse, squares[q], work, rows, q * padded);
        axes.shorten(axes.axes(), squares[q], work, fineQueries, q * fine);
        all &= bounded(squares[q]);
      }
      this.bounded = all;
    }

    /** {@code 2(m+16)u·(n(q) + n(r))} for the longest row and the finer sieve, and underflow. */
    double margin(int q) {
      return 2 * (fine + 16) * UNIT_ROUNDOFF * (squares[q] + largestNorm) + underflow;
    }

    /** Blocks outside, queries inside: a block of rows stays in the first-level cache. */
    void score(int firstBlock, int endBlock, float[] scores) {
      for (int block = firstBlock; block < endBlock; block++) {
        for (int q = 0; q < count; q += PIXELS) {
          ConvolutionKernel.tile(
              rows,
              corners,
              q,
              0,
              1,
              padded,
              packed,
              block * padded * CHANNELS,
              zeros,
              0,
              scores,
              q * CHUNK + (block - firstBlock) * CHANNELS,
              CHUNK);
        }
      }
    }

    void nearest(Nearest nearest) {
      float[] scores = new float[QUERIES * CHUNK];
      Exact exact = new Exact();
      for (int block = 0; block < blocks && bounded; block += CHUNK / CHANNELS) {
        int end = Math.min(blocks, block + CHUNK / CHANNELS);
        score(block, end, scores);
        for (int q = 0; q < count; q++) {
          look(scores, q, block * CHANNELS, (end - block) * CHANNELS, exact, nearest);
        }
      }
      for (int q = 0; q < count && !bounded; q++) {
        specification.nearest(Tensor.of(full, full.length / length, length), first + q, nearest);
      }
    }

    private void look(
        float[] scores, int q, int firstRow, int count, Exact exact, Nearest nearest) {
      double margin = margin(q);
      // The likeliest of the first rows at once: a small limit lets the others be left out.
      int likeliest = firstRow == 0 ? likeliest(scores, q * CHUNK, count) : -1;
      if (firstRow == 0) {
        offer(q, likeliest, exact, nearest);
      }
      float least = least(q, nearest, margin);
      for (int i = 0; i < count; i += LANES) {
        FloatVector score = FloatVector.fromArray(SPECIES, scores, q * CHUNK + i);
        FloatVector half = FloatVector.fromArray(SPECIES, halfNorms, firstRow + i);
        VectorMask<Float> possible = score.sub(half).compare(VectorOperators.GE, least);
        if (possible.anyTrue()) {
          for (long bits = possible.toLong(); bits != 0; bits &= bits - 1) {
            int row = firstRow + i + Long.numberOfTrailingZeros(bits);
            if (row != likeliest) {
              offer(q, row, exact, nearest);
            }
          }
          least = least(q, nearest, margin);
        }
      }
    }

    /** What {@code q·r − n(r)/2} has to be for the squared distance to be within the limit. */
    private float least(int q, Nearest nearest, double margin) {
      return (float) ((squares[q] - nearest.limit(first + q) - margin) / 2);
    }

    private void offer(int q, int row, Exact exact, Nearest nearest) {
      double limit = nearest.limit(first + q);
      if (row < rows() && exact.mayBeWithin(this, q, row, limit)) {
        nearest.offer(first + q, row, exact.squaredDistance(this, q));
      }
    }
  }

  private int likeliest(float[] scores, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      float better = scores[from + best] - halfNorms[best];
      best = scores[from + i] - halfNorms[i] > better ? i : best;
    }
    return best;
  }

  /** The finer sieves, with the memory for one row. */
  private final class Exact {
    private final float[] row = new float[length];

    /** False if the squared distance is surely above the limit; else the row has been read. */
    boolean mayBeWithin(Group group, int q, int index, double limit) {
      float least = squaredDistance32(group.fineQueries, q * fine, fineRows, index * fine, fine);
      if (least * fineSlack - group.margin(q) > limit) {
        return false;
      }
      bank.read(index, 1, row, 0);
      int from = (group.first + q) * length;
      float distance = squaredDistance32(group.full, from, row, 0, length);
      return distance * fullSlack - underflow <= limit;
    }

    /** The specification's distance of the row that was read last. */
    double squaredDistance(Group group, int q) {
      return RowBank.squaredDistance(group.full, (group.first + q) * length, row, 0, length);
    }
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

  /** Some blocks of rows beside all centres. */
  private final class Shrinking {
    private final double[] squaredDistance;
    private final float[] scores = new float[QUERIES * CHUNK];

    /** For each row of a chunk {@code (n(r) − d(r)) / 2}: what {@code q·r − n(q)/2} must exceed. */
    private final float[] bars = new float[CHUNK];

    Shrinking(double[] squaredDistance) {
      this.squaredDistance = squaredDistance;
    }

    void run(Group[] groups, int firstBlock, int endBlock) {
      for (int block = firstBlock; block < endBlock; block += CHUNK / CHANNELS) {
        int end = Math.min(endBlock, block + CHUNK / CHANNELS);
        int firstRow = block * CHANNELS;
        int count = (end - block) * CHANNELS;
        Exact exact = new Exact();
        for (Group group : groups) {
          group.score(block, end, scores);
          for (int i = 0; i < count; i++) {
            bars[i] = bar(firstRow + i);
          }
          for (int q = 0; q < group.count; q++) {
            look(group, q, firstRow, count, exact);
          }
        }
      }
    }

    private float bar(int row) {
      return row < rows()
          ? (float) (halfNorms[row] - squaredDistance[row] / 2)
          : Float.POSITIVE_INFINITY;
    }

    private void look(Group group, int q, int firstRow, int count, Exact exact) {
      float offset = (float) ((group.squares[q] - group.margin(q)) / 2);
      for (int i = 0; i < count; i += LANES) {
        FloatVector score = FloatVector.fromArray(SPECIES, scores, q * CHUNK + i);
        FloatVector bar = FloatVector.fromArray(SPECIES, bars, i);
        VectorMask<Float> possible = score.sub(offset).compare(VectorOperators.GT, bar);
        if (possible.anyTrue()) {
          for (long bits = possible.toLong(); bits != 0; bits &= bits - 1) {
            int lane = i + Long.numberOfTrailingZeros(bits);
            shrinkOne(group, q, firstRow + lane, exact);
            bars[lane] = bar(firstRow + lane);
          }
        }
      }
    }

    private void shrinkOne(Group group, int q, int row, Exact exact) {
      if (row < rows() && exact.mayBeWithin(group, q, row, squaredDistance[row])) {
        double distance = exact.squaredDistance(group, q);
        squaredDistance[row] = Math.min(squaredDistance[row], distance);
      }
    }
  }
}
