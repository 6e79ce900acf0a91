package kintsugi.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a threshold does: how many of the normal samples it rejects, and how many of the anomalous
 * ones it misses.
 *
 * @param falsePositives of normal samples those predicted anomalous
 * @param falseNegatives of anomalous samples those predicted normal
 */
public record ErrorRates(ErrorRate falsePositives, ErrorRate falseNegatives) {
  /** Nothing is known of either. */
  public static final ErrorRates UNKNOWN = new ErrorRates(ErrorRate.UNKNOWN, ErrorRate.UNKNOWN);

  /**
   * {@return the rates that samples show which the threshold was not found with}
   *
   * @param confusion the predictions at the threshold
   */
  public static ErrorRates tested(ConfusionMatrix confusion) {
    return new ErrorRates(
        ErrorRate.tested(confusion.fp() + confusion.tn(), confusion.fp()),
        ErrorRate.tested(confusion.fn() + confusion.tp(), confusion.fn()));
  }

  /**
   * {@return the rates that the samples show with which the threshold was found}
   *
   * @param confusion the predictions at the threshold
   * @param rule by which it was found
   */
  public static ErrorRates calibrated(ConfusionMatrix confusion, ThresholdRule rule) {
    return new ErrorRates(
        ErrorRate.calibrated(
            confusion.fp() + confusion.tn(), confusion.fp(), rule.mayLieAboveScores()),
        // An optimised threshold lies at an anomalous score; others lie anywhere between them.
        ErrorRate.calibrated(
            confusion.fn() + confusion.tp(), confusion.fn(), !rule.needsAnomalous()));
  }

  /**
   * {@return what the threshold does in one sentence without a full stop: {@code of 1000 good parts
   * about 20 rejected (2.4 to 70; 2 of 100 here), of 1000 bad about 100 missed (…), with 95 %
   * confidence}}
   */
  public String sentence() {
    return falsePositives.sentence("good parts", "rejected")
        + ", "
        + falseNegatives.sentence("bad", "missed")
        + (falsePositives.known() || falseNegatives.known() ? ", with 95 % confidence" : "");
  }

  /**
   * {@return what is plainly wrong with the threshold, with the way out; a line each}
   *
   * @param threshold the minimum score predicted anomalous
   */
  public List<String> warnings(double threshold) {
    List<String> warnings = new ArrayList<>();
    ErrorRate good = falsePositives;
    ErrorRate bad = falseNegatives;
    String begin = String.format(Locale.ROOT, "the threshold %.4f", threshold);
    if (2L * good.found() > good.samples()) {
      warnings.add(
          begin
              + " rejects "
              + good.found()
              + " of "
              + good.samples()
              + " good images; set a higher one (threshold), or calibrate with good images like"
              + " these (normal)");
    }
    if (bad.known() && bad.found() == bad.samples()) {
      warnings.add(
          begin
              + " misses all "
              + bad.samples()
              + " bad images; set a lower one (threshold), or calibrate with bad images too"
              + " (anomalous)");
    }
    return warnings;
  }
}
