package kintsugi.experiment;

import kintsugi.dataset.Sample;

/**
 * Truth and prediction of one image.
 *
 * @param sample the image and the truth
 * @param score the normalised score
 * @param predictedAnomalous the prediction
 */
public record Outcome(Sample sample, double score, boolean predictedAnomalous) {

  /** {@return whether the prediction is the truth} */
  public boolean isRight() {
    return sample.anomalous() == predictedAnomalous;
  }
}
