package kintsugi.detector;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.engine.Parallel;
import kintsugi.image.Decoding;
import kintsugi.image.ImageSource;

/**
 * The change that teaching makes to the scores of a calibration's images. They are found by the
 * names that the calibration keeps, and have to be the same by their hashes.
 *
 * @param images those that were found, normal ones first, each kind in ascending order of the score
 *     before
 * @param missing images of the calibration that are gone or changed, or not looked for
 * @param crossValidated whether the calibration's scores are of a cross-validation, by models that
 *     did not know the image: scores of the model itself would flatter the threshold
 * @param thresholdBefore of the model before
 * @param thresholdAfter by the same rule from the scores after; the same as before where images are
 *     missing, or the calibration's scores are of a cross-validation
 */
public record CalibrationChange(
    List<Image> images,
    int missing,
    boolean crossValidated,
    double thresholdBefore,
    double thresholdAfter) {

  /**
   * The change of one image.
   *
   * @param name of the image
   * @param anomalous whether it has a defect
   * @param before its normalised score by the model before
   * @param after its normalised score by the model after, in the range of that model's calibration
   * @param anomalousBefore the prediction by the model before
   * @param anomalousAfter the prediction by the model after
   */
  public record Image(
      String name,
      boolean anomalous,
      double before,
      double after,
      boolean anomalousBefore,
      boolean anomalousAfter) {
    /** {@return whether the prediction is another} */
    public boolean changesVerdict() {
      return anomalousBefore != anomalousAfter;
    }
  }

  /** Copies the list. */
  public CalibrationChange {
    images = List.copyOf(images);
  }

  /** {@return of how many images the prediction is another} */
  public long changedVerdicts() {
    return images.stream().filter(Image::changesVerdict).count();
  }

  /** {@return the largest change of a score, as an absolute value; 0 if no image was found} */
  public double largestChange() {
    return images.stream()
        .mapToDouble(image -> Math.abs(image.after - image.before))
        .max()
        .orElse(0);
  }

  /** A change, and the calibration of the model after where all images were found. */
  record Measured(CalibrationChange change, Optional<Calibration> calibration) {}

  /**
   * Scores the images of a calibration by the model after.
   *
   * @param before a calibrated model
   * @param after the same model with other images taught to it
   * @param places where the images are
   * @throws InputException if one of the images that it has cannot be read
   */
  static Measured of(Model before, Model after, Teaching.Elsewhere places) {
    Calibration calibration = before.requireCalibration();
    CalibrationScores kept = calibration.scores();
    Found normals = Found.of(before, kept.normal(), places.normal(), places.byName());
    Found anomalies = Found.of(before, kept.anomalous(), places.anomalous(), places.byName());
    int missing =
        Math.max(normals.missing, calibration.falsePositives().samples() - normals.sources.size())
            + Math.max(
                anomalies.missing,
                calibration.falseNegatives().samples() - anomalies.sources.size());
    boolean heldOut = kept.heldOut();
    boolean all = missing == 0 && !normals.sources.isEmpty() && !heldOut;
    Calibration made =
        all
            ? Calibration.of(
                after, normals.sources, anomalies.sources, Optional.of(calibration.rule()))
            : calibration;
    boolean known = !heldOut && before.isCalibrationCurrent();
    Map<String, Double> scoresBefore = known ? byHash(kept) : new HashMap<>();
    Map<String, Double> scoresAfter = all ? byHash(made.scores()) : new HashMap<>();
    Map<AnomalyDetector, Map<String, Double>> scored = new LinkedHashMap<>();
    if (!known) {
      scored.put(before.detector(), scoresBefore);
    }
    if (!all) {
      scored.put(after.detector(), scoresAfter);
    }
    if (!scored.isEmpty()) {
      AnomalyDetector.score(
          List.copyOf(scored.keySet()),
          Stream.of(normals, anomalies).flatMap(found -> found.sources.stream()).toList(),
          "score",
          (detector, image) ->
              scored.get(detector).put(image.image().hash(), calibration.normalise(image.score())));
    }
    List<Image> images = new ArrayList<>();
    for (Found found : List.of(normals, anomalies)) {
      found.kept.stream()
          .map(
              image ->
                  image(
                      image.name(),
                      found == anomalies,
                      scoresBefore.get(image.sha256()),
                      scoresAfter.get(image.sha256()),
                      calibration,
                      made))
          .sorted(Comparator.comparingDouble(Image::before))
          .forEachOrdered(images::add);
    }
    return new Measured(
        new CalibrationChange(images, missing, heldOut, calibration.threshold(), made.threshold()),
        all ? Optional.of(made) : Optional.empty());
  }

  private static Map<String, Double> byHash(CalibrationScores scores) {
    Map<String, Double> byHash = new HashMap<>();
    scores.normal().forEach(image -> byHash.put(image.sha256(), image.score()));
    scores.anomalous().forEach(image -> byHash.put(image.sha256(), image.score()));
    return byHash;
  }

  private static Image image(
      String name,
      boolean anomalous,
      double before,
      double after,
      Calibration calibration,
      Calibration made) {
    return new Image(
        name,
        anomalous,
        before,
        after,
        calibration.verdict(before) == Verdict.ANOMALOUS,
        made.verdict(after) == Verdict.ANOMALOUS);
  }

  /**
   * The images of a calibration that were found.
   *
   * @param kept what the calibration keeps of them
   * @param sources where they are, in the same order
   * @param missing how many others there are
   */
  private record Found(List<CalibrationImage> kept, List<ImageSource> sources, int missing) {

    static Found of(
        Model model,
        List<CalibrationImage> all,
        List<? extends ImageSource> named,
        boolean byName) {
      Map<String, ImageSource> known = byHash(model, named);
      ImageSource[] found = new ImageSource[all.size()];
      parallel(model)
          .forEach(
              found.length,
              i -> {
                ImageSource source = known.get(all.get(i).sha256());
                found[i] = source == null && byName ? file(model, all.get(i)) : source;
              });
      List<CalibrationImage> kept = new ArrayList<>();
      List<ImageSource> sources = new ArrayList<>();
      for (int i = 0; i < found.length; i++) {
        if (found[i] != null) {
          kept.add(all.get(i));
          sources.add(found[i]);
        }
      }
      return new Found(kept, sources, all.size() - sources.size());
    }

    private static Parallel parallel(Model model) {
      return model.detector().session().parallel();
    }

    private static Map<String, ImageSource> byHash(Model model, List<? extends ImageSource> named) {
      String[] hashes = new String[named.size()];
      parallel(model).forEach(hashes.length, i -> hashes[i] = hash(model, named.get(i)));
      Map<String, ImageSource> known = new LinkedHashMap<>();
      for (int i = 0; i < hashes.length; i++) {
        known.put(hashes[i], named.get(i));
      }
      return known;
    }

    /** The file of an image's name; null unless it is there and still the same. */
    private static ImageSource file(Model model, CalibrationImage image) {
      try {
        Path file = Path.of(image.name());
        if (image.name().isEmpty() || !Files.isRegularFile(file)) {
          return null;
        }
        ImageSource source = ImageSource.of(file);
        return hash(model, source).equals(image.sha256()) ? source : null;
      } catch (InputException | InvalidPathException e) {
        return null;
      }
    }

    private static String hash(Model model, ImageSource source) {
      AnomalyDetector detector = model.detector();
      Decoding decoding = detector.recipe().preprocessing().decoding();
      long maxPixels = detector.session().options().maxPixels();
      return source.read(decoding.withMaxPixels(maxPixels)).hash();
    }
  }
}
