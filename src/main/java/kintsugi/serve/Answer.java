package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import kintsugi.detector.Calibration;
import kintsugi.detector.Explanation;
import kintsugi.detector.Prediction;

/**
 * The answer for one image, as the server and the watched folder write it in JSON.
 *
 * @param name of the image, as its sender or its file names it
 * @param sha256 of the image's bytes, in hexadecimal digits
 * @param model the name of the model
 * @param modelSha256 of the model's file, in hexadecimal digits
 * @param width columns of the image
 * @param height rows of it
 * @param score normalised by the calibration; before it as the method returns it
 * @param threshold from this score on an image is predicted anomalous; absent before calibration
 * @param anomalous the prediction; absent before calibration
 * @param pValue the conformal p-value, see {@link Calibration#pValue}; absent before calibration,
 *     or where an earlier release calibrated
 * @param verdict the prediction as a word
 * @param regions those above the pixel threshold, in pixels of the image, highest first
 * @param sentence what was found
 * @param milliseconds from the image's arrival to the answer
 * @param time when the image was scored
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Answer(
    String name,
    String sha256,
    String model,
    String modelSha256,
    int width,
    int height,
    double score,
    Double threshold,
    Boolean anomalous,
    Double pValue,
    String verdict,
    List<Explanation.Box> regions,
    String sentence,
    double milliseconds,
    String time) {

  /**
   * An image and the model that scores it.
   *
   * @param name of the image
   * @param sha256 of its bytes
   * @param model the model's name
   * @param modelSha256 of the model's file
   */
  public record Job(String name, String sha256, String model, String modelSha256) {}

  /**
   * {@return the answer that a prediction makes}
   *
   * @param job the image and the model
   * @param prediction of the model for the image
   * @param milliseconds from the image's arrival to the answer
   * @param time when the image was scored
   */
  public static Answer of(Job job, Prediction prediction, double milliseconds, Instant time) {
    return new Answer(
        job.name,
        job.sha256,
        job.model,
        job.modelSha256,
        prediction.image().width(),
        prediction.image().height(),
        prediction.finding().score(),
        prediction.model().calibration().map(Calibration::threshold).orElse(null),
        prediction.model().calibration().map(c -> prediction.isAnomalous()).orElse(null),
        prediction.pValue().stream().boxed().findFirst().orElse(null),
        prediction.verdict().toString(),
        prediction.regions(),
        prediction.finding().sentence(),
        milliseconds,
        time.toString());
  }
}
