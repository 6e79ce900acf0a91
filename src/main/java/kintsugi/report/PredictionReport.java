package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kintsugi.OutputFolder;
import kintsugi.detector.Explanation;
import kintsugi.detector.Prediction;

/**
 * The report of predictions: an overlay PNG per image, {@code predictions.jsonl} and {@code
 * predictions.csv}.
 */
public final class PredictionReport {
  private PredictionReport() {}

  /**
   * One prediction.
   *
   * @param file the image
   * @param score normalised by the calibration
   * @param threshold from this score on an image is predicted anomalous
   * @param anomalous the prediction
   * @param overlay the name of the heat map's file
   * @param explanation null where none was asked for; not in the CSV
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Line(
      String file,
      double score,
      double threshold,
      boolean anomalous,
      String overlay,
      Explanation explanation) {

    private static Line of(Prediction prediction, String overlay) {
      return new Line(
          prediction.source().name(),
          prediction.normalisedScore().orElseThrow(),
          prediction.model().requireCalibration().threshold(),
          prediction.isAnomalous(),
          overlay,
          prediction.explanation().orElse(null));
    }
  }

  /** A row of the CSV. */
  private record Row(
      String file, double score, double threshold, boolean anomalous, String overlay) {

    private static Row of(Line line) {
      return new Row(line.file, line.score, line.threshold, line.anomalous, line.overlay);
    }
  }

  /**
   * Draws and writes predictions as they are made; all files appear at the end, or none.
   *
   * @param folder where everything goes
   * @param predictions of a calibrated model
   * @return one line per prediction
   * @throws kintsugi.InputException if an image cannot be read, or the folder cannot be written
   */
  public static List<Line> write(Path folder, Stream<Prediction> predictions) {
    List<Line> lines = new ArrayList<>();
    Set<String> names = new HashSet<>();
    try (OutputFolder out = OutputFolder.of(folder)) {
      for (Iterator<Prediction> each = predictions.iterator(); each.hasNext(); ) {
        Prediction prediction = each.next();
        String overlay = overlayName(prediction.source().name(), names);
        out.write(overlay, file -> ImageIO.write(drawn(prediction), "png", file.toFile()));
        lines.add(Line.of(prediction, overlay));
      }
      String rows = Csv.of(Row.class, lines.stream().map(Row::of).toList());
      out.write("predictions.jsonl", file -> Files.writeString(file, Json.lines(lines)));
      out.write("predictions.csv", file -> Files.writeString(file, rows));
      out.commit();
    }
    return lines;
  }

  private static BufferedImage drawn(Prediction prediction) {
    BufferedImage overlay = prediction.heatMap();
    int width = prediction.image().width();
    prediction.explanation().ifPresent(explained -> Boxes.draw(overlay, width, explained.boxes()));
    return overlay;
  }

  /** The image's name with PNG's ending; images of one name from several folders are counted. */
  private static String overlayName(String image, Set<String> taken) {
    String stem = Path.of(image).getFileName().toString().replaceFirst("\\.[^.]*$", "");
    String name = stem + ".png";
    for (int i = 2; !taken.add(name); i++) {
      name = stem + "-" + i + ".png";
    }
    return name;
  }
}
