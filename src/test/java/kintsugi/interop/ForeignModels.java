package kintsugi.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
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
    return ForeignFiles.folder(folder, ForeignFiles.parameters(24, 1, 32), bank());
  }

  /** {@return the model of {@link #checkpoint}, resized without antialiasing} */
  public static Path aliased(Path file) throws IOException {
    try (Kintsugi kintsugi = ForeignFiles.open()) {
      var model =
          ForeignFiles.fitted(
              kintsugi,
              "padim/anomalib",
              Map.of("resize", "32x32", "interpolation", "bilinear_float", "channels", "5"));
      var transform =
          ForeignFiles.compose(ForeignFiles.resize(false, 32, 32), ForeignFiles.normalise(0.485));
      return ForeignFiles.checkpoint(
          file, ForeignFiles.state(model, 2), ForeignFiles.settings(model, transform));
    }
  }

  /** {@return the same folder, but a patch's distance is the mean to the two nearest} */
  public static Path inspectionOfTwo(Path folder) throws IOException {
    return ForeignFiles.folder(folder, ForeignFiles.parameters(24, 2, 32), bank());
  }

  private static StoredTensor bank() {
    float[] bank = new float[48];
    for (int i = 0; i < bank.length; i++) {
      bank[i] = i;
    }
    return StoredTensor.of(bank, 2, 24);
  }

  /**
   * {@return an export of this library to ONNX, as it is or with its last step changed}
   *
   * @param model where the model goes
   */
  public static Path own(Path file, Path model, boolean changed) throws IOException {
    try (Kintsugi kintsugi = ForeignFiles.open()) {
      var made =
          ForeignFiles.fitted(
              kintsugi, "patchcore/anomalib", Map.of("resize", "32x32", "reweighting", "3"));
      var calibrated =
          kintsugi.calibrate(made, ForeignFiles.images(20, 4), List.of(), Optional.empty());
      kintsugi.save(calibrated, model);
      GraphWriter graph = OwnGraphs.of(calibrated);
      if (changed) {
        graph.change(graph.step("map").inputs().getFirst(), step -> step.as("Add"));
      }
      return graph.write(file, OnnxFormat.IMAGES);
    }
  }

  /** {@return the weights that all of these models have} */
  public static Path weights(Path file) {
    PlainArrays.write(ForeignFiles.weights(), file);
    return file;
  }

  /** Writes images of noise. */
  public static Path images(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    for (var image : ForeignFiles.images(40, count)) {
      ImageIO.write(image.read().toImage(), "png", folder.resolve(image.name() + ".png").toFile());
    }
    return folder;
  }
}
