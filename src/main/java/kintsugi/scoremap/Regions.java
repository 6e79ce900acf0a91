package kintsugi.scoremap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import kintsugi.tensor.Tensor;

/** The regions of a map at or above a threshold: 8-connected components of its pixels. */
public final class Regions {
  private Regions() {}

  /**
   * One region.
   *
   * @param left first column
   * @param top first row
   * @param right column after the last
   * @param bottom row after the last
   * @param pixels the count of its pixels
   * @param peak its maximum value
   */
  public record Region(int left, int top, int right, int bottom, int pixels, double peak) {

    private Region with(int x, int y, double value) {
      return new Region(
          Math.min(left, x),
          Math.min(top, y),
          Math.max(right, x + 1),
          Math.max(bottom, y + 1),
          pixels + 1,
          Math.max(peak, value));
    }
  }

  /**
   * {@return the regions at or above a threshold, by descending peak}
   *
   * @param map {@code [H, W]}
   * @param threshold the minimum value of a region's pixels
   */
  public static List<Region> of(Tensor map, double threshold) {
    int[] labels = label(map, threshold);
    int width = map.dim(1);
    List<Region> regions = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      int index = labels[i] - 1;
      if (index == regions.size()) {
        regions.add(new Region(width, map.dim(0), 0, 0, 0, Double.NEGATIVE_INFINITY));
      }
      if (index >= 0) {
        regions.set(index, regions.get(index).with(i % width, i / width, map.data()[i]));
      }
    }
    regions.sort(Comparator.comparingDouble(Region::peak).reversed());
    return regions;
  }

  /**
   * Labels each pixel with the index of its region, from 1 on in the order of their first pixels,
   * and with 0 if the map is below the threshold.
   *
   * @param map {@code [H, W]}
   * @param threshold the minimum value of a region's pixels
   * @return one label per pixel
   */
  public static int[] label(Tensor map, double threshold) {
    int[] labels = new int[map.size()];
    int regions = 0;
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == 0 && map.data()[i] >= threshold) {
        fill(map, threshold, i, labels, ++regions);
      }
    }
    return labels;
  }

  private static void fill(Tensor map, double threshold, int start, int[] labels, int label) {
    int height = map.dim(0);
    int width = map.dim(1);
    ArrayDeque<Integer> open = new ArrayDeque<>(List.of(start));
    labels[start] = label;
    while (!open.isEmpty()) {
      int x = open.peek() % width;
      int y = open.pop() / width;
      for (int ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (int nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          int next = ny * width + nx;
          if (labels[next] == 0 && map.data()[next] >= threshold) {
            labels[next] = label;
            open.push(next);
          }
        }
      }
    }
  }
}
