package kintsugi.engine.vector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kintsugi.engine.Parallel;

/**
 * An order of rows in which those of a panel are near each other: the rows are halved along the
 * axis of their largest variance, and the halves again, as in a k-d tree (Bentley, 1975), until a
 * part is a panel. The order affects only the speed.
 */
final class RowClusters {
  /** Leading axes that are considered: further axes do not improve the order. */
  private static final int AXES = 16;

  private final float[] coordinates;
  private final int stride;
  private final int axes;
  private final int panel;
  private final int[] order;

  private RowClusters(float[] coordinates, int stride, int count, int panel) {
    this.coordinates = coordinates;
    this.stride = stride;
    this.axes = Math.min(AXES, stride);
    this.panel = panel;
    this.order = IntStream.range(0, count).toArray();
  }

  /**
   * The order.
   *
   * @param coordinates {@code [count, stride]}
   * @param stride elements per row
   * @param count rows
   * @param panel rows per panel
   * @param parallel the threads
   * @return the rows' indices, panel after panel; only the last one may be incomplete
   */
  static int[] order(float[] coordinates, int stride, int count, int panel, Parallel parallel) {
    RowClusters clusters = new RowClusters(coordinates, stride, count, panel);
    List<Part> parts = List.of(new Part(0, count));
    while (parts.stream().anyMatch(part -> part.count() > panel)) {
      List<Part> now = parts;
      Part[][] halves = new Part[now.size()][];
      parallel.forEach(now.size(), i -> halves[i] = clusters.halve(now.get(i)));
      parts = new ArrayList<>();
      for (Part[] some : halves) {
        parts.addAll(Arrays.asList(some));
      }
    }
    return clusters.order;
  }

  /** A part of the order. */
  private record Part(int first, int end) {
    int count() {
      return end - first;
    }
  }

  /** Sorts a part along one axis and halves it between two panels. */
  private Part[] halve(Part part) {
    if (part.count() <= panel) {
      return new Part[] {part};
    }
    int axis = widest(part);
    long[] sorted = new long[part.count()];
    for (int i = 0; i < sorted.length; i++) {
      int row = order[part.first() + i];
      sorted[i] = (long) ascending(coordinates[row * stride + axis]) << Integer.SIZE | row;
    }
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      order[part.first() + i] = (int) sorted[i];
    }
    int middle = part.first() + Math.ceilDiv(part.count(), panel) / 2 * panel;
    return new Part[] {new Part(part.first(), middle), new Part(middle, part.end())};
  }

  /** An integer that is larger for a larger value. */
  private static int ascending(float value) {
    int bits = Float.floatToIntBits(value);
    return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
  }

  private int widest(Part part) {
    double[] sum = new double[axes];
    double[] squares = new double[axes];
    for (int i = part.first(); i < part.end(); i++) {
      for (int a = 0; a < axes; a++) {
        double value = coordinates[order[i] * stride + a];
        sum[a] += value;
        squares[a] += value * value;
      }
    }
    int widest = 0;
    double most = 0;
    for (int a = 0; a < axes; a++) {
      double variance = squares[a] - sum[a] * sum[a] / part.count();
      if (variance > most) {
        most = variance;
        widest = a;
      }
    }
    return widest;
  }
}
