package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.FitSummary;
import kintsugi.detector.InputSize;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.report.Json;

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
    Calibration calibration,
    List<String> skipped) {

  /** Writes {@code model.json} next to {@code model.safetensors}, and never over the model. */
  static void write(Path file, Model model, Kintsugi kintsugi) {
    String name = file.getFileName().toString();
    String stem = name.endsWith(".json") ? name : name.replaceFirst("\\.[^.]*$", "");
    Json.write(
        file.resolveSibling(stem + ".json"),
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
            model.calibration().orElse(null),
            kintsugi.skipped().stream().map(ImageSource::name).toList()));
  }
}
