package kintsugi.detector;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.padim.Conditioning;

/**
 * A fitted detector with, once it is calibrated, its score range and threshold: what a model file
 * holds.
 *
 * @param detector the fitted method
 * @param calibration empty until the model is calibrated
 * @param fingerprint of the weights it was fitted with
 * @param seed of the fit
 */
public record Model(
    AnomalyDetector detector, Optional<Calibration> calibration, String fingerprint, long seed) {
  private static final String FACTS = "facts";
  private static final String CALIBRATION = "calibration";

  /**
   * {@return what a fit ended in, not yet calibrated}
   *
   * @param session the engine, the weights and the threads
   * @param fit which is of no use afterwards
   */
  public static Model of(Session session, Fit fit) {
    return new Model(
        fit.finish(session), Optional.empty(), session.weights().fingerprint(), fit.seed());
  }

  /**
   * {@return the same model with a calibration}
   *
   * @param calibrated the range and the threshold
   */
  public Model with(Calibration calibrated) {
    return new Model(detector, Optional.of(calibrated), fingerprint, seed);
  }

  /** {@return the same model with a recipe that brings every picture to the model's size} */
  public Model forAnySize() {
    InputSize size = detector.inputSize();
    Recipe any = detector.recipe().with(Map.of("resize", size.toString(), "crop", "same"));
    return new Model(detector.with(any), calibration, fingerprint, seed);
  }

  /**
   * {@return the calibration}
   *
   * @param file where the model came from, for the message
   * @throws InputException if there is none
   */
  public Calibration requireCalibration(Path file) {
    return calibration.orElseThrow(
        () ->
            new InputException(
                file
                    + ": has no threshold yet; run ./kintsugi calibrate --model "
                    + file
                    + " --normal DIR --anomalous DIR first"));
  }

  /**
   * Writes the model file whole or not at all.
   *
   * @param file the file
   * @throws InputException if it cannot be written
   */
  public void save(Path file) {
    Map<String, String> more = new LinkedHashMap<>();
    more.put(FACTS, RecipeFormat.write(detector.facts()));
    calibration.ifPresent(c -> more.put(CALIBRATION, RecipeFormat.write(c)));
    new FitFile(
            FitFile.MODEL,
            fingerprint,
            seed,
            detector.inputSize(),
            detector.recipe(),
            more,
            detector.tensors())
        .write(file);
  }

  /**
   * Reads a model file.
   *
   * @param file the file
   * @param fingerprint of the weights that will be used
   * @return the model
   * @throws InputException if the file is no model, is damaged, or belongs to other weights
   */
  public static Model load(Path file, String fingerprint) {
    return FitFile.read(file, fingerprint, Model::of);
  }

  static Model of(FitFile file) {
    if (!file.kind().equals(FitFile.MODEL)) {
      throw new IllegalArgumentException(
          "it is a " + file.kind() + " fit, which merge makes a model of");
    }
    String facts = FitFile.get(file.more(), FACTS);
    AnomalyDetector detector =
        switch (file.recipe()) {
          case PadimRecipe padim ->
              PadimDetector.load(
                  padim,
                  file.inputSize(),
                  RecipeFormat.read(facts, Conditioning.class),
                  file.tensors());
          case PatchCoreRecipe patchCore ->
              PatchCoreDetector.load(
                  patchCore,
                  file.inputSize(),
                  RecipeFormat.read(facts, BankFacts.class),
                  file.tensors());
        };
    Optional<Calibration> calibration =
        Optional.ofNullable(file.more().get(CALIBRATION))
            .map(text -> RecipeFormat.read(text, Calibration.class));
    return new Model(detector, calibration, file.weights(), file.seed());
  }
}
