package kintsugi.tornado;

import kintsugi.engine.Parallel;
import kintsugi.engine.RowBank;
import kintsugi.engine.Rows;
import kintsugi.engine.ScalarEngine;
import kintsugi.tensor.Tensor;
import uk.ac.manchester.tornado.api.TaskGraphInterface;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The device says in fp32 which groups of rows may hold what is looked for, by the smallest
 * distance in each ({@link DistanceKernels#leastDistances}); the host does the specification's fp64
 * sums for those alone. So the result is the specification's, to the bit.
 *
 * <p>The bound: with {@code u = 2⁻²⁴} an fp32 sum of {@code D} squares of rounded differences is
 * off by at most {@code (D+4)u} of its value, of which {@code (D+8)u} are allowed; results too
 * small for fp32's full precision may be off by {@code 2⁻¹²⁶} each, since a device may flush them
 * to zero.
 */
final class DeviceRowBank implements RowBank {
  /** Queries at once. */
  private static final int QUERIES = 2048;

  /** Centres at once. */
  private static final int CENTRES = 512;

  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** Beyond this squared length products of fp32 numbers may overflow. */
  private static final double LARGEST = 1e30;

  private final Rows bank;
  private final Device device;
  private final Parallel parallel;
  private final RowBank specification;
  private final int length;
  private final double slack;
  private final double underflow;
  private final boolean bounded;
  private Comparison queriesToRows;
  private Comparison rowsToCentres;

  DeviceRowBank(Rows bank, Device device, Parallel parallel) {
    this.bank = bank;
    this.device = device;
    this.parallel = parallel;
    this.specification = new ScalarEngine(parallel).bank(bank);
    this.length = bank.length();
    this.slack = 1 - (length + 8) * UNIT_ROUNDOFF;
    this.underflow = 4 * (length + 32) * (double) Float.MIN_NORMAL;
    boolean[] small = new boolean[bank.count()];
    parallel.forEach(
        bank.count(),
        row -> {
          float[] numbers = new float[length];
          bank.read(row, 1, numbers, 0);
          small[row] = isSmall(numbers, 0);
        });
    boolean all = true;
    for (boolean one : small) {
      all &= one;
    }
    this.bounded = all;
  }

  @Override
  public int rows() {
    return bank.count();
  }

  /** Whether fp32 bounds anything about a row; NaN does not. */
  private boolean isSmall(float[] numbers, int at) {
    double square = 0;
    for (int k = 0; k < length; k++) {
      square += (double) numbers[at + k] * numbers[at + k];
    }
    return square < LARGEST;
  }

  private boolean isBounded(Tensor others) {
    boolean all = bounded;
    for (int i = 0; i < others.dim(0) && all; i++) {
      all = isSmall(others.data(), i * length);
    }
    return all;
  }

  @Override
  public synchronized Nearest nearest(Tensor queries, int k) {
    RowBank.requireRows(queries, length);
    RowBank.requireNeighbours(k, rows());
    if (!isBounded(queries)) {
      return specification.nearest(queries, k);
    }
    int count = queries.dim(0);
    int wanted = Math.min(count, QUERIES);
    if (queriesToRows == null || queriesToRows.columns < wanted) {
      queriesToRows = null;
      queriesToRows = Comparison.withFixedRows(device, bank, wanted);
    }
    Comparison comparison = queriesToRows;
    Nearest nearest = Nearest.unknown(count, k);
    for (int first = 0; first < count; first += comparison.columns) {
      int start = first;
      int some = Math.min(comparison.columns, count - first);
      comparison.columns(queries.data(), first, some);
      float[] least = comparison.run();
      parallel.forEach(some, q -> nearest(queries, start + q, least, q, nearest));
    }
    return nearest;
  }

  /** The likeliest groups at once: small limits let the others be left out. */
  private void nearest(Tensor queries, int query, float[] least, int column, Nearest nearest) {
    int groups = Math.ceilDiv(rows(), DistanceKernels.GROUP);
    int columns = least.length / groups;
    boolean[] done = new boolean[groups];
    float[] row = new float[length];
    for (int i = 0; i < Math.min(nearest.k(), groups); i++) {
      int likeliest = -1;
      for (int g = 0; g < groups; g++) {
        boolean better =
            likeliest < 0 || least[g * columns + column] < least[likeliest * columns + column];
        likeliest = !done[g] && better ? g : likeliest;
      }
      done[likeliest] = true;
      offer(queries, query, likeliest, row, nearest);
    }
    for (int g = 0; g < groups; g++) {
      if (!done[g] && mayBeWithin(least[g * columns + column], nearest.limit(query))) {
        offer(queries, query, g, row, nearest);
      }
    }
  }

  private void offer(Tensor queries, int query, int group, float[] row, Nearest nearest) {
    int end = Math.min(rows(), (group + 1) * DistanceKernels.GROUP);
    for (int r = group * DistanceKernels.GROUP; r < end; r++) {
      bank.read(r, 1, row, 0);
      int at = query * length;
      nearest.offer(query, r, RowBank.squaredDistance(queries.data(), at, row, 0, length));
    }
  }

  private boolean mayBeWithin(float least, double limit) {
    return least * slack - underflow <= limit;
  }

  @Override
  public synchronized void shrink(double[] squaredDistance, Tensor centres) {
    RowBank.requireRows(centres, length);
    if (!isBounded(centres)) {
      specification.shrink(squaredDistance, centres);
      return;
    }
    int count = centres.dim(0);
    int wanted =
        Math.min(Math.ceilDiv(count, DistanceKernels.GROUP) * DistanceKernels.GROUP, CENTRES);
    if (rowsToCentres == null || rowsToCentres.rows < wanted) {
      rowsToCentres = null;
      rowsToCentres = Comparison.withFixedColumns(device, bank, wanted);
    }
    for (int first = 0; first < count; first += rowsToCentres.rows) {
      int start = first;
      int some = Math.min(rowsToCentres.rows, count - first);
      rowsToCentres.rows(centres.data(), first, some);
      float[] least = rowsToCentres.run();
      parallel.forEach(
          rows(), r -> shrink(squaredDistance, r, centres.data(), start, start + some, least));
    }
  }

  private void shrink(
      double[] squaredDistance, int row, float[] centres, int first, int end, float[] least) {
    float[] numbers = null;
    for (int c = first; c < end; c++) {
      int group = (c - first) / DistanceKernels.GROUP;
      if (!mayBeWithin(least[group * rows() + row], squaredDistance[row])) {
        continue;
      }
      if (numbers == null) {
        numbers = new float[length];
        bank.read(row, 1, numbers, 0);
      }
      double distance = RowBank.squaredDistance(numbers, 0, centres, c * length, length);
      squaredDistance[row] = Math.min(squaredDistance[row], distance);
    }
  }

  /** The graph: columns beside rows, one of which stays on the device and the other comes anew. */
  private static final class Comparison {
    final int columns;
    final int rows;
    private final int length;
    private final FloatArray x;
    private final FloatArray y;
    private final FloatArray least;
    private final IntArray live = new IntArray(2);
    private final float[] turned;
    private final float[] result;
    private final Device.Program program;

    /** The bank as rows, {@code columns} queries beside it. */
    static Comparison withFixedRows(Device device, Rows bank, int columns) {
      Comparison comparison = new Comparison(device, columns, bank.count(), bank.length(), false);
      float[] row = new float[bank.length()];
      for (int r = 0; r < bank.count(); r++) {
        bank.read(r, 1, row, 0);
        Copies.in(row, 0, row.length, comparison.y, r * row.length);
      }
      comparison.live.set(1, bank.count());
      return comparison;
    }

    /** The bank as columns, {@code rows} centres beside it. */
    static Comparison withFixedColumns(Device device, Rows bank, int rows) {
      Comparison comparison = new Comparison(device, bank.count(), rows, bank.length(), true);
      float[] row = new float[bank.length()];
      for (int r = 0; r < bank.count(); r++) {
        bank.read(r, 1, row, 0);
        for (int k = 0; k < row.length; k++) {
          comparison.x.set(k * bank.count() + r, row[k]);
        }
      }
      comparison.live.set(0, bank.count());
      return comparison;
    }

    private Comparison(Device device, int columns, int rows, int length, boolean columnsStay) {
      this.columns = columns;
      this.rows = rows;
      this.length = length;
      this.x = Copies.room((long) length * columns);
      this.y = Copies.room((long) length * rows);
      this.least = Copies.room((long) Math.ceilDiv(rows, DistanceKernels.GROUP) * columns);
      this.turned = new float[columnsStay ? 0 : length * columns];
      this.result = new float[least.getSize()];
      this.program =
          device.program("rows", graph -> addTo(graph, columnsStay ? x : y, columnsStay ? y : x));
    }

    private long addTo(TaskGraphInterface graph, FloatArray stays, FloatArray comes) {
      graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, stays);
      graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, comes, live);
      graph.task("least", DistanceKernels::leastDistances, x, y, least, live, columns, length);
      graph.transferToHost(DataTransferMode.EVERY_EXECUTION, least);
      return Copies.bytes(x, y, least);
    }

    /** Sets {@code count} columns from rows, of which {@code first} is the first. */
    void columns(float[] from, int first, int count) {
      for (int c = 0; c < count; c++) {
        for (int k = 0; k < length; k++) {
          turned[k * columns + c] = from[(first + c) * length + k];
        }
      }
      Copies.in(turned, 0, turned.length, x, 0);
      live.set(0, count);
    }

    void rows(float[] from, int first, int count) {
      Copies.in(from, first * length, count * length, y, 0);
      live.set(1, count);
    }

    /** {@code [groups, columns]}; the same array each time. */
    float[] run() {
      program.run();
      Copies.out(least, 0, result, 0, result.length);
      return result;
    }
  }
}
