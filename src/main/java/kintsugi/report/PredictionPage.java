package kintsugi.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.Version;
import kintsugi.detector.Calibration;
import kintsugi.detector.Explanation;
import kintsugi.detector.Model;
import kintsugi.image.ColourScale;

/**
 * The page of predictions, worst first: {@code predictions.html}, which opens from disk with no
 * network.
 *
 * @param heading the text around the predictions
 * @param model which predicted
 * @param colours of all heat maps, by the scores that the page shows
 * @param lines the predictions
 * @param originals the images' files, null for one in memory
 * @param gallery the images in the same order
 */
record PredictionPage(
    EvaluationReport.Heading heading,
    Model model,
    ColourScale colours,
    List<PredictionReport.Line> lines,
    List<Path> originals,
    Gallery gallery) {
  /** Regions of an image that are listed. */
  private static final int LISTED = 12;

  /** The data of the page's script. */
  private record Contents(
      EvaluationReport.Heading heading,
      boolean calibrated,
      Double threshold,
      String rule,
      String rates,
      PageColours colours,
      Map<String, Object> settings,
      List<Item> images) {}

  /**
   * One image as the page has it.
   *
   * @param original the address of its file, null for one in memory
   * @param drawing null where it is not in the page, but in the file of its heat map alone
   */
  private record Item(
      String file,
      double score,
      Double pValue,
      String verdict,
      boolean regionsDisagree,
      String sentence,
      List<Explanation.Box> regions,
      int regionCount,
      List<Explanation.Patch> patches,
      String overlay,
      String original,
      Gallery.Drawing drawing) {

    private static Item of(
        PredictionReport.Line line, Path folder, Path original, Gallery.Drawing drawing) {
      return new Item(
          line.file(),
          line.score(),
          line.pValue(),
          line.verdict(),
          line.regionsDisagree(),
          line.sentence(),
          line.regions().stream().limit(LISTED).toList(),
          line.regions().size(),
          line.explanation() == null ? List.of() : line.explanation().patches(),
          Page.address(folder, folder.resolve(line.overlay())),
          original == null ? null : Page.address(folder, original),
          drawing);
    }
  }

  /**
   * Writes it.
   *
   * @param file where to
   * @param folder where the file will be
   */
  void write(Path file, Path folder) throws IOException {
    StringBuilder images = new StringBuilder();
    List<Gallery.Drawing> drawings = gallery.drawings(images);
    List<Item> items =
        new ArrayList<>(
            IntStream.range(0, lines.size())
                .mapToObj(i -> Item.of(lines.get(i), folder, originals.get(i), drawings.get(i)))
                .toList());
    items.sort(Comparator.comparingDouble(item -> -item.score));
    Contents contents =
        new Contents(
            heading,
            model.calibration().isPresent(),
            model.calibration().map(Calibration::threshold).orElse(null),
            model.calibration().map(c -> c.rule().toString()).orElse(null),
            model.calibration().map(c -> c.rates().sentence()).orElse(null),
            PageColours.of(colours),
            settings(),
            items);
    List<String> scripts = List.of("heat", "zoom", "gallery", "predictions");
    Page.write(file, "predictions", scripts, contents, images);
  }

  private Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("Recipe", model.recipe().name());
    settings.put("Input size", model.detector().inputSize().toString());
    settings.put("Seed", model.seed());
    settings.put("SHA-256 of the weights", model.fingerprint());
    settings.put("Kintsugi", Version.number());
    return settings;
  }
}
