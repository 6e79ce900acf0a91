package kintsugi.detector;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.image.ImageSource;

/**
 * A change of a model by images that are taught to it, or undone, and what it does to the scores of
 * the calibration's images. Nothing is saved; the model before stays as it is.
 *
 * @param before the model
 * @param after the model with the change, and with a calibration from its own scores where all
 *     images of the calibration were found
 * @param added the images that were taught
 * @param scoresBefore their scores by the model before, in the same order, normalised if it is
 *     calibrated
 * @param removed the images that were undone
 * @param change of the calibration's scores; empty if the model is not calibrated
 */
public record Teaching(
    Model before,
    Model after,
    List<Taught> added,
    List<Double> scoresBefore,
    List<Taught> removed,
    Optional<CalibrationChange> change) {

  /** Copies the lists. */
  public Teaching {
    added = List.copyOf(added);
    scoresBefore = List.copyOf(scoresBefore);
    removed = List.copyOf(removed);
  }

  /**
   * The images of a calibration in other places than where it knows them.
   *
   * @param normal images among which the normal ones are
   * @param anomalous images among which the anomalous ones are
   * @param byName whether the others are looked for by the names in the model's file, which become
   *     paths of this machine; false for a model that someone else sent
   */
  public record Elsewhere(
      List<? extends ImageSource> normal, List<? extends ImageSource> anomalous, boolean byName) {
    /** All images are where the calibration knows them. */
    public static final Elsewhere NOWHERE = new Elsewhere(List.of(), List.of());

    /** No image is looked for. */
    public static final Elsewhere UNKNOWN = new Elsewhere(List.of(), List.of(), false);

    /**
     * The others are where the calibration knows them.
     *
     * @param normal images among which the normal ones are
     * @param anomalous images among which the anomalous ones are
     */
    public Elsewhere(List<? extends ImageSource> normal, List<? extends ImageSource> anomalous) {
      this(normal, anomalous, true);
    }
  }

  /**
   * {@return a line for each image that scores so high that it probably has a defect, to be read
   * before it is taught as a good one}
   */
  public List<String> cautions() {
    return before.calibration().stream()
        .flatMap(
            calibration ->
                IntStream.range(0, added.size())
                    .filter(i -> calibration.isFarAboveThreshold(scoresBefore.get(i)))
                    .mapToObj(
                        i -> caution(added.get(i), scoresBefore.get(i), calibration.threshold())))
        .toList();
  }

  private static String caution(Taught entry, double score, double threshold) {
    return String.format(
        Locale.ROOT,
        "%s: its score %.4f is far above the threshold %.4f, as if it had a defect; teach it only if"
            + " you are sure that the part is good, since such defects can be predicted normal"
            + " afterwards",
        entry.name(),
        score,
        threshold);
  }

  /** {@return what is wrong with the change and with the model after, a line each} */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    added.stream().filter(entry -> entry.patches() == 0).forEach(e -> warnings.add(known(e)));
    warnings.addAll(after.warnings());
    return warnings;
  }

  private static String known(Taught entry) {
    return entry.name()
        + ": the memory bank knows all of its patches, so that teaching it changes no score of an"
        + " image; to accept such images set a higher threshold (threshold)";
  }

  /**
   * Teaches images to a model: PaDiM's scores become those of a fit that had seen them too;
   * PatchCore's memory bank gets each image's far patches, those beyond its covering radius.
   *
   * @param model the model
   * @param images without a defect
   * @param note of who teaches them, or why; may be empty
   * @param elsewhere images of the calibration that are not where it knows them
   * @return the change
   * @throws InputException if an image cannot be read, has another size than the model's or no
   *     patch in its region, or the model knows it already
   */
  public static Teaching teach(
      Model model, List<? extends ImageSource> images, String note, Elsewhere elsewhere) {
    List<TaughtImage> taughtImages = new ArrayList<>(model.detector().taughtImages());
    int first = taughtImages.size();
    List<Double> scores = new ArrayList<>();
    Set<String> calibrated = calibrated(model);
    for (ImageSource source : images) {
      AnomalyDetector.Studied image = model.detector().study(source, model.seed());
      TaughtImage taughtImage = taughtImage(image, note);
      requireNew(model, taughtImages, taughtImage, source);
      double score = image.scored().score();
      scores.add(model.calibration().map(c -> c.normalise(score)).orElse(score));
      if (calibrated.contains(taughtImage.entry().pixelsSha256())) {
        model
            .detector()
            .session()
            .warn(
                source.name()
                    + ": is an image of the calibration, which flatters the threshold once it is"
                    + " taught; calibrate with images that the model does not know (normal)");
      }
      taughtImages.add(taughtImage);
    }
    List<Taught> added =
        taughtImages.subList(first, taughtImages.size()).stream().map(TaughtImage::entry).toList();
    return of(model, taughtImages, added, scores, List.of(), elsewhere);
  }

  private static TaughtImage taughtImage(AnomalyDetector.Studied image, String note) {
    String sha256 = image.scored().image().hash();
    return new TaughtImage(
        new Taught(
            sha256.substring(0, Taught.ID_LENGTH),
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            image.scored().source().name(),
            sha256,
            image.kept().count(),
            image.kept().candidates(),
            note),
        image.kept());
  }

  private static void requireNew(
      Model model, List<TaughtImage> taughtImages, TaughtImage taughtImage, ImageSource source) {
    for (TaughtImage other : taughtImages) {
      if (other.entry().pixelsSha256().equals(taughtImage.entry().pixelsSha256())) {
        throw new InputException(
            source.name()
                + ": is taught already, as "
                + other.entry().id()
                + " from "
                + other.entry().name()
                + " at "
                + other.entry().time()
                + "; leave it out, or undo that first (undo)");
      }
    }
    if (model.training().contains(taughtImage.digest())) {
      throw new InputException(
          source.name()
              + ": the model was fitted to this image, which would count twice; leave it out");
    }
  }

  private static Set<String> calibrated(Model model) {
    Set<String> hashes = new HashSet<>();
    model
        .calibration()
        .ifPresent(
            c -> {
              c.scores().normal().forEach(image -> hashes.add(image.sha256()));
              c.scores().anomalous().forEach(image -> hashes.add(image.sha256()));
            });
    return hashes;
  }

  /**
   * Takes an image back that was taught to a model. Once all are taken back, the model has the bits
   * of its fit.
   *
   * @param model the model
   * @param id of the history
   * @param elsewhere images of the calibration that are not where it knows them
   * @return the change
   * @throws InputException if the history has no such image
   */
  public static Teaching unteach(Model model, String id, Elsewhere elsewhere) {
    List<TaughtImage> taughtImages = new ArrayList<>(model.detector().taughtImages());
    Optional<TaughtImage> undone =
        taughtImages.stream()
            .filter(taughtImage -> taughtImage.entry().id().equals(id))
            .findFirst();
    if (undone.isEmpty()) {
      throw new InputException(
          InputException.quoted(id)
              + ": was not taught to the model"
              + (taughtImages.isEmpty()
                  ? ", nothing was"
                  : "; its history has "
                      + String.join(", ", model.taught().stream().map(Taught::id).toList())));
    }
    taughtImages.remove(undone.get());
    List<Taught> removed = List.of(undone.get().entry());
    return of(model, taughtImages, List.of(), List.of(), removed, elsewhere);
  }

  private static Teaching of(
      Model before,
      List<TaughtImage> taughtImages,
      List<Taught> added,
      List<Double> scores,
      List<Taught> removed,
      Elsewhere elsewhere) {
    Model taught = before.withTaught(taughtImages);
    Optional<CalibrationChange.Measured> measured =
        before.calibration().map(c -> CalibrationChange.of(before, taught, elsewhere));
    Model after =
        measured.flatMap(CalibrationChange.Measured::calibration).map(taught::with).orElse(taught);
    return new Teaching(
        before, after, added, scores, removed, measured.map(CalibrationChange.Measured::change));
  }
}
