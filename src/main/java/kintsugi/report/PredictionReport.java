package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import javax.imageio.ImageIO;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.detector.AnomalyDetector.Scored;
import kintsugi.detector.Calibration;
import kintsugi.detector.Explanation;
import kintsugi.detector.Model;
import kintsugi.detector.Session;

/**
 * What a prediction leaves behind: an overlay PNG for each picture, {@code predictions.jsonl} and
 * {@code predictions.csv}.
 */
public final class PredictionReport {
  private PredictionReport() {}

  /**
   * One verdict.
   *
   * @param file the picture
   * @param score normalised by the calibration
   * @param threshold from this score on a picture is anomalous
   * @param anomalous the verdict
   * @param overlay the name of the heat map's file
   * @param explanation null where none was asked for; not in the CSV
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Prediction(
      String file,
      double score,
      double threshold,
      boolean anomalous,
      String overlay,
      Explanation explanation) {}

  /** A line of the CSV. */
  record Row(String file, double score, double threshold, boolean anomalous, String overlay) {
    static Row of(Prediction p) {
      return new Row(p.file, p.score, p.threshold, p.anomalous, p.overlay);
    }
  }

  /** How many patches are named, and of each how many channels. */
  private static final int NAMED = 5;

  /**
   * Scores pictures and writes everything, or nothing.
   *
   * @param folder where everything goes
   * @param session the engine, the weights and the threads
   * @param model a calibrated one
   * @param calibration the range and the threshold
   * @param explained the pixel threshold of the explanations, empty for none
   * @param files the pictures
   * @return one verdict for each picture
   * @throws InputException if a picture cannot be read, unless the session skips those, or the
   *     folder cannot be written
   */
  public static List<Prediction> write(
      Path folder,
      Session session,
      Model model,
      Calibration calibration,
      OptionalDouble explained,
      List<Path> files) {
    List<Prediction> predictions = new ArrayList<>();
    Set<String> names = new HashSet<>();
    AtomicOutput.folder(
        folder,
        part -> {
          model
              .detector()
              .score(
                  session,
                  files,
                  "predict",
                  scored -> {
                    String overlay = overlayName(scored.file(), names);
                    Explanation explanation = null;
                    if (explained.isPresent()) {
                      explanation =
                          model
                              .detector()
                              .explain(
                                  session, scored, calibration, explained.getAsDouble(), NAMED);
                    }
                    draw(model, scored, explanation, part.resolve(overlay));
                    double score = calibration.normalise(scored.score());
                    predictions.add(
                        new Prediction(
                            scored.file().toString(),
                            score,
                            calibration.threshold(),
                            calibration.isAnomalous(score),
                            overlay,
                            explanation));
                  });
          Files.writeString(part.resolve("predictions.jsonl"), Json.lines(predictions));
          Files.writeString(part.resolve("predictions.csv"), csv(predictions));
        });
    return predictions;
  }

  /**
   * The picture's name with PNG's ending; pictures of one name from several folders are counted.
   */
  private static String overlayName(Path file, Set<String> taken) {
    String stem = file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    String name = stem + ".png";
    for (int i = 2; !taken.add(name); i++) {
      name = stem + "-" + i + ".png";
    }
    return name;
  }

  private static String csv(List<Prediction> predictions) {
    return Csv.of(Row.class, predictions.stream().map(Row::of).toList());
  }

  private static void draw(Model model, Scored scored, Explanation explanation, Path file) {
    BufferedImage overlay = Overlay.draw(model, scored.picture(), scored.map());
    if (explanation != null) {
      Overlay.drawBoxes(overlay, explanation.boxes());
    }
    try {
      ImageIO.write(overlay, "png", file.toFile());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be written (" + e + ")", e);
    }
  }
}
