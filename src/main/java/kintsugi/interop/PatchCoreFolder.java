package kintsugi.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.detector.Recipe;
import kintsugi.weights.FaissIndex;
import kintsugi.weights.Pickled;
import kintsugi.weights.StoredTensor;

/**
 * A folder of patchcore-inspection: {@code patchcore_params.pkl}, a dictionary of choices, and
 * {@code nnscorer_search_index.faiss}, the memory bank. Neither the backbone's weights nor the
 * resize before the crop nor a threshold is in it.
 *
 * <p>Source: {@code save_to_path} and {@code load_from_path} in patchcore-inspection's {@code
 * patchcore.py}.
 */
final class PatchCoreFolder {
  private static final String PARAMETERS = "patchcore_params.pkl";
  private static final String INDEX = "nnscorer_search_index.faiss";

  /** The networks that run here, by the names of patchcore-inspection and torchvision. */
  private static final Map<String, String> NETWORKS =
      Map.of(
          "resnet18", "ResNet-18",
          "resnet34", "ResNet-34",
          "resnet50", "ResNet-50",
          "resnet101", "ResNet-101",
          "wideresnet50", "WideResNet-50-2",
          "wideresnet101", "WideResNet-101-2");

  /** The resize of the authors' own runs, by the side of the crop. */
  private static final Map<Long, Long> RESIZES = Map.of(224L, 256L, 320L, 366L);

  private final Path folder;
  private final Pickled parameters;
  private final List<String> notes = new ArrayList<>();

  private PatchCoreFolder(Path folder) {
    this.folder = folder;
    this.parameters = Pickled.read(folder.resolve(PARAMETERS));
  }

  static ForeignModel read(Path folder, Map<String, String> choices) {
    requireFolder(folder);
    return new PatchCoreFolder(folder).model(choices);
  }

  private static void requireFolder(Path folder) {
    if (Files.exists(folder.resolve(PARAMETERS))) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      boolean ensemble = files.anyMatch(f -> f.getFileName().toString().endsWith(PARAMETERS));
      throw new InputException(
          folder
              + ": holds no "
              + PARAMETERS
              + (ensemble
                  ? " of a single model but those of an ensemble, whose scores are averaged; name a"
                      + " single model"
                  : "; name a folder that patchcore-inspection saved"));
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  private ForeignModel model(Map<String, String> wanted) {
    requireStride();
    Map<String, Object> choices = new LinkedHashMap<>();
    choices.put("taps", String.join(",", layers()));
    choices.put("neighbourhood", whole("patchsize"));
    choices.put("width", width());
    choices.put("k", neighbours());
    long[] crop = crop();
    choices.put("crop", crop[1] + "x" + crop[0]);
    if (!wanted.containsKey("resize")) {
      choices.put("resize", "shorter:" + resize(crop));
    }
    Recipe recipe = ForeignModel.recipe(folder, "patchcore/amazon", choices, wanted);
    StoredTensor bank = FaissIndex.read(folder.resolve(INDEX));
    int place = bank.firstNotFinite();
    if (place >= 0) {
      throw new IllegalArgumentException("its memory bank is not finite at " + place);
    }
    notes.add("it holds no threshold: calibrate the model (normal)");
    return new ForeignModel(
        folder,
        "PatchCore of patchcore-inspection",
        recipe,
        AnomalibFile.inputSize(recipe),
        Map.of("memory_bank", bank),
        Optional.empty(),
        Optional.of(network()),
        Optional.empty(),
        notes);
  }

  private long whole(String name) {
    double value = parameters.get(name).number().orElse(Double.NaN);
    if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("its " + name + " is not a whole number");
    }
    return (long) value;
  }

  private void requireStride() {
    long stride = whole("patchstride");
    if (stride != 1) {
      throw new IllegalArgumentException("its patchstride is " + stride + ", and here 1 alone");
    }
  }

  private List<String> layers() {
    List<String> layers =
        parameters.get("layers_to_extract_from").items().stream()
            .map(layer -> layer.text().orElse("?"))
            .toList();
    if (layers.isEmpty() || !layers.stream().allMatch(layer -> layer.matches("layer[1-4]"))) {
      throw new IllegalArgumentException("its layers are " + layers + ", not layer1 to layer4");
    }
    return layers;
  }

  private long width() {
    long layer = whole("pretrain_embed_dimension");
    long patch = whole("target_embed_dimension");
    if (layer != patch) {
      throw new IllegalArgumentException(
          "its layers become "
              + layer
              + " values and its patches "
              + patch
              + ", and here both are one");
    }
    return layer;
  }

  private long neighbours() {
    long count = whole("anomaly_scorer_num_nn");
    if (count != 1) {
      notes.add(
          "its scores are of "
              + count
              + " neighbours, as when it was saved; patchcore-inspection itself takes 1 where it loads"
              + " a folder");
    }
    return count;
  }

  /** Height and width of the network's input. */
  private long[] crop() {
    long[] shape =
        parameters.get("input_shape").items().stream()
            .mapToLong(side -> Math.round(side.number().orElse(0.0)))
            .toArray();
    if (shape.length != 3 || shape[0] != 3) {
      throw new IllegalArgumentException("its input_shape is not 3 channels, height and width");
    }
    return new long[] {shape[1], shape[2]};
  }

  private long resize(long[] crop) {
    Long resize = crop[0] == crop[1] ? RESIZES.get(crop[0]) : null;
    if (resize == null) {
      throw new InputException(
          folder
              + ": does not say to which size images are resized before the crop of "
              + crop[1]
              + "x"
              + crop[0]
              + "; name it, as it was named to patchcore-inspection (resize)");
    }
    notes.add(
        "it does not say to which size images are resized before the crop; taken is "
            + resize
            + " for the shorter side, as in the authors' runs (resize)");
    return resize;
  }

  private String network() {
    String name = parameters.get("backbone.name").text().orElse("");
    String network = NETWORKS.get(name);
    if (network == null) {
      throw new IllegalArgumentException(
          "its backbone is " + name + ", and here residual networks alone run");
    }
    return network;
  }
}
