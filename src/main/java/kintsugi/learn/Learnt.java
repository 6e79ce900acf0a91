package kintsugi.learn;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.Mask;
import kintsugi.metric.Bootstrap;
import kintsugi.metric.ErrorRate;

/**
 * What learning led to.
 *
 * @param model fitted to all good images, and calibrated
 * @param survey of the good images
 * @param counts of the images
 * @param rows one per candidate, in the order of promise
 * @param chosen the place of the chosen candidate in {@code rows}
 * @param why it was chosen, in a sentence
 * @param estimate of the model's figures on new images
 * @param scores of held-out images by models that did not see them, on the model's shown scale
 * @param examples of synthetic defects or, where there are none, of bad images, with predictions
 * @param warnings what a person should know before trusting the model, a line each
 * @param seconds in all
 */
public record Learnt(
    Model model,
    Survey survey,
    Counts counts,
    List<Row> rows,
    int chosen,
    String why,
    Estimate estimate,
    List<Score> scores,
    List<Example> examples,
    List<String> warnings,
    double seconds) {

  /** Copies the lists. */
  public Learnt {
    rows = List.copyOf(rows);
    scores = List.copyOf(scores);
    examples = List.copyOf(examples);
    warnings = List.copyOf(warnings);
  }

  /**
   * The counts of the images.
   *
   * @param good normal images
   * @param bad anomalous images
   * @param synthetic normal images with a defect drawn into them
   */
  public record Counts(int good, int bad, int synthetic) {}

  /**
   * A candidate and its figures by models of a third of the good images. They are not those that
   * the chosen model is expected to have: that is {@link Estimate}.
   *
   * @param recipe its name
   * @param choices that tell the candidates apart, by their names
   * @param auroc the mean over folds, NaN where it was not tried
   * @param interval 95 % confidence of it
   * @param aupro on masks, NaN where there are none
   * @param falseAlarms good images predicted anomalous, of those counted
   * @param good images counted
   * @param msPerImage milliseconds per image
   * @param modelBytes of the model
   * @param status empty, or why there are no figures
   */
  public record Row(
      String recipe,
      Map<String, String> choices,
      double auroc,
      Bootstrap.Interval interval,
      double aupro,
      int falseAlarms,
      int good,
      double msPerImage,
      long modelBytes,
      String status) {}

  /**
   * The figures that new images are expected to have, from images that neither fitted nor chose nor
   * set the threshold: in turn one fold is held out, the rest chooses and fits, and the fold is
   * scored.
   *
   * @param against {@code bad images} or {@code synthetic defects}
   * @param auroc the area under the ROC
   * @param interval 95 % confidence of it; against synthetic defects from the hardest to the
   *     easiest of their kinds and strengths, if that is wider
   * @param good normal images scored
   * @param anomalous images scored
   * @param falseAlarms of good images
   * @param missed of anomalous images
   * @param chosen the candidate that each fold's rest chose, by its place in the rows
   */
  public record Estimate(
      String against,
      double auroc,
      Bootstrap.Interval interval,
      int good,
      int anomalous,
      ErrorRate falseAlarms,
      ErrorRate missed,
      List<Integer> chosen) {}

  /**
   * The score of a held-out image.
   *
   * @param image its name
   * @param truth {@code good}, {@code bad} or {@code synthetic}
   * @param label its class or kind
   * @param score on the model's shown scale
   */
  public record Score(String image, String truth, String label, double score) {}

  /**
   * An image that the model predicts.
   *
   * @param label its class or kind
   * @param prediction by the model
   * @param mask which pixels are anomalous; empty where that is unknown
   */
  public record Example(String label, Prediction prediction, Optional<Mask> mask) {}
}
