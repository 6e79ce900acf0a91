package kintsugi.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import kintsugi.detector.Calibration;
import kintsugi.detector.InputSize;
import kintsugi.detector.Recipe;
import kintsugi.image.TargetSize;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.Pickled;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/**
 * A fitted PaDiM or PatchCore of anomalib, releases 1 and 2: a checkpoint of Lightning ({@code
 * .ckpt}), which holds tensors and settings, or anomalib's export for torch ({@code .pt}), which is
 * a whole module with its classes.
 *
 * <p>Source: {@code models/image/padim}, {@code models/image/patchcore}, {@code deploy/export.py}
 * and {@code post_processing} of anomalib 1.0 to 2.3.
 */
final class AnomalibFile {
  private static final String BANK = "model.memory_bank";
  private static final String MEAN = "model.gaussian.mean";
  private static final String INVERSE = "model.gaussian.inv_covariance";
  private static final String CHANNELS = "model.idx";
  private static final String BLUR = "model.anomaly_map_generator.blur.kernel";
  private static final double SIGMA = 4;
  private static final double TOLERANCE = 1e-5;
  private static final int NEIGHBOURS = 9;

  private final Path file;
  private final Pickled root;

  /** The exported module; absent in a checkpoint. */
  private final Pickled module;

  private final Map<String, StoredTensor> tensors;
  private final List<String> notes = new ArrayList<>();

  private AnomalibFile(Path file) {
    this.file = file;
    this.root = Pickled.read(file);
    this.module = root.get("model");
    this.tensors =
        module.isAbsent() ? root.get("state_dict").stateDictionary() : module.stateDictionary();
  }

  static ForeignModel read(Path file, Map<String, String> choices) {
    return new AnomalibFile(file).model(choices);
  }

  private ForeignModel model(Map<String, String> wanted) {
    boolean padim = tensors.containsKey(MEAN);
    if (!padim && !tensors.containsKey(BANK)) {
      throw new IllegalArgumentException(
          "it holds neither the Gaussians of a PaDiM of anomalib nor the memory bank of a PatchCore");
    }
    requireUsual();
    Map<String, Object> choices = new LinkedHashMap<>(preprocessing(padim, wanted));
    choices.put("taps", String.join(",", layers(padim)));
    Map<String, StoredTensor> fitted = new LinkedHashMap<>();
    if (padim) {
      StoredTensor channels = StoredTensor.of(tensors, CHANNELS, 1);
      choices.put("channels", channels.count());
      fitted.put("channels", StoredTensor.of(channels.ints(), channels.count()));
      fitted.put("mean", StoredTensor.of(tensors, MEAN, 2));
      fitted.put("inverse_covariance", StoredTensor.of(tensors, INVERSE, 3));
    } else {
      choices.put("reweighting", neighbours());
      fitted.put("memory_bank", StoredTensor.of(tensors, BANK, 2));
    }
    Recipe recipe =
        ForeignModel.recipe(file, padim ? "padim/anomalib" : "patchcore/anomalib", choices, wanted);
    Map<String, StoredTensor> network = Checkpoint.network(file, tensors);
    if (network.isEmpty()) {
      throw new IllegalArgumentException("it holds no ResNet, and no other backbone runs here");
    }
    Optional<Calibration> calibration = calibration();
    if (calibration.isEmpty()) {
      notes.add("it holds no normalisation of its scores: calibrate the model (normal)");
    }
    return new ForeignModel(
        file,
        (padim ? "PaDiM" : "PatchCore")
            + " of anomalib "
            + release()
            + (module.isAbsent() ? ", a checkpoint" : ", an export for torch"),
        recipe,
        inputSize(recipe),
        fitted,
        Optional.of(Weights.of(file.toString(), network)),
        Optional.empty(),
        calibration,
        notes);
  }

  private int release() {
    boolean second =
        tensors.containsKey("post_processor.image_min") || !module.get("pre_processor").isAbsent();
    return second ? 2 : 1;
  }

  /** The size that images get whatever theirs is. */
  static InputSize inputSize(Recipe recipe) {
    TargetSize crop = recipe.preprocessing().crop();
    TargetSize last = crop instanceof TargetSize.Same ? recipe.preprocessing().resize() : crop;
    if (last instanceof TargetSize.Exact exact) {
      return new InputSize(exact.width(), exact.height());
    }
    throw new IllegalArgumentException(
        "its images have no fixed size, " + recipe.preprocessing().resize() + " without a crop");
  }

  /** What every model of anomalib is expected to have. */
  private void requireUsual() {
    if (!module.get("model").get("tiler").isAbsent()) {
      throw new IllegalArgumentException("it cuts images by anomalib's tiler");
    }
    for (String name : List.of(MEAN, BANK)) {
      StoredTensor tensor = tensors.get(name);
      if (tensor != null && tensor.type() != StoredTensor.Type.F32) {
        throw new IllegalArgumentException(
            "it computes with " + tensor.type() + ", where this library has F32");
      }
    }
    StoredTensor blur = tensors.get(BLUR);
    if (blur != null && !isUsual(blur)) {
      throw new IllegalArgumentException("its maps are blurred by another kernel than sigma 4");
    }
  }

  static boolean isUsual(StoredTensor blur) {
    float[] line = ScoreMaps.gaussian(SIGMA);
    return blur.count() == line.length * line.length
        && IntStream.range(0, blur.count())
            .allMatch(
                i -> {
                  double wanted = line[i / line.length] * line[i % line.length];
                  return Math.abs(blur.get(i) - wanted) <= TOLERANCE;
                });
  }

  /**
   * The choices of the transform; where no transform is stored, those wanted, and the usual ones.
   * PaDiM has no crop then, and PatchCore's default depends on the release.
   */
  private Map<String, String> preprocessing(boolean padim, Map<String, String> wanted) {
    if (module.isAbsent()) {
      Pickled settings = root.get("hyper_parameters").get("pre_processor");
      if (settings.flag().isPresent() && !settings.flag().get()) {
        throw new IllegalArgumentException("it has no pre-processor, so that the input is open");
      }
      Pickled transform =
          root.get("transform").isAbsent() ? settings.get("transform") : root.get("transform");
      if (!transform.isAbsent()) {
        return AnomalibTransform.choices(transform);
      }
      if (!padim && !wanted.containsKey("crop")) {
        throw new IllegalArgumentException(
            "it holds no transform, and PatchCore's default differs between releases: import it with"
                + " the crop that was used (crop), such as 224x224 or same");
      }
      Map<String, String> open = new LinkedHashMap<>(AnomalibTransform.USUAL);
      open.putAll(wanted);
      return open;
    }
    Pickled own = module.get("transform");
    Pickled exported = module.get("pre_processor").get("export_transform");
    Map<String, String> choices = AnomalibTransform.choices(own.isAbsent() ? exported : own);
    if (choices.get("interpolation").equals("bilinear_aliased")) {
      notes.add(AnomalibTransform.ALIASED);
    }
    return choices;
  }

  private List<String> layers(boolean padim) {
    Pickled stored =
        module.isAbsent()
            ? root.get("hyper_parameters").get("layers")
            : module.get("model").get("layers");
    List<String> layers = stored.items().stream().map(layer -> layer.text().orElse("?")).toList();
    if (layers.isEmpty()) {
      return padim ? List.of("layer1", "layer2", "layer3") : List.of("layer2", "layer3");
    }
    if (!layers.stream().allMatch(layer -> layer.matches("layer[1-4]"))) {
      throw new IllegalArgumentException("its layers are " + layers + ", not layer1 to layer4");
    }
    return layers;
  }

  /** Neighbours that re-weight an image's score; none where anomalib has 1. */
  private String neighbours() {
    Pickled settings = module.isAbsent() ? root.get("hyper_parameters") : module.get("model");
    long count = Math.round(settings.get("num_neighbors").number().orElse((double) NEIGHBOURS));
    return count == 1 ? "none" : String.valueOf(count);
  }

  private Optional<Calibration> calibration() {
    if (release() == 2) {
      return second().calibration();
    }
    return first().calibration();
  }

  private AnomalibCalibration first() {
    return new AnomalibCalibration(
        new AnomalibCalibration.Range(
            first("pred_scores.min"), first("pred_scores.max"), threshold("image_threshold"), 0.5),
        new AnomalibCalibration.Range(
            first("anomaly_maps.min"),
            first("anomaly_maps.max"),
            threshold("pixel_threshold"),
            0.5),
        false);
  }

  /** A figure of the export's metadata or of the checkpoint; release 1.0 has one for both kinds. */
  private double first(String name) {
    String last = name.substring(name.indexOf('.') + 1);
    Pickled metadata = root.get("metadata");
    return metadata
        .get(name)
        .number()
        .or(() -> metadata.get(last).number())
        .orElseGet(
            () -> {
              double own = number("normalization_metrics." + name);
              return Double.isNaN(own) ? number("normalization_metrics." + last) : own;
            });
  }

  private double threshold(String name) {
    return root.get("metadata").get(name).number().orElseGet(() -> number(name + ".value"));
  }

  private double number(String name) {
    StoredTensor tensor = tensors.get(name);
    return tensor == null || tensor.count() != 1 ? Double.NaN : tensor.get(0);
  }

  private AnomalibCalibration second() {
    Pickled processor =
        module.isAbsent()
            ? root.get("hyper_parameters").get("post_processor")
            : module.get("post_processor");
    double image = number("post_processor._image_threshold");
    double pixel = number("post_processor._pixel_threshold");
    boolean matched = processor.get("enable_threshold_matching").flag().orElse(true);
    return new AnomalibCalibration(
        second("image", matched && Double.isNaN(image) ? pixel : image, processor),
        second("pixel", matched && Double.isNaN(pixel) ? image : pixel, processor),
        true);
  }

  private AnomalibCalibration.Range second(String kind, double threshold, Pickled processor) {
    return new AnomalibCalibration.Range(
        number("post_processor." + kind + "_min"),
        number("post_processor." + kind + "_max"),
        threshold,
        processor.get(kind + "_sensitivity").number().orElse(0.5));
  }
}
