package kintsugi.padim;

import java.util.List;
import java.util.Locale;
import kintsugi.detector.FitSummary;

/**
 * The conditioning of a fit's covariances: how far they can be trusted.
 *
 * @param images learnt from; 0 where another program's file does not say
 * @param channels elements of a patch embedding
 * @param medianCondition the median over all positions of {@code ‖Σ‖₁·‖Σ⁻¹‖₁}, the inverse's norm
 *     estimated by Hager's method; regularised covariances
 * @param maximumCondition the maximum over all positions
 * @param maximumAtRow the position of the maximum
 * @param maximumAtColumn the position of the maximum
 * @param minimumRank the minimum rank of a covariance before it is regularised, at positions spread
 *     over the grid
 * @param maximumRank the maximum rank there
 * @param rankPositions at how many positions the rank was taken
 */
public record CovarianceSummary(
    long images,
    int channels,
    double medianCondition,
    double maximumCondition,
    int maximumAtRow,
    int maximumAtColumn,
    int minimumRank,
    int maximumRank,
    int rankPositions)
    implements FitSummary {

  /** {@return the same of another count of images} */
  CovarianceSummary ofImages(long count) {
    return new CovarianceSummary(
        count,
        channels,
        medianCondition,
        maximumCondition,
        maximumAtRow,
        maximumAtColumn,
        minimumRank,
        maximumRank,
        rankPositions);
  }

  /**
   * {@return whether the images are too few to determine the covariances, so that epsilon has to}
   */
  public boolean undetermined() {
    return images <= channels && !isAdopted();
  }

  /**
   * {@return whether the covariances are another program's, of which it kept the inverses alone;
   * they are scored with, but not continued}
   */
  public boolean isAdopted() {
    return images == 0;
  }

  @Override
  public List<String> lines() {
    if (isAdopted()) {
      return List.of(
          String.format(
              Locale.ROOT,
              "covariances of another program: median condition number %.0f, maximum %.0f (patch row"
                  + " %d, column %d)",
              medianCondition,
              maximumCondition,
              maximumAtRow,
              maximumAtColumn));
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "covariances: median condition number %.0f, maximum %.0f (patch row %d, column %d); rank"
                + " before regularisation %d to %d of %d",
            medianCondition,
            maximumCondition,
            maximumAtRow,
            maximumAtColumn,
            minimumRank,
            maximumRank,
            channels));
  }

  @Override
  public List<String> warnings() {
    return undetermined()
        ? List.of(
            images
                + " images cannot determine the covariances of "
                + channels
                + " channels; epsilon decides where they do not. Fit more images than channels, or"
                + " draw fewer channels (channels)")
        : List.of();
  }
}
