package kintsugi.tornado;

import kintsugi.engine.Engine;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.tensor.Tensor;
import uk.ac.manchester.tornado.api.TaskGraphInterface;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Nearest-neighbour search on a device: it computes in fp32 the minimum distance in each group of
 * rows ({@link DistanceKernels#minimumDistances}), and the host computes the specification's fp64
 * sums for those groups alone that may hold the result. So the result is the specification's, to
 * the bit.
 *
 * <p>The bound: with {@code u = 2⁻²⁴} an fp32 sum of {@code D} squares of rounded differences is
 * off by at most {@code (D+4)u} of its value, and {@code (D+8)u} are allowed; results too small for
 * the full precision of fp32 may be off by {@code 2⁻¹²⁶} each, since a device may flush them to
 * zero. Where fp32 has no bound (NaN, overflow) the host's engine computes.
 */
final class DeviceNeighborIndex implements NeighborIndex {
  /** Maximum number of queries per run. */
  private static final int QUERIES = 2048;

  /** Maximum number of centres per run. */
  private static final int CENTRES = 512;

  private static final double UNIT_ROUNDOFF = 0x1p-24;

  /** Beyond this squared length products of fp32 values may overflow. */
  private static final double MAX_SQUARE = 1e30;

  private final RowMatrix rows;
  private final Device device;
  private final Parallel parallel;
  private final Engine host;
  private final int length;
  private final double slack;
  private final double underflow;
  private final boolean bounded;
  private Comparison queriesToRows;
  private Comparison rowsToCentres;
  private NeighborIndex onHost;

  DeviceNeighborIndex(RowMatrix rows, Device device, Parallel parallel, Engine host) {
    this.rows = rows;
    this.device = device;
    this.parallel = parallel;
    this.host = host;
    this.length = rows.length();
    this.slack = 1 - (length + 8) * UNIT_ROUNDOFF;
    this.underflow = 4 * (length + 32) * (double) Float.MIN_NORMAL;
    boolean[] small = new boolean[rows.count()];
    parallel.forEach(
        rows.count(),
        row -> {
          float[] values = new float[length];
          rows.read(row, 1, values, 0);
          small[row] = isSmall(values, 0);
        });
    boolean all = true;
    for (boolean one : small) {
      all &= one;
    }
    this.bounded = all;
  }

  @Override
  public int rows() {
    return rows.count();
  }

  /** Whether fp32 bounds the distances of a row; not so for NaN. */
  private boolean isSmall(float[] values, int at) {
    double square = 0;
    for (int k = 0; k < length; k++) {
      square += (double) values[at + k] * values[at + k];
    }
    return square < MAX_SQUARE;
  }

  /** The host's index, laid out when it is first needed. */
  private NeighborIndex onHost() {
    onHost = onHost == null ? host.index(rows) : onHost;
    return onHost;
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
    NeighborIndex.requireRows(queries, length);
    NeighborIndex.requireNeighbours(k, rows());
    if (!isBounded(queries)) {
      return onHost().nearest(queries, k);
    }
    int count = queries.dim(0);
    int wanted = Math.min(count, QUERIES);
    if (queriesToRows == null || queriesToRows.columns < wanted) {
      queriesToRows = null;
      queriesToRows = Comparison.withFixedRows(device, rows, wanted);
    }
    Comparison comparison = queriesToRows;
    Nearest nearest = Nearest.unknown(count, k);
    for (int first = 0; first < count; first += comparison.columns) {
      int start = first;
      int some = Math.min(comparison.columns, count - first);
      comparison.columns(queries.data(), first, some);
      float[] minimum = comparison.run();
      parallel.forEach(some, q -> nearest(queries, start + q, minimum, q, nearest));
    }
    return nearest;
  }

  /** Offers the likeliest groups first: a small limit rules most others out. */
  private void nearest(Tensor queries, int query, float[] minimum, int column, Nearest nearest) {
    int groups = Math.ceilDiv(rows(), DistanceKernels.GROUP);
    int columns = minimum.length / groups;
    boolean[] done = new boolean[groups];
    float[] row = new float[length];
    for (int i = 0; i < Math.min(nearest.k(), groups); i++) {
      int likeliest = -1;
      for (int g = 0; g < groups; g++) {
        boolean better =
            likeliest < 0 || minimum[g * columns + column] < minimum[likeliest * columns + column];
        likeliest = !done[g] && better ? g : likeliest;
      }
      done[likeliest] = true;
      offer(queries, query, likeliest, row, nearest);
    }
    for (int g = 0; g < groups; g++) {
      if (!done[g] && mayBeWithin(minimum[g * columns + column], nearest.limit(query))) {
        offer(queries, query, g, row, nearest);
      }
    }
  }

  private void offer(Tensor queries, int query, int group, float[] row, Nearest nearest) {
    int end = Math.min(rows(), (group + 1) * DistanceKernels.GROUP);
    for (int r = group * DistanceKernels.GROUP; r < end; r++) {
      rows.read(r, 1, row, 0);
      int at = query * length;
      nearest.offer(query, r, NeighborIndex.squaredDistance(queries.data(), at, row, 0, length));
    }
  }

  private boolean mayBeWithin(float distance, double limit) {
    return distance * slack - underflow <= limit;
  }

  @Override
  public synchronized void updateMinimumDistances(double[] squaredDistance, Tensor centres) {
    NeighborIndex.requireRows(centres, length);
    if (!isBounded(centres)) {
      onHost().updateMinimumDistances(squaredDistance, centres);
      return;
    }
    int count = centres.dim(0);
    int wanted =
        Math.min(Math.ceilDiv(count, DistanceKernels.GROUP) * DistanceKernels.GROUP, CENTRES);
    if (rowsToCentres == null || rowsToCentres.rows < wanted) {
      rowsToCentres = null;
      rowsToCentres = Comparison.withFixedColumns(device, rows, wanted);
    }
    for (int first = 0; first < count; first += rowsToCentres.rows) {
      int start = first;
      int some = Math.min(rowsToCentres.rows, count - first);
      rowsToCentres.rows(centres.data(), first, some);
      float[] minimum = rowsToCentres.run();
      parallel.forEach(
          rows(), r -> update(squaredDistance, r, centres.data(), start, start + some, minimum));
    }
  }

  private void update(
      double[] squaredDistance, int row, float[] centres, int first, int end, float[] minimum) {
    float[] values = null;
    for (int c = first; c < end; c++) {
      int group = (c - first) / DistanceKernels.GROUP;
      if (!mayBeWithin(minimum[group * rows() + row], squaredDistance[row])) {
        continue;
      }
      if (values == null) {
        values = new float[length];
        rows.read(row, 1, values, 0);
      }
      double distance = NeighborIndex.squaredDistance(values, 0, centres, c * length, length);
      squaredDistance[row] = Math.min(squaredDistance[row], distance);
    }
  }

  /**
   * The task graph that compares columns with rows, one of which stay on the device while the
   * others are copied in for each run.
   */
  private static final class Comparison {
    final int columns;
    final int rows;
    private final int length;
    private final FloatArray x;
    private final FloatArray y;
    private final FloatArray minimum;
    private final IntArray live = new IntArray(2);
    private final float[] transposed;
    private final float[] result;
    private final Device.Program program;

    /** The index as rows, {@code columns} queries as columns. */
    static Comparison withFixedRows(Device device, RowMatrix matrix, int columns) {
      Comparison comparison =
          new Comparison(device, columns, matrix.count(), matrix.length(), false);
      float[] row = new float[matrix.length()];
      for (int r = 0; r < matrix.count(); r++) {
        matrix.read(r, 1, row, 0);
        Copies.in(row, 0, row.length, comparison.y, r * row.length);
      }
      comparison.live.set(1, matrix.count());
      return comparison;
    }

    /** The index as columns, {@code rows} centres as rows. */
    static Comparison withFixedColumns(Device device, RowMatrix matrix, int rows) {
      Comparison comparison = new Comparison(device, matrix.count(), rows, matrix.length(), true);
      float[] row = new float[matrix.length()];
      for (int r = 0; r < matrix.count(); r++) {
        matrix.read(r, 1, row, 0);
        for (int k = 0; k < row.length; k++) {
          comparison.x.set(k * matrix.count() + r, row[k]);
        }
      }
      comparison.live.set(0, matrix.count());
      return comparison;
    }

    private Comparison(Device device, int columns, int rows, int length, boolean columnsFixed) {
      this.columns = columns;
      this.rows = rows;
      this.length = length;
      this.x = Copies.allocate((long) length * columns);
      this.y = Copies.allocate((long) length * rows);
      this.minimum = Copies.allocate((long) Math.ceilDiv(rows, DistanceKernels.GROUP) * columns);
      this.transposed = new float[columnsFixed ? 0 : length * columns];
      this.result = new float[minimum.getSize()];
      this.program =
          device.program("rows", graph -> addTo(graph, columnsFixed ? x : y, columnsFixed ? y : x));
    }

    private long addTo(TaskGraphInterface graph, FloatArray fixed, FloatArray moving) {
      graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, fixed);
      graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, moving, live);
      graph.task(
          "minimum", DistanceKernels::minimumDistances, x, y, minimum, live, columns, length);
      graph.transferToHost(DataTransferMode.EVERY_EXECUTION, minimum);
      return Copies.bytes(x, y, minimum);
    }

    /** Sets {@code count} columns from rows, of which {@code first} is the first. */
    void columns(float[] from, int first, int count) {
      for (int c = 0; c < count; c++) {
        for (int k = 0; k < length; k++) {
          transposed[k * columns + c] = from[(first + c) * length + k];
        }
      }
      Copies.in(transposed, 0, transposed.length, x, 0);
      live.set(0, count);
    }

    void rows(float[] from, int first, int count) {
      Copies.in(from, first * length, count * length, y, 0);
      live.set(1, count);
    }

    /** Returns {@code [groups, columns]}; the same array each time. */
    float[] run() {
      program.run();
      Copies.out(minimum, 0, result, 0, result.length);
      return result;
    }
  }
}
