package kintsugi.scoremap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import kintsugi.tensor.Tensor;

/** Where a map is high: regions whose pixels touch by a side or a corner. */
public final class Regions {
  private Regions() {}

  /**
   * One region.
   *
   * @param left first column
   * @param top first row
   * @param right column after the last
   * @param bottom row after the last
   * @param pixels how many pixels it has
   * @param peak its largest value
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
   * The regions at or above a threshold, the highest peak first.
   *
   * @param map {@code [H, W]}
   */
  public static List<Region> of(Tensor map, double threshold) {
    boolean[] seen = new boolean[map.size()];
    List<Region> regions = new ArrayList<>();
    for (int i = 0; i < seen.length; i++) {
      if (!seen[i] && map.data()[i] >= threshold) {
        regions.add(fill(map, threshold, i, seen));
      }
    }
    regions.sort(Comparator.comparingDouble(Region::peak).reversed());
    return regions;
  }

  private static Region fill(Tensor map, double threshold, int start, boolean[] seen) {
    int height = map.dim(0);
    int width = map.dim(1);
    Region region = new Region(width, height, 0, 0, 0, Double.NEGATIVE_INFINITY);
    ArrayDeque<Integer> open = new ArrayDeque<>(List.of(start));
    seen[start] = true;
    while (!open.isEmpty()) {
      int at = open.pop();
      int x = at % width;
      int y = at / width;
      region = region.with(x, y, map.data()[at]);
      for (int ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (int nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          int next = ny * width + nx;
          if (!seen[next] && map.data()[next] >= threshold) {
            seen[next] = true;
            open.push(next);
          }
        }
      }
    }
    return region;
  }
}
