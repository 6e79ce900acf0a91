package kintsugi.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import kintsugi.Kintsugi;

/** Other programs' models for tests of what uses them. */
public final class ForeignModels {
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
}
