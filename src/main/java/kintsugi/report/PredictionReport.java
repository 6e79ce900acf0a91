package kintsugi.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.detector.AnomalyDetector.Scored;
import kintsugi.detector.Calibration;
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
   * @param overlay the name of the heat map's file
   */
  public record Prediction(
      String file, double score, double threshold, boolean anomalous, String overlay) {}

  /**
   * Scores pictures and writes everything, or nothing.
   *
   * @throws InputException if a picture cannot be read, unless the session skips those, or the
   *     folder cannot be written
   */
  public static List<Prediction> write(
      Path folder, Session session, Model model, Calibration calibration, List<Path> files) {
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
                    draw(model, scored, part.resolve(overlay));
                    double score = calibration.normalise(scored.score());
                    predictions.add(
                        new Prediction(
                            scored.file().toString(),
                            score,
                            calibration.threshold(),
                            calibration.isAnomalous(score),
                            overlay));
                  });
          Files.writeString(part.resolve("predictions.jsonl"), Json.lines(predictions));
          Files.writeString(part.resolve("predictions.csv"), Csv.of(Prediction.class, predictions));
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

  private static void draw(Model model, Scored scored, Path file) {
    try {
      ImageIO.write(Overlay.draw(model, scored), "png", file.toFile());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be written (" + e + ")", e);
    }
  }
}
