package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.InputException;
import kintsugi.detector.Calibration;
import kintsugi.detector.CalibrationImage;
import kintsugi.detector.Model;
import kintsugi.detector.Taught;
import kintsugi.metric.ErrorRates;

/** The models that are served: what they are and what their thresholds do. */
final class ModelApi {
  private static final String GET = "GET";

  private final Line line;

  ModelApi(Line line) {
    this.line = line;
  }

  List<Route> routes() {
    return List.of(
        new Route(GET, "/api/models", this::list),
        new Route(GET, "/api/models/{name}", request -> Reply.json(shown(line.model(request)))),
        new Route(GET, "/api/models/{name}/calibration", this::calibration),
        new Route(
            GET,
            "/api/models/{name}/drift",
            request -> Reply.json(line.model(request).current().monitor().drift().status())));
  }

  /** A model as it is listed; what calibration finds is absent before it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Shown(
      String name,
      String sha256,
      String method,
      String recipe,
      String inputSize,
      boolean calibrated,
      Double threshold,
      String rule,
      Double pixelThreshold,
      ErrorRates rates,
      String sentence,
      List<String> warnings,
      List<Taught> history,
      int versions,
      boolean canRollBack,
      boolean scope) {}

  private static Shown shown(Served served) {
    return shown(served, served.current());
  }

  /** {@return a version of a model as it is listed} */
  static Shown shown(Served served, Version version) {
    Model model = version.model();
    Optional<Calibration> calibration = model.calibration();
    int earlier = served.earlier();
    return new Shown(
        served.name(),
        version.sha256(),
        model.recipe().method(),
        model.recipe().name(),
        model.detector().inputSize().toString(),
        calibration.isPresent(),
        calibration.map(Calibration::threshold).orElse(null),
        calibration.map(c -> c.rule().toString()).orElse(null),
        calibration.map(Calibration::pixelThreshold).orElse(null),
        calibration.map(Calibration::rates).orElse(null),
        calibration.map(c -> c.rates().sentence()).orElse(null),
        warnings(model.warnings()),
        model.taught(),
        earlier + 1,
        earlier > 0,
        version.region().isPresent());
  }

  /** {@return warnings as a page's reader understands them} */
  static List<String> warnings(List<String> warnings) {
    return warnings.stream().map(InputException::withoutChoices).toList();
  }

  private Reply list(Request request) {
    return Reply.json(Map.of("models", line.models().stream().map(ModelApi::shown).toList()));
  }

  /** The scores that a calibration keeps. */
  private record Scores(
      List<Double> normal, List<Double> anomalous, double threshold, double pixelThreshold) {}

  private Reply calibration(Request request) {
    Calibration c = calibration(line.model(request).current());
    return Reply.json(
        new Scores(
            scores(c.scores().normal()),
            scores(c.scores().anomalous()),
            c.threshold(),
            c.pixelThreshold()));
  }

  private static List<Double> scores(List<CalibrationImage> images) {
    return images.stream().map(CalibrationImage::score).toList();
  }

  /**
   * {@return the calibration of a version}
   *
   * @throws Refusal if it has none
   */
  static Calibration calibration(Version version) {
    return version
        .model()
        .calibration()
        .orElseThrow(
            () -> new Refusal(Refusal.CONFLICT, "the model is not calibrated; calibrate it first"));
  }
}
