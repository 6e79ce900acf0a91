package kintsugi.examples.meanpatch;

import java.util.List;
import kintsugi.detector.FitSummary;

/**
 * The size of a fit.
 *
 * @param images learnt from
 */
public record MeanPatchSummary(long images) implements FitSummary {
  @Override
  public List<String> lines() {
    return List.of("the mean patch of " + images + " images");
  }

  @Override
  public List<String> warnings() {
    return List.of();
  }
}
