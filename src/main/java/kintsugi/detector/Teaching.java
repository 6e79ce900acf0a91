package kintsugi.detector;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
 * @param removed the images that were undone
 * @param change of the calibration's scores; empty if the model is not calibrated
 */
public record Teaching(
    Model before,
    Model after,
    List<Taught> added,
    List<Taught> removed,
    Optional<CalibrationChange> change) {

  /** Copies the lists. */
  public Teaching {
    added = List.copyOf(added);
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
    List<Lesson> lessons = new ArrayList<>(model.detector().lessons());
    int first = lessons.size();
    Set<String> calibrated = calibrated(model);
    for (ImageSource source : images) {
      Lesson lesson = lesson(model, source, note);
      requireNew(model, lessons, lesson, source);
      if (calibrated.contains(lesson.entry().sha256())) {
        model
            .detector()
            .session()
            .warn(
                source.name()
                    + ": is an image of the calibration, which flatters the threshold once it is"
                    + " taught; calibrate with images that the model does not know (normal)");
      }
      lessons.add(lesson);
    }
    List<Taught> added =
        lessons.subList(first, lessons.size()).stream().map(Lesson::entry).toList();
    return of(model, model.withLessons(lessons), added, List.of(), elsewhere);
  }

  private static Lesson lesson(Model model, ImageSource source, String note) {
    AnomalyDetector.LessonImage known = model.detector().study(source, model.seed());
    String sha256 = HexFormat.of().formatHex(known.image().sha256());
    return new Lesson(
        new Taught(
            sha256.substring(0, Taught.ID_LENGTH),
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            source.name(),
            sha256,
            known.kept().count(),
            known.kept().candidates(),
            note),
        known.kept());
  }

  private static void requireNew(
      Model model, List<Lesson> lessons, Lesson lesson, ImageSource source) {
    for (Lesson other : lessons) {
      if (other.entry().sha256().equals(lesson.entry().sha256())) {
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
    if (model.training().contains(lesson.digest())) {
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
    List<Lesson> lessons = new ArrayList<>(model.detector().lessons());
    Optional<Lesson> undone =
        lessons.stream().filter(lesson -> lesson.entry().id().equals(id)).findFirst();
    if (undone.isEmpty()) {
      throw new InputException(
          InputException.quoted(id)
              + ": was not taught to the model"
              + (lessons.isEmpty()
                  ? ", nothing was"
                  : "; its history has "
                      + String.join(", ", model.taught().stream().map(Taught::id).toList())));
    }
    lessons.remove(undone.get());
    List<Taught> removed = List.of(undone.get().entry());
    return of(model, model.withLessons(lessons), List.of(), removed, elsewhere);
  }

  private static Teaching of(
      Model before, Model taught, List<Taught> added, List<Taught> removed, Elsewhere elsewhere) {
    if (before.calibration().isEmpty()) {
      return new Teaching(before, taught, added, removed, Optional.empty());
    }
    CalibrationChange.Measured measured = CalibrationChange.of(before, taught, elsewhere);
    Model after = measured.calibration().map(taught::with).orElse(taught);
    return new Teaching(before, after, added, removed, Optional.of(measured.change()));
  }
}
