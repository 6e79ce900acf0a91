package kintsugi.interop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import kintsugi.Version;
import kintsugi.detector.InputSize;
import kintsugi.detector.Model;
import kintsugi.detector.Provenance;
import kintsugi.detector.RecordJson;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.weights.Npz;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/** A model as plain arrays with a text that says what they are, and its backbone alone. */
public final class PlainArrays {
  private static final String README = "README.txt";

  private static final String RECIPE = "recipe.json";

  private static final String LAYOUT =
      """
      A model of Kintsugi %s as plain arrays of NumPy, row-major.

      recipe        %s
      weights       %s (of the backbone; not among the arrays)
      seed          %d

      input_size      [2]         width and height of the network's input
      calibration     [4]         low, high, threshold, pixel threshold; of calibrated models. The
                                  normalised score is (score - low) / (high - low); an image is
                                  anomalous from the threshold on, which is a normalised score
      blur_kernel     [K]         the Gaussian that blurs the upsampled distances along both sides

      of PaDiM, with patches on a grid of H rows and W columns:
      channels        [D]         drawn channels, counted through all feature layers (taps)
      mean            [H, W, D]   of each position
      cholesky_factor [H*W, D*(D+1)/2]
                                  L with L*L' = covariance + epsilon*I: the lower triangle row by row.
                                  The distance of a patch x is the norm of y with L*y = x - mean
      of PatchCore:
      memory_bank     [M, D]      kept patches. The distance of a patch is that to the nearest

      import numpy as np
      model = np.load("model.npz")
      print(model["README.txt"].decode())
      """;

  private PlainArrays() {}

  /**
   * Writes a model.
   *
   * @param model fitted or loaded by this library
   * @param file created, or an earlier one of these, which is replaced
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(Model model, Path file) {
    Map<String, StoredTensor> arrays = new LinkedHashMap<>();
    InputSize size = model.detector().inputSize();
    arrays.put("input_size", StoredTensor.of(new int[] {size.width(), size.height()}, 2));
    model
        .calibration()
        .ifPresent(
            c -> {
              double[] values = {c.low(), c.high(), c.threshold(), c.pixelThreshold()};
              arrays.put("calibration", StoredTensor.of(values, values.length));
            });
    float[] kernel = ScoreMaps.gaussian(model.recipe().map().sigma());
    arrays.put("blur_kernel", StoredTensor.of(kernel, kernel.length));
    arrays.putAll(model.detector().tensors());
    arrays.keySet().removeIf(name -> name.startsWith(Provenance.ORIGIN));
    String readme =
        String.format(
            Locale.ROOT,
            LAYOUT,
            Version.number(),
            model.recipe().name(),
            model.fingerprint(),
            model.seed());
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(README, readme);
    texts.put(RECIPE, RecordJson.write((Record) model.recipe()));
    Npz.write(file, texts, arrays);
  }

  /**
   * {@return whether a file is what {@link #write(Model, Path)} writes}
   *
   * @param file there is such a file
   * @throws IOException if it cannot be read
   */
  public static boolean areIn(Path file) throws IOException {
    String first = LAYOUT.substring(0, LAYOUT.indexOf('%'));
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry readme = zip.getEntry(README);
      if (readme == null || zip.getEntry(RECIPE) == null) {
        return false;
      }
      try (InputStream in = zip.getInputStream(readme)) {
        return new String(in.readNBytes(first.length()), StandardCharsets.UTF_8).equals(first);
      }
    } catch (ZipException e) {
      return false;
    }
  }

  /**
   * Writes the backbone's weights, batch norms folded, as safetensors.
   *
   * @param weights the weights
   * @param file created, or an earlier one of these, which is replaced
   * @throws kintsugi.InputException if it cannot be written
   */
  public static void write(Weights weights, Path file) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    weights.tensors().forEach((name, tensor) -> tensors.put(name, StoredTensor.of(tensor)));
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("written_by", "kintsugi export");
    metadata.put("source", weights.source());
    metadata.put("fingerprint", weights.fingerprint());
    new Safetensors(metadata, tensors).write(file);
  }
}
