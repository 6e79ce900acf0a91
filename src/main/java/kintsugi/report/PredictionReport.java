package kintsugi.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import kintsugi.OutputFolder;
import kintsugi.detector.Calibration;
import kintsugi.detector.Explanation;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.ColourScale;
import kintsugi.image.HeatMap;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.ScaleBar;

/**
 * The report of predictions: an overlay PNG per image, in folders as the images are, {@code
 * predictions.html}, {@code predictions.jsonl} and {@code predictions.csv}.
 */
public final class PredictionReport implements AutoCloseable {
  private static final List<String> FILES =
      List.of("predictions.jsonl", "predictions.csv", "predictions.html");

  private static final String RECEIPTS = "receipts.jsonl";

  private final OutputFolder out;
  private final Map<ImageSource, String> overlays;
  private Function<Prediction, Receipt> receipt;

  private PredictionReport(OutputFolder out, Map<ImageSource, String> overlays) {
    this.out = out;
    this.overlays = overlays;
  }

  /**
   * Adds {@code receipts.jsonl} with a receipt of every prediction.
   *
   * @param maker of a prediction's receipt
   */
  public void writeReceipts(Function<Prediction, Receipt> maker) {
    receipt = maker;
  }

  /**
   * An image to be predicted.
   *
   * @param source the image
   * @param path of its heat map, but for the ending: relative, the image's own name in the folders
   *     that are to be kept
   */
  public record Input(ImageSource source, Path path) {}

  /**
   * One prediction.
   *
   * @param file the image
   * @param score normalised by the calibration; before it as the method returns it
   * @param threshold from this score on an image is predicted anomalous; null before calibration
   * @param anomalous the prediction; null before calibration
   * @param pValue the conformal p-value; null before calibration, or by an earlier release's
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
      Double threshold,
      Boolean anomalous,
      Double pValue,
      String verdict,
      boolean regionsDisagree,
      List<Explanation.Box> regions,
      String place,
      String layers,
      String sentence,
      String overlay,
      Explanation explanation) {

    private static Line of(Prediction prediction, String overlay) {
      Optional<Calibration> calibration = prediction.model().calibration();
      return new Line(
          prediction.source().name(),
          prediction.finding().score(),
          calibration.map(Calibration::threshold).orElse(null),
          calibration.isPresent() ? prediction.isAnomalous() : null,
          prediction.pValue().stream().boxed().findFirst().orElse(null),
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
      Double threshold,
      Boolean anomalous,
      String overlay,
      String verdict,
      boolean regionsDisagree,
      int regions,
      String sentence,
      Double pValue) {

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
          line.sentence,
          line.pValue);
    }
  }

  /**
   * {@return the report of images that are not predicted yet}
   *
   * @param folder where everything goes
   * @param images all images; none of their files is ever replaced
   * @param receipts whether there will be {@linkplain #writeReceipts receipts}
   * @throws kintsugi.InputException if the folder cannot be written, or has another's files of the
   *     names that the report takes
   */
  public static PredictionReport open(Path folder, List<Input> images, boolean receipts) {
    Map<ImageSource, String> overlays = new IdentityHashMap<>();
    List<String> names = new ArrayList<>(FILES);
    if (receipts) {
      names.add(RECEIPTS);
    }
    OverlayNames overlayNames = new OverlayNames(FILES);
    for (Input image : images) {
      String overlay = overlayNames.of(image.path);
      overlays.put(image.source, overlay);
      names.add(overlay);
    }
    List<Path> files = images.stream().flatMap(image -> image.source.file().stream()).toList();
    return new PredictionReport(OutputFolder.of(folder, "predict", names, files), overlays);
  }

  /**
   * Draws and writes predictions as they are made; all files appear at the end, or none. Before
   * calibration the score maps wait in a temporary file, and the images are read again, since the
   * range that all heat maps share is known at the end.
   *
   * @param heading the text around the predictions
   * @param model which predicts
   * @param pixelThreshold the normalised score from which on a pixel is coloured; empty for the
   *     calibration's
   * @param predictions of the model, for the report's images or some of them
   * @return one line per prediction
   * @throws kintsugi.InputException if an image cannot be read, or the folder cannot be written
   */
  public List<Line> write(
      EvaluationReport.Heading heading,
      Model model,
      OptionalDouble pixelThreshold,
      Stream<Prediction> predictions) {
    Optional<ColourScale> calibrated =
        model.calibration().map(c -> c.colours(pixelThreshold.orElse(c.pixelThreshold())));
    Gallery gallery = new Gallery(ReportImages.THUMBNAILS, overlays.size(), out);
    List<Line> lines = new ArrayList<>();
    List<String> receipts = new ArrayList<>();
    List<Path> originals = new ArrayList<>();
    ColourScale colours;
    try (HeldMaps held = new HeldMaps(out.folder(), overlays.size())) {
      for (Iterator<Prediction> each = predictions.iterator(); each.hasNext(); ) {
        Prediction prediction = each.next();
        lines.add(Line.of(prediction, overlays.get(prediction.source())));
        if (receipt != null) {
          receipts.add(receipt.apply(prediction).line() + "\n");
        }
        originals.add(prediction.source().file().orElse(null));
        if (calibrated.isPresent()) {
          draw(HeldMaps.Shown.of(prediction), model, calibrated.orElseThrow(), gallery);
        } else {
          held.add(prediction);
        }
      }
      colours = calibrated.orElseGet(held::colours);
      held.forEach(shown -> draw(shown, model, colours, gallery));
    }
    ColourScale labels = labels(model, colours);
    PredictionPage page = new PredictionPage(heading, model, labels, lines, originals, gallery);
    String rows = Csv.of(Row.class, lines.stream().map(Row::of).toList());
    out.write("predictions.jsonl", file -> Files.writeString(file, Json.lines(lines)));
    if (receipt != null) {
      out.write(RECEIPTS, file -> Files.writeString(file, String.join("", receipts)));
    }
    out.write("predictions.csv", file -> Files.writeString(file, rows));
    out.write("predictions.html", file -> page.write(file, out.folder()));
    out.commit();
    return lines;
  }

  /** Removes what was not written to the end. */
  @Override
  public void close() {
    out.close();
  }

  /** A scale by the scores that a person sees. */
  private static ColourScale labels(Model model, ColourScale colours) {
    return model.calibration().map(c -> colours.in(c::normalise)).orElse(colours);
  }

  /** The file of the heat map, and the image of the page, which keeps the worst longest. */
  private void draw(HeldMaps.Shown shown, Model model, ColourScale colours, Gallery gallery) {
    Pixels image = shown.image();
    ScaleBar drawn =
        HeatMap.withScale(image, shown.map(), shown.transform(), colours, labels(model, colours));
    Boxes.draw(drawn.above(), image.width(), shown.boxes());
    out.write(
        overlays.get(shown.source()), file -> ImageIO.write(drawn.image(), "png", file.toFile()));
    gallery.add(
        shown.score(),
        side ->
            Thumbnail.of(image, shown.map(), shown.transform(), colours, Optional.empty(), side));
  }
}
