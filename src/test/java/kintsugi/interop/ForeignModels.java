package kintsugi.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kintsugi.Kintsugi;
import kintsugi.weights.StoredTensor;

/** Other programs' models for tests of what uses them. */
public final class ForeignModels {
  private static final Map<String, String> SMALL =
      Map.of("resize", "32x32", "interpolation", "bilinear_float");

  private ForeignModels() {}

  /** {@return a checkpoint of a PaDiM of anomalib 2, of images of 32x32 and random weights} */
  public static Path checkpoint(Path file) throws IOException {
    try (Kintsugi kintsugi = ForeignFiles.open()) {
      var model =
          ForeignFiles.fitted(
              kintsugi,
              "padim/anomalib",
              Map.of("resize", "32x32", "interpolation", "bilinear_float", "channels", "5"));
      return ForeignFiles.checkpoint(
          file, ForeignFiles.state(model, 2), ForeignFiles.settings(model, ForeignFiles.usual()));
    }
  }

  /** {@return an ONNX graph of a PatchCore of anomalib 2, of images of 32x32 and random weights} */
  public static Path graph(Path file) throws IOException {
    try (Kintsugi kintsugi = ForeignFiles.open()) {
      var model =
          ForeignFiles.fitted(
              kintsugi,
              "patchcore/anomalib",
              Map.of("resize", "32x32", "interpolation", "bilinear_aliased", "reweighting", "3"));
      return ForeignGraphs.patchcore(model, 2, 3, 1, 0).write(file, "input");
    }
  }

  /** {@return a checkpoint of a PatchCore of anomalib 2 that holds no transform} */
  public static Path withoutTransform(Path file) throws IOException {
    try (Kintsugi kintsugi = ForeignFiles.open()) {
      return ForeignFiles.checkpoint(
          file,
          ForeignFiles.state(ForeignFiles.fitted(kintsugi, "patchcore/anomalib", SMALL), 2),
          Map.of("hyper_parameters", Map.of("layers", List.of("layer1", "layer2"))));
    }
  }

  /** {@return a folder of patchcore-inspection, which has no backbone in it} */
  public static Path inspection(Path folder) throws IOException {
    StoredTensor bank = StoredTensor.of(new float[48], 2, 24);
    return ForeignFiles.folder(folder, ForeignFiles.parameters(24, 1, 32), bank);
  }
}
