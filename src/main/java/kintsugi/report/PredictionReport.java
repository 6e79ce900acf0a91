package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kintsugi.OutputFolder;
import kintsugi.detector.Explanation;
import kintsugi.detector.Prediction;
import kintsugi.image.ImageSource;

/**
 * The report of predictions: an overlay PNG per image, {@code predictions.jsonl} and {@code
 * predictions.csv}.
 */
public final class PredictionReport implements AutoCloseable {
  private static final int MAX_NAME = 255;

  private final OutputFolder out;
  private final Map<ImageSource, String> overlays;

  private PredictionReport(OutputFolder out, Map<ImageSource, String> overlays) {
    this.out = out;
    this.overlays = overlays;
  }

  /**
   * One prediction.
   *
   * @param file the image
   * @param score normalised by the calibration
   * @param threshold from this score on an image is predicted anomalous
   * @param anomalous the prediction
   * @param verdict the prediction as a word
   * @param regionsDisagree whether a normal image has a region above the pixel threshold, or an
   *     anomalous one has none
   * @param regions those above the pixel threshold, highest first
   * @param place of the highest one or, without any, of the map's maximum
   * @param layers the feature layers behind the highest one; null where they are not known
   * @param sentence what was found
   * @param overlay the name of the heat map's file
   * @param explanation null where none was asked for; not in the CSV
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Line(
      String file,
      double score,
      double threshold,
      boolean anomalous,
      String verdict,
      boolean regionsDisagree,
      List<Explanation.Box> regions,
      String place,
      String layers,
      String sentence,
      String overlay,
      Explanation explanation) {

    private static Line of(Prediction prediction, String overlay) {
      return new Line(
          prediction.source().name(),
          prediction.normalisedScore().orElseThrow(),
          prediction.model().requireCalibration().threshold(),
          prediction.isAnomalous(),
          prediction.verdict().toString(),
          prediction.finding().regionsDisagree(),
          prediction.regions(),
          prediction.finding().place(),
          prediction.finding().layers().orElse(null),
          prediction.finding().sentence(),
          overlay,
          prediction.explanation().orElse(null));
    }
  }

  /** A row of the CSV. */
  private record Row(
      String file,
      double score,
      double threshold,
      boolean anomalous,
      String overlay,
      String verdict,
      boolean regionsDisagree,
      int regions,
      String sentence) {

    private static Row of(Line line) {
      return new Row(
          line.file,
          line.score,
          line.threshold,
          line.anomalous,
          line.overlay,
          line.verdict,
          line.regionsDisagree,
          line.regions.size(),
          line.sentence);
    }
  }

  /**
   * {@return the report of images that are not predicted yet}
   *
   * @param folder where everything goes
   * @param images all images; none of their files is ever replaced
   * @throws kintsugi.InputException if the folder cannot be written, or has another's files of the
   *     names that the report takes
   */
  public static PredictionReport open(Path folder, List<ImageSource> images) {
    Map<ImageSource, String> overlays = new IdentityHashMap<>();
    List<String> names = new ArrayList<>(List.of("predictions.jsonl", "predictions.csv"));
    Set<String> taken = new HashSet<>();
    for (ImageSource image : images) {
      overlays.put(image, overlayName(image.name(), taken));
      names.add(overlays.get(image));
    }
    List<Path> files = images.stream().flatMap(image -> image.file().stream()).toList();
    return new PredictionReport(OutputFolder.of(folder, "predict", names, files), overlays);
  }

  /**
   * Draws and writes predictions as they are made; all files appear at the end, or none.
   *
   * @param predictions of a calibrated model, for the report's images or some of them
   * @return one line per prediction
   * @throws kintsugi.InputException if an image cannot be read, or the folder cannot be written
   */
  public List<Line> write(Stream<Prediction> predictions) {
    List<Line> lines = new ArrayList<>();
    for (Iterator<Prediction> each = predictions.iterator(); each.hasNext(); ) {
      Prediction prediction = each.next();
      String overlay = overlays.get(prediction.source());
      out.write(overlay, file -> ImageIO.write(drawn(prediction), "png", file.toFile()));
      lines.add(Line.of(prediction, overlay));
    }
    String rows = Csv.of(Row.class, lines.stream().map(Row::of).toList());
    out.write("predictions.jsonl", file -> Files.writeString(file, Json.lines(lines)));
    out.write("predictions.csv", file -> Files.writeString(file, rows));
    out.commit();
    return lines;
  }

  /** Removes what was not written to the end. */
  @Override
  public void close() {
    out.close();
  }

  private static BufferedImage drawn(Prediction prediction) {
    BufferedImage overlay = prediction.heatMapWithScale();
    int width = prediction.image().width();
    prediction.explanation().ifPresent(explained -> Boxes.draw(overlay, width, explained.boxes()));
    return overlay;
  }

  /**
   * The image's name with PNG's ending; images of one name from several folders are counted, and so
   * are names that are one on some file systems.
   */
  private static String overlayName(String image, Set<String> taken) {
    String stem = image.substring(image.lastIndexOf(File.separatorChar) + 1);
    stem = stem.replaceFirst("\\.[^.]*$", "");
    String name = named(stem, "");
    for (int i = 2;
        !taken.add(Normalizer.normalize(name, Normalizer.Form.NFC).toLowerCase(Locale.ROOT));
        i++) {
      name = named(stem, "-" + i);
    }
    return name;
  }

  /** A name that fits into a folder, of characters that its file system can hold. */
  private static String named(String stem, String number) {
    String name = stem + number + ".png";
    try {
      Path.of(name);
    } catch (InvalidPathException e) {
      return named(stem.replaceAll("[^\\w. -]", "_"), number);
    }
    if (name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME) {
      return name;
    }
    return named(stem.substring(0, stem.offsetByCodePoints(stem.length(), -1)), number);
  }
}
