package kintsugi.audit;

/**
 * What one check found.
 *
 * @param section what was audited, such as {@code convolution}
 * @param engine what computed, or {@code –} where no engine is asked
 * @param subject the case: shape and values
 * @param reference what it was held against
 * @param values how many numbers were compared
 * @param absolute the largest absolute error
 * @param relative the largest error as a share of its value, where that is not zero
 * @param ulps the largest error in units in the last place of its fp32 value
 * @param bound where the bound on an error comes from
 * @param share the largest error as a share of its bound; above 1 the bound is broken
 * @param passed whether every number kept its bound
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
