package kintsugi.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.InputSize;
import kintsugi.detector.Model;
import kintsugi.detector.Session;
import kintsugi.report.Json;

/** What a model file holds, as JSON beside it. */
record ModelSummary(
    String model,
    String recipe,
    Map<String, Object> choices,
    InputSize inputSize,
    Object fit,
    String network,
    String weights,
    long seed,
    String engine,
    Calibration calibration,
    List<String> skipped) {

  /** Writes {@code model.json} beside {@code model.safetensors}. */
  static void write(Path file, Model model, Session session) {
    String stem = file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    Json.write(
        file.resolveSibling(stem + ".json"),
        new ModelSummary(
            file.toString(),
            model.detector().recipe().name(),
            model.detector().recipe().choices(),
            model.detector().inputSize(),
            model.detector().facts(),
            ResNet.name(session.weights()),
            model.fingerprint(),
            model.seed(),
            session.engine().name(),
            model.calibration().orElse(null),
            session.skipped().stream().map(Path::toString).toList()));
  }
}
