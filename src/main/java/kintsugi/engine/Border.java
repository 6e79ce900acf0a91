package kintsugi.engine;

/** The values beyond the edge of a map {@code a b c d}. */
public enum Border {
  /** {@code a a a | a b c d | d d d}: the edge repeated. MATLAB's {@code replicate}. */
  REPLICATE,

  /** {@code d c b | a b c d | c b a}: mirrored at the edge's centre. torch's {@code reflect}. */
  REFLECT,

  /** {@code c b a | a b c d | d c b}: mirrored beyond the edge. SciPy's {@code reflect}. */
  SYMMETRIC;

  /**
   * Maps an index that may lie beyond the edge to the index whose value stands there.
   *
   * @param index any index
   * @param length the extent of the map along this axis, at least 1
   * @return an index from 0 to {@code length − 1}
   */
  public int inside(int index, int length) {
    int clamped = Math.clamp(index, 0, length - 1);
    if (this == REPLICATE || index == clamped || length == 1) {
      return clamped;
    }
    int period = this == REFLECT ? 2 * length - 2 : 2 * length;
    int within = Math.floorMod(index, period);
    return within < length ? within : 2 * length - (this == REFLECT ? 2 : 1) - within;
  }
}
