package kintsugi.audit;

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
    boolean passed) {}
