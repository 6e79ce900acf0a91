package kintsugi.mark;

import java.util.List;
import kintsugi.engine.Filter;
import kintsugi.mark.Exercise.Case;
import kintsugi.mark.Exercise.Mistake;
import kintsugi.tensor.Tensor;

/** The exercise on Winograd's F(2,3): two results of three weights by four products. */
final class WinogradExercise {
  private WinogradExercise() {}

  static Exercise exercise() {
    return new Exercise(
        "Winograd",
        "tile",
        List.of(
            new Case("g = (1, 0, 0): products and results", () -> window(1, 1, 0, 0)),
            new Case("g = (1, 1, 1): products and results", () -> window(2, 1, 1, 1)),
            new Case("any g: products and results", () -> window(3, 0.5f, -0.75f, 0.25f))),
        a -> tile(d(a), g(a)),
        List.of(
            new Mistake(
                "the half is missing in the filter's transform: m2 and m3 have (g0 ± g1 + g2)/2",
                a -> {
                  float[] m = tile(d(a), g(a));
                  return summed(m[0], 2 * m[1], 2 * m[2], m[3]);
                }),
            new Mistake(
                "the filter is reversed: g2 where g0 belongs; a network's convolution is a"
                    + " correlation",
                a -> {
                  float[] reversed = {g(a)[2], g(a)[1], g(a)[0]};
                  return tile(d(a), reversed);
                }),
            new Mistake(
                "the sign of m4: it is (d1 − d3)·g2",
                a -> {
                  float[] m = tile(d(a), g(a));
                  return summed(m[0], m[1], m[2], -m[3]);
                }),
            new Mistake(
                "the sign of m3: it is (d2 − d1)·(g0 − g1 + g2)/2",
                a -> {
                  float[] m = tile(d(a), g(a));
                  return summed(m[0], m[1], -m[2], m[3]);
                }),
            new Mistake(
                "the sign of m4 in the second result: y1 = m2 − m3 − m4",
                a -> {
                  float[] m = tile(d(a), g(a));
                  m[5] += 2 * m[3];
                  return m;
                }),
            new Mistake(
                "the sign of m3 in the second result: y1 = m2 − m3 − m4",
                a -> {
                  float[] m = tile(d(a), g(a));
                  m[5] += 2 * m[2];
                  return m;
                }),
            new Mistake(
                "m2 and m3 are exchanged",
                a -> {
                  float[] m = tile(d(a), g(a));
                  return summed(m[0], m[2], m[1], m[3]);
                }),
            new Mistake(
                "m1 and m4 take their inputs without the difference: (d0 − d2)·g0, (d1 − d3)·g2",
                a -> {
                  float[] m = tile(d(a), g(a));
                  return summed(d(a)[0] * g(a)[0], m[1], m[2], d(a)[1] * g(a)[2]);
                })));
  }

  private static Object[] window(int seed, float... g) {
    return new Object[] {Exercise.random(seed, 4), g};
  }

  private static float[] d(Object[] a) {
    return (float[]) a[0];
  }

  private static float[] g(Object[] a) {
    return (float[]) a[1];
  }

  /**
   * The products of equation (5) and the two results, each by the specification's convolution:
   * {@code m1 = (d0 − d2)·g0} is the first result of the filter {@code (g0, 0, −g0)}, and so on.
   */
  private static float[] tile(float[] d, float[] g) {
    float half = (g[0] + g[1] + g[2]) / 2;
    float alternating = (g[0] - g[1] + g[2]) / 2;
    float[] y = filtered(d, g);
    return new float[] {
      filtered(d, g[0], 0, -g[0])[0],
      filtered(d, 0, half, half)[0],
      filtered(d, 0, -alternating, alternating)[0],
      filtered(d, g[2], 0, -g[2])[1],
      y[0],
      y[1]
    };
  }

  private static float[] filtered(float[] d, float... g) {
    Filter filter = new Filter(Tensor.of(g, 1, 3, 1, 1), Tensor.zeros(1));
    return ConvolutionExercise.run(Tensor.of(d, 1, 1, 4, 1), filter, 0).data();
  }

  /** Products and their sums. */
  private static float[] summed(float m1, float m2, float m3, float m4) {
    return new float[] {m1, m2, m3, m4, m1 + m2 + m3, m2 - m3 - m4};
  }
}
