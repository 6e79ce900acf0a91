package kintsugi.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kintsugi.InputException;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.FitSummary;
import kintsugi.detector.InputSize;
import kintsugi.detector.Maker;
import kintsugi.detector.Model;
import kintsugi.detector.Taught;
import kintsugi.image.ImageSource;
import kintsugi.report.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The content of a model file, as JSON next to it. */
record ModelSummary(
    String model,
    String recipe,
    Map<String, Object> choices,
    InputSize inputSize,
    FitSummary fit,
    String network,
    String weights,
    long seed,
    String engine,
    String java,
    Maker fittedBy,
    Maker calibratedBy,
    Calibration calibration,
    List<Taught> taught,
    List<String> warnings,
    List<String> skipped) {

  /**
   * Throws unless the summary can be written: there is nothing, or a summary, which it replaces.
   *
   * @throws InputException if something else is there
   */
  static void requirePlace(Path model) {
    Path place = place(model);
    if (Files.exists(place) && !isSummary(place)) {
      throw new InputException(
          place
              + ": is there already, where the summary of "
              + model
              + " goes; name another file (model), or move it away");
    }
  }

  private static boolean isSummary(Path place) {
    try {
      JsonNode summary = JsonMapper.shared().readTree(place);
      return summary.has("model") && summary.has("recipe") && summary.has("choices");
    } catch (JacksonException e) {
      return false;
    }
  }

  private static Path place(Path model) {
    String name = model.getFileName().toString();
    String stem = name.endsWith(".json") ? name : name.replaceFirst("\\.[^.]*$", "");
    return model.resolveSibling(stem + ".json");
  }

  /** Writes {@code model.json} next to {@code model.safetensors}, and never over the model. */
  static void write(Path file, Model model, Kintsugi kintsugi) {
    requirePlace(file);
    Json.write(
        place(file),
        new ModelSummary(
            file.toString(),
            model.recipe().name(),
            Choices.of(model.recipe()),
            model.detector().inputSize(),
            model.detector().summary(),
            ResNet.name(kintsugi.session().weights()),
            model.fingerprint(),
            model.seed(),
            kintsugi.session().engine().name(),
            System.getProperty("java.vm.version") + ", " + System.getProperty("java.vm.name"),
            model.provenance().fittedBy().orElse(null),
            model.provenance().calibratedBy().orElse(null),
            model.calibration().orElse(null),
            model.taught(),
            model.warnings().stream().map(InputException::withoutChoices).toList(),
            kintsugi.skipped().stream().map(ImageSource::name).toList()));
  }
}
