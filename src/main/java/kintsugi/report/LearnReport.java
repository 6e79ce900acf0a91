package kintsugi.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kintsugi.OutputFolder;
import kintsugi.detector.Calibration;
import kintsugi.detector.Prediction;
import kintsugi.image.Mask;
import kintsugi.image.Pixels;
import kintsugi.learn.Learnt;
import kintsugi.learn.Survey;
import kintsugi.metric.ErrorRates;

/** The report of learning: {@code learn.html} and {@code learn.json}. */
public final class LearnReport {
  private static final String PAGE = "learn.html";
  private static final String JSON = "learn.json";

  /** Pixels of an example's longer side. */
  private static final int SIDE = 240;

  private LearnReport() {}

  /**
   * {@return the folder of the files, open}
   *
   * @param folder where they go
   * @throws kintsugi.InputException if it cannot be written, or has another's files of these names
   */
  public static OutputFolder open(Path folder) {
    return OutputFolder.of(folder, "learn", List.of(PAGE, JSON));
  }

  /**
   * The text around the figures.
   *
   * @param model the model's file
   * @param command the command line that learnt
   * @param again the command line that fits the same model
   * @param notes warnings for the reader
   */
  public record Heading(String model, String command, String again, List<String> notes) {}

  /** The content of {@code learn.json}, and the data of the page's script. */
  private record Contents(
      String model,
      String recipe,
      String command,
      String again,
      String why,
      Learnt.Counts counts,
      Survey survey,
      Learnt.Estimate estimate,
      ErrorRates rates,
      String sentence,
      double threshold,
      List<String> warnings,
      List<Learnt.Row> candidates,
      int chosen,
      List<Learnt.Score> scores,
      double seconds,
      List<Example> examples) {

    private static Contents of(Learnt learnt, Heading heading, List<Example> examples) {
      Calibration calibration = learnt.model().requireCalibration();
      return new Contents(
          heading.model(),
          learnt.model().recipe().name(),
          heading.command(),
          heading.again(),
          learnt.why(),
          learnt.counts(),
          learnt.survey(),
          learnt.estimate(),
          calibration.rates(),
          calibration.rates().sentence(),
          calibration.threshold(),
          heading.notes(),
          learnt.rows(),
          learnt.chosen(),
          learnt.scores(),
          learnt.seconds(),
          examples);
    }
  }

  /** An example; its images are addresses with their content. */
  private record Example(
      String label, boolean anomalous, double score, String image, String heat, String mask) {

    private static Example of(Learnt.Example example) {
      Prediction prediction = example.prediction();
      return new Example(
          example.label(),
          prediction.isAnomalous(),
          prediction.normalisedScore().orElseThrow(),
          Encoded.smallUrl(prediction.image(), SIDE),
          Encoded.smallUrl(Pixels.of(prediction.heatMap()), SIDE),
          example.mask().map(mask -> Encoded.smallUrl(white(mask), SIDE)).orElse(null));
    }
  }

  /**
   * Writes both files, or none of them.
   *
   * @param out where they go
   * @param learnt the result
   * @param heading the text around the figures
   * @throws kintsugi.InputException if they cannot be written
   */
  public static void write(OutputFolder out, Learnt learnt, Heading heading) {
    String json = Json.pretty(Contents.of(learnt, heading, List.of()));
    List<Example> examples = learnt.examples().stream().map(Example::of).toList();
    Contents contents = Contents.of(learnt, heading, examples);
    out.write(JSON, file -> Files.writeString(file, json));
    out.write(PAGE, file -> Page.write(file, "learn", List.of("learn"), contents, ""));
    out.commit();
  }

  private static Pixels white(Mask mask) {
    byte[] rgb = new byte[mask.width() * mask.height() * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (mask.at(i / 3 % mask.width(), i / 3 / mask.width()) ? 255 : 0);
    }
    return new Pixels(mask.width(), mask.height(), rgb);
  }
}
