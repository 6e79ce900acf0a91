package kintsugi.engine;

/** What lies beyond the edge of a map {@code a b c d}. */
public enum Border {
  /** {@code a a a | a b c d | d d d}: the edge again and again. MATLAB's {@code replicate}. */
  REPLICATE,

  /** {@code d c b | a b c d | c b a}: mirrored at the edge's centre. torch's {@code reflect}. */
  REFLECT,

  /** {@code c b a | a b c d | d c b}: mirrored beyond the edge. SciPy's {@code reflect}. */
  SYMMETRIC;

  /** The place within {@code 0 … length − 1} whose value stands at {@code place}. */
  int inside(int place, int length) {
    int clamped = Math.clamp(place, 0, length - 1);
    if (this == REPLICATE || place == clamped || length == 1) {
      return clamped;
    }
    int period = this == REFLECT ? 2 * length - 2 : 2 * length;
    int within = Math.floorMod(place, period);
    return within < length ? within : 2 * length - (this == REFLECT ? 2 : 1) - within;
  }
}
