package exercises;

/** Exercise 10: the minimal filtering F(2,3): two results by four products (Winograd). */
public final class Winograd {
  private Winograd() {}

  /**
   * Two neighbouring results of a filter of three weights need six products; with these four they
   * need four:
   *
   * <pre>{@code
   * m1 = (d0 − d2)·g0        m2 = (d1 + d2)·(g0 + g1 + g2)/2
   * m4 = (d1 − d3)·g2        m3 = (d2 − d1)·(g0 − g1 + g2)/2
   *
   * y0 = d0·g0 + d1·g1 + d2·g2 = m1 + m2 + m3
   * y1 = d1·g0 + d2·g1 + d3·g2 = m2 − m3 − m4
   * }</pre>
   *
   * <p>Source: Lavin, Gray, <i>Fast Algorithms for Convolutional Neural Networks</i>, 2015,
   * equation (5).
   *
   * @param d {@code [4]}: neighbouring inputs
   * @param g {@code [3]}: the weights
   * @return {@code [6]}: m1, m2, m3, m4, y0, y1
   */
  public static float[] tile(float[] d, float[] g) {
    throw new UnsupportedOperationException("write Winograd");
  }
}
