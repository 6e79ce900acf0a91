package kintsugi.padim;

/**
 * How far the covariances of a fit can be trusted.
 *
 * @param pictures learnt from
 * @param channels numbers of a patch embedding
 * @param medianCondition the median over all positions of {@code ‖Σ‖₁·‖Σ⁻¹‖₁}, the inverse's norm
 *     estimated by Hager's method; regularised covariances
 * @param largestCondition the largest one
 * @param largestAtRow where that is
 * @param largestAtColumn where that is
 * @param leastRank the least rank of a covariance before it is regularised, at positions spread
 *     over the grid
 * @param largestRank the largest rank there
 * @param rankPositions at how many positions the rank was taken
 */
public record Conditioning(
    long pictures,
    int channels,
    double medianCondition,
    double largestCondition,
    int largestAtRow,
    int largestAtColumn,
    int leastRank,
    int largestRank,
    int rankPositions) {

  /**
   * {@return whether the pictures are too few to determine the covariances, so that epsilon has to}
   */
  public boolean undetermined() {
    return pictures <= channels;
  }
}
