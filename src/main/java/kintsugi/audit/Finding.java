package kintsugi.audit;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/**
 * The result of one check.
 *
 * @param section the part that was audited, such as {@code convolution}
 * @param engine the engine that computed, or {@code –} where no engine took part
 * @param subject the case: shape and values
 * @param reference the source of the expected values
 * @param values how many values were compared
 * @param absolute the maximum absolute error
 * @param relative the maximum error as a fraction of its value, where that is not zero
 * @param ulps the maximum error in units in the last place of its fp32 value
 * @param bound the reason for the bound on an error
 * @param share the maximum error as a fraction of its bound; above 1 the bound is broken
 * @param passed whether every value kept its bound
 */
public record Finding(
    String section,
    String engine,
    String subject,
    String reference,
    int values,
    double absolute,
    double relative,
    double ulps,
    String bound,
    double share,
    boolean passed) {
  /** Below this a fraction is shown by its power of ten. */
  private static final double SMALL = 0.001;

  /** {@return whether the bound was kept, and the error as a fraction of it, in words} */
  public String verdict() {
    if (passed) {
      return share == 0 ? "kept, no error" : "kept, " + fraction() + " of the bound";
    }
    if (values == 0) {
      return "BROKEN, no values";
    }
    return Double.isFinite(share)
        ? "BROKEN, " + fraction() + " times the bound"
        : "BROKEN, an error beyond any bound";
  }

  /** Two digits, or as many as it takes not to round to the other side of 1 or to 1 itself. */
  private String fraction() {
    if (share < SMALL) {
      return String.format(Locale.ROOT, "%.1e", share);
    }
    BigDecimal exact = new BigDecimal(share);
    BigDecimal rounded = exact.round(new MathContext(2));
    for (int digits = 3;
        rounded.compareTo(BigDecimal.ONE) != exact.compareTo(BigDecimal.ONE);
        digits++) {
      rounded = exact.round(new MathContext(digits));
    }
    return share < 1e6 ? rounded.toPlainString() : String.format(Locale.ROOT, "%.1e", share);
  }
}
