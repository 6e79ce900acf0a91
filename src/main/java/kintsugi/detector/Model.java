package kintsugi.detector;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.weights.StoredTensor;

/**
 * A fitted detector and, once it is calibrated, its score range and threshold: the content of a
 * model file.
 *
 * @param detector the fitted method
 * @param calibration empty until the model is calibrated
 * @param fingerprint of the weights it was fitted with
 * @param seed of the fit
 * @param training the images that it was fitted to
 */
public record Model(
    AnomalyDetector detector,
    Optional<Calibration> calibration,
    String fingerprint,
    long seed,
    TrainingImages training) {
  private static final String SUMMARY = "summary";
  private static final String SUMMARY_OF_FORMAT_2 = "facts";
  private static final String CALIBRATION = "calibration";

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
    return new Model(detector, Optional.of(calibrated), fingerprint, seed, training);
  }

  /** {@return the same model with a recipe that brings every image to the model's size} */
  public Model forAnySize() {
    InputSize size = detector.inputSize();
    Recipe any = Choices.with(recipe(), Map.of("resize", size.toString(), "crop", "same"));
    return new Model(
        detector.with(any).within(detector.scope()), calibration, fingerprint, seed, training);
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
    more.put(SUMMARY, RecordJson.write((Record) detector.summary()));
    more.putAll(detector.scope().metadata());
    calibration.ifPresent(c -> more.put(CALIBRATION, RecordJson.write(c)));
    FitHeader header = new FitHeader(recipe(), detector.inputSize(), seed, fingerprint);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>(detector.tensors());
    training.storeIn(tensors);
    detector.scope().storeIn(tensors);
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

  static Model of(FitFile file, Session session) {
    if (!file.kind().equals(FitFile.MODEL)) {
      throw new IllegalArgumentException(
          "it is a partial fit, not a model; finish it, or merge it with others, first");
    }
    FitHeader header = file.header();
    String summary =
        file.more().containsKey(SUMMARY)
            ? file.more().get(SUMMARY)
            : FitFile.get(file.more(), SUMMARY_OF_FORMAT_2);
    Method method = Methods.named(header.recipe().method());
    AnomalyDetector detector =
        method
            .readDetector(session, header, summary, file.tensors())
            .within(FittedScope.storedIn(file));
    Optional<Calibration> calibration =
        Optional.ofNullable(file.more().get(CALIBRATION)).map(Calibration::read);
    TrainingImages training = TrainingImages.storedIn(file.tensors());
    return new Model(detector, calibration, header.weights(), header.seed(), training);
  }
}
