package kintsugi.learn;

import kintsugi.detector.Recipe;

/**
 * The scores of one candidate by models that each learnt one fold.
 *
 * @param recipe of the candidate
 * @param family it belongs to
 * @param variant its place among the family's variants
 * @param promise its place in the order of promise, 0 first
 * @param scores for each model, by the fold it learnt, one score per item; NaN where the item was
 *     made from what the model learnt
 * @param minimum of the score maps, like the scores
 * @param maximum of the score maps, like the scores
 * @param aupro the area under the per-region overlap on the masked images, the mean over the
 *     models; NaN without masks
 * @param cost what the candidate takes
 */
record Evidence(
    Recipe recipe,
    Family family,
    int variant,
    int promise,
    double[][] scores,
    double[][] minimum,
    double[][] maximum,
    double aupro,
    Cost cost) {

  /**
   * The cost of a candidate, measured.
   *
   * @param extractMs milliseconds per image for reading it and for its features
   * @param scoreMs milliseconds per image for its scores, by a model of one fold
   * @param fitSeconds of the fit to one fold, without features
   * @param modelBytes of a model of one fold
   */
  record Cost(double extractMs, double scoreMs, double fitSeconds, long modelBytes) {
    /** Milliseconds per image. */
    double perImage() {
      return extractMs + scoreMs;
    }
  }
}
