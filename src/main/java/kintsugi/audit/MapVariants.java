package kintsugi.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import kintsugi.audit.Against.Variant;
import kintsugi.engine.Border;
import kintsugi.tensor.Tensor;

/** Unpublished ways from distances to a map: other interpolations, deviations, kernels, borders. */
final class MapVariants {
  private static final double[] SIGMAS = {1, 2, 3, 4, 5, 6, 8};

  /** The reach of a kernel in standard deviations. */
  private static final double[] REACHES = {4, 3, 2};

  private final Planes distances;
  private final int height;
  private final int width;
  private final double[] wanted;
  private final double maximum;
  private final List<Variant> variants = new ArrayList<>();

  private MapVariants(Tensor distances, Tensor map) {
    this.distances = Planes.of(distances.reshape(1, distances.dim(0), distances.dim(1)));
    this.height = map.dim(0);
    this.width = map.dim(1);
    this.wanted = Variants.doubles(map);
    this.maximum = Arrays.stream(wanted).map(Math::abs).max().orElse(0);
  }

  /**
   * The variants.
   *
   * @param distances {@code [h, w]}
   * @param map {@code [H, W]}
   */
  static List<Variant> of(Tensor distances, Tensor map) {
    MapVariants all = new MapVariants(distances, map);
    for (Resampling way : Resampling.ENLARGING) {
      Planes large = all.distances.resized(way, all.height, all.width);
      all.add(way.how() + ", no blur", large);
      for (double sigma : SIGMAS) {
        all.blurs(way, sigma, large);
      }
    }
    all.blurredFirst();
    return all.variants;
  }

  private void blurs(Resampling way, double sigma, Planes large) {
    for (double reach : REACHES) {
      double[] kernel = kernel(sigma, reach);
      String length = reach == 4 ? "" : ", kernel of " + kernel.length;
      for (Border border : Border.values()) {
        String edge = border.name().toLowerCase(Locale.ROOT);
        add(name(way, sigma, length, edge), blurred(large, kernel, border));
      }
      add(name(way, sigma, length, "zeros beyond the edge"), blurred(large, kernel, null));
    }
  }

  private static String name(Resampling way, double sigma, String length, String edge) {
    return way.how() + String.format(Locale.ROOT, ", σ=%.0f", sigma) + length + ", " + edge;
  }

  /** A blur of the distances before they are enlarged. */
  private void blurredFirst() {
    for (Border border : Border.values()) {
      Planes blurred = blurred(distances, kernel(4, 4), border);
      add(
          "blurred before it is enlarged, σ=4, " + border.name().toLowerCase(Locale.ROOT),
          blurred.resized(Resampling.BILINEAR, height, width));
    }
  }

  private void add(String how, Planes map) {
    double[] actual = map.planes()[0];
    double error = 0;
    for (int i = 0; i < actual.length; i++) {
      error = Math.max(error, Math.abs(actual[i] - wanted[i]));
    }
    variants.add(Variants.of(how, List.of(), error == 0 ? 0 : error / maximum));
  }

  private static double[] kernel(double sigma, double reach) {
    int half = (int) (reach * sigma + 0.5);
    double[] kernel = new double[2 * half + 1];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = Math.exp(-(i - half) * (i - half) / (2 * sigma * sigma));
    }
    double sum = Arrays.stream(kernel).sum();
    return Arrays.stream(kernel).map(v -> v / sum).toArray();
  }

  /** Rows, then columns; a null border has zeros beyond the edge. */
  private static Planes blurred(Planes in, double[] kernel, Border border) {
    int h = in.h();
    int w = in.w();
    double[] rows = new double[h * w];
    double[] both = new double[h * w];
    int half = kernel.length / 2;
    for (int k = 0; k < kernel.length; k++) {
      for (int x = 0; x < w; x++) {
        int from = inside(x + k - half, w, border);
        for (int y = 0; from >= 0 && y < h; y++) {
          rows[y * w + x] += kernel[k] * in.planes()[0][y * w + from];
        }
      }
    }
    for (int k = 0; k < kernel.length; k++) {
      for (int y = 0; y < h; y++) {
        int from = inside(y + k - half, h, border);
        for (int x = 0; from >= 0 && x < w; x++) {
          both[y * w + x] += kernel[k] * rows[from * w + x];
        }
      }
    }
    return new Planes(new double[][] {both}, h, w);
  }

  private static int inside(int at, int length, Border border) {
    if (border == null) {
      return at >= 0 && at < length ? at : -1;
    }
    return border.inside(at, length);
  }
}
