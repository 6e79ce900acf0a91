package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import kintsugi.InputException;
import kintsugi.metric.ThresholdRule;
import kintsugi.weights.StoredTensor;

/**
 * A fitted detector and, once it is calibrated, its score range and threshold: the content of a
 * model file.
 *
 * @param detector the fitted method
 * @param calibration empty until the model is calibrated
 * @param fingerprint of the weights it was fitted with
 * @param seed of the fit
 * @param training the images that it was fitted to, and those that were taught to it
 * @param calibratedWith the ids of the images that had been taught to it when it was calibrated
 * @param provenance which program fitted and calibrated it, and to which files
 */
public record Model(
    AnomalyDetector detector,
    Optional<Calibration> calibration,
    String fingerprint,
    long seed,
    TrainingImages training,
    List<String> calibratedWith,
    Provenance provenance) {
  static final String SUMMARY = "summary";
  private static final String SUMMARY_OF_FORMAT_2 = "facts";
  static final String CALIBRATION = "calibration";
  private static final String CALIBRATED_WITH = "calibrated_with";

  /** Copies the list. */
  public Model {
    calibratedWith = List.copyOf(calibratedWith);
  }

  /**
   * A model that nothing was taught to.
   *
   * @param detector the fitted method
   * @param calibration empty until the model is calibrated
   * @param fingerprint of the weights it was fitted with
   * @param seed of the fit
   * @param training the images that it was fitted to
   */
  public Model(
      AnomalyDetector detector,
      Optional<Calibration> calibration,
      String fingerprint,
      long seed,
      TrainingImages training) {
    this(detector, calibration, fingerprint, seed, training, List.of());
  }

  /**
   * A model whose origin is not known.
   *
   * @param detector the fitted method
   * @param calibration empty until the model is calibrated
   * @param fingerprint of the weights it was fitted with
   * @param seed of the fit
   * @param training the images that it was fitted to, and those that were taught to it
   * @param calibratedWith the ids of the images that had been taught to it when it was calibrated
   */
  public Model(
      AnomalyDetector detector,
      Optional<Calibration> calibration,
      String fingerprint,
      long seed,
      TrainingImages training,
      List<String> calibratedWith) {
    this(detector, calibration, fingerprint, seed, training, calibratedWith, Provenance.UNKNOWN);
  }

  /** {@return the choices that the detector was fitted with} */
  public Recipe recipe() {
    return detector.recipe();
  }

  /**
   * {@return the same model with a calibration}
   *
   * @param calibrated the range and the threshold
   */
  public Model with(Calibration calibrated) {
    List<String> taught = taught().stream().map(Taught::id).toList();
    return new Model(
        detector,
        Optional.of(calibrated),
        fingerprint,
        seed,
        training,
        taught,
        provenance.calibrated(detector.session()));
  }

  /**
   * {@return the same model with another threshold, by the scores that its calibration keeps; a
   * calibration that is not current does not become so}
   *
   * @param rule how the threshold is found, or the threshold itself ({@code value:0.3})
   * @throws InputException if the model is not calibrated, or {@link Calibration#with} finds no
   *     threshold by the rule
   */
  public Model with(ThresholdRule rule) {
    Calibration changed = requireCalibration().with(rule);
    return new Model(
        detector, Optional.of(changed), fingerprint, seed, training, calibratedWith, provenance);
  }

  /** {@return the images that were taught to it, in the order in which they were} */
  public List<Taught> taught() {
    return detector.taughtImages().stream().map(TaughtImage::entry).toList();
  }

  /** The same model with other images taught to it, its calibration as it is. */
  Model withTaught(List<TaughtImage> taughtImages) {
    return new Model(
        detector.withTaught(taughtImages),
        calibration,
        fingerprint,
        seed,
        training
            .without(detector.taughtImages().stream().mapToLong(TaughtImage::digest))
            .with(taughtImages.stream().mapToLong(TaughtImage::digest)),
        calibratedWith,
        provenance);
  }

  /**
   * {@return whether the model is calibrated, and with the images that are taught to it now; what
   * its calibration says of other scores is of the model before}
   */
  public boolean isCalibrationCurrent() {
    Set<String> now = taught().stream().map(Taught::id).collect(Collectors.toSet());
    return calibration.isPresent() && now.equals(Set.copyOf(calibratedWith));
  }

  /** {@return what is wrong with its calibration, with the way out, a line each} */
  public List<String> warnings() {
    if (calibration.isEmpty()) {
      return List.of();
    }
    List<String> warnings = new ArrayList<>(calibration.get().warnings());
    if (!isCalibrationCurrent()) {
      warnings.add(
          "the calibration was made before images were taught or taken back; calibrate the model"
              + " again with images that it does not know (normal)");
    }
    return warnings;
  }

  /** {@return the same model with a recipe that brings every image to the model's size} */
  public Model forAnySize() {
    InputSize size = detector.inputSize();
    Recipe any = Choices.with(recipe(), Map.of("resize", size.toString(), "crop", "same"));
    return new Model(
        detector.forImages(any),
        calibration,
        fingerprint,
        seed,
        training,
        calibratedWith,
        provenance);
  }

  /**
   * {@return the calibration}
   *
   * @throws InputException if there is none
   */
  public Calibration requireCalibration() {
    return calibration.orElseThrow(
        () ->
            new InputException(
                "the model has no threshold yet; calibrate it with normal images that it was not"
                    + " fitted to, and anomalous ones where there are some"));
  }

  /**
   * Throws unless a model can be saved to a file: there is nothing, or a model, which it replaces.
   *
   * @param file the file
   * @throws InputException if something else is there
   */
  public static void requirePlace(Path file) {
    FitFile.requirePlace(file, FitFile.MODEL);
  }

  /**
   * Writes the model file whole or not at all.
   *
   * @param file the file; a model is replaced
   * @throws InputException if it cannot be written, or is there and is not a model
   */
  public void save(Path file) {
    Map<String, String> more = new LinkedHashMap<>();
    AnomalyDetector fitted = detector.base();
    more.put(SUMMARY, RecordJson.write((Record) fitted.summary()));
    more.putAll(detector.scope().metadata());
    calibration.ifPresent(c -> more.put(CALIBRATION, RecordJson.write(c)));
    if (!taught().isEmpty()) {
      more.put(TaughtImage.METADATA, RecordJson.write(new TaughtImage.History(taught())));
    }
    if (!calibratedWith.isEmpty()) {
      more.put(CALIBRATED_WITH, String.join(" ", calibratedWith));
    }
    FitHeader header = new FitHeader(recipe(), detector.inputSize(), seed, fingerprint);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(fitted.tensors());
    TaughtImage.storeIn(tensors, detector.taughtImages());
    training.storeIn(tensors);
    detector.scope().storeIn(tensors);
    provenance.storeIn(more, tensors);
    new FitFile(FitFile.MODEL, header, more, tensors).write(file);
  }

  /**
   * {@return the model of a file}
   *
   * @param file the file
   * @param session the engine, the weights and the threads
   * @throws InputException if the file is not a model, is damaged, or belongs to other weights
   */
  public static Model load(Path file, Session session) {
    return FitFile.read(file, session, stored -> of(stored, session));
  }

  /**
   * {@return the images that were taught to the model of a file, in the order in which they were;
   * no weights are needed for it}
   *
   * @param file the file
   * @throws InputException if the file is not a model, or is damaged
   */
  public static List<Taught> taught(Path file) {
    return FitFile.read(
        file,
        stored -> {
          requireModel(stored);
          return TaughtImage.storedIn(stored).stream().map(TaughtImage::entry).toList();
        });
  }

  private static void requireModel(FitFile file) {
    if (!file.kind().equals(FitFile.MODEL)) {
      throw new IllegalArgumentException(
          "it is a partial fit, not a model; finish it, or merge it with others, first");
    }
  }

  static Model of(FitFile file, Session session) {
    requireModel(file);
    FitHeader header = file.header();
    String summary =
        file.more().containsKey(SUMMARY)
            ? file.more().get(SUMMARY)
            : FitFile.get(file.more(), SUMMARY_OF_FORMAT_2);
    Method method = Methods.named(header.recipe().method());
    AnomalyDetector detector =
        method
            .readDetector(session, header, summary, file.tensors())
            .within(FittedScope.storedIn(file))
            .withTaught(TaughtImage.storedIn(file));
    Optional<Calibration> calibration =
        Optional.ofNullable(file.more().get(CALIBRATION)).map(Calibration::read);
    TrainingImages training = TrainingImages.storedIn(file.tensors());
    String with = file.more().getOrDefault(CALIBRATED_WITH, "");
    List<String> calibratedWith = with.isEmpty() ? List.of() : List.of(with.split(" "));
    return new Model(
        detector,
        calibration,
        header.weights(),
        header.seed(),
        training,
        calibratedWith,
        Provenance.storedIn(file));
  }

  /**
   * The tensors of a file without what was taught to the model, and without the list of files and
   * the origins, which the same fit has or has not: those of its fit.
   */
  static Map<String, StoredTensor> fitted(FitFile file) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(file.tensors());
    tensors.keySet().removeIf(TaughtImage::isTensor);
    tensors.keySet().removeIf(Provenance::isTensor);
    TrainingImages.storedIn(file.tensors())
        .without(TaughtImage.storedIn(file).stream().mapToLong(TaughtImage::digest))
        .storeIn(tensors);
    return tensors;
  }
}
