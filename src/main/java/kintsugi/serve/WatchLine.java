package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import kintsugi.detector.Drift;

/** The lines of a watched folder's results, each of which is also an event for its receivers. */
final class WatchLine {
  private WatchLine() {}

  /**
   * An image with its answer.
   *
   * @param event {@code answer}
   * @param id the same however often the event is sent
   * @param file the image where it arrived
   * @param answer for the image
   * @param map the heat map below the output folder, absent without one
   * @param target the file below the output folder that the image is moved to, absent where it
   *     stays
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Answered(
      String event,
      String id,
      String file,
      @JsonUnwrapped Answer answer,
      String map,
      String target) {}

  /**
   * An image that could not be read, or that the model could not score.
   *
   * @param event {@code error}
   * @param id the same however often the event is sent
   * @param file the image where it arrived
   * @param name of the image
   * @param sha256 of its bytes, absent where they could not be read
   * @param error why, in one line
   * @param target the file below the output folder that it is moved to, absent where it stays
   * @param time when that was found
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Failed(
      String event,
      String id,
      String file,
      String name,
      String sha256,
      String error,
      String target,
      String time) {}

  /**
   * An alarm: images are no longer like those of the calibration and those before.
   *
   * @param event {@code drift}
   * @param id the same however often the event is sent
   * @param model the name of the model
   * @param modelSha256 of the model's file
   * @param status of the images, counted from 1 at the start of the watch
   * @param time of the alarm
   */
  record Drifted(
      String event,
      String id,
      String model,
      String modelSha256,
      @JsonUnwrapped Drift.Status status,
      String time) {
    static Drifted of(String id, Answer answer, Drift.Status status) {
      return new Drifted("drift", id, answer.model(), answer.modelSha256(), status, answer.time());
    }
  }

  /**
   * A row of the table.
   *
   * @param id of the event
   * @param time of the answer
   * @param file the image where it arrived
   * @param sha256 of its bytes
   * @param model the name of the model
   * @param score normalised by the calibration
   * @param threshold from this score on an image is predicted anomalous
   * @param anomalous the prediction
   * @param pValue of the score
   * @param verdict the prediction as a word, or {@code error}
   * @param regions how many there are
   * @param map the heat map below the output folder
   * @param target the file below the output folder that the image is moved to
   * @param sentence what was found, or why nothing could be
   */
  record Row(
      String id,
      String time,
      String file,
      String sha256,
      String model,
      Double score,
      Double threshold,
      Boolean anomalous,
      Double pValue,
      String verdict,
      Integer regions,
      String map,
      String target,
      String sentence) {

    static Row of(Answered line) {
      Answer answer = line.answer;
      return new Row(
          line.id,
          answer.time(),
          line.file,
          answer.sha256(),
          answer.model(),
          answer.score(),
          answer.threshold(),
          answer.anomalous(),
          answer.pValue(),
          answer.verdict(),
          answer.regions().size(),
          line.map,
          line.target,
          answer.sentence());
    }

    static Row of(Failed line) {
      return new Row(
          line.id,
          line.time,
          line.file,
          line.sha256,
          null,
          null,
          null,
          null,
          null,
          "error",
          null,
          null,
          line.target,
          line.error);
    }
  }
}
