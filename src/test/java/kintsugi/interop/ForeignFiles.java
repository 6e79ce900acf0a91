package kintsugi.interop;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.Kintsugi;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Choices;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.TorchWriter;
import kintsugi.weights.TorchWriter.Called;
import kintsugi.weights.TorchWriter.Instance;
import kintsugi.weights.TorchWriter.Whole;
import kintsugi.weights.Weights;

/**
 * Other programs' files of models that were fitted here, written from their tensors: what is
 * imported has to score as the model that it was written from.
 */
public final class ForeignFiles {
  private static final int SIDE = 48;
  private static final String VISION = "torchvision.transforms.v2.";

  /** Drawn once: a whole network takes long. */
  private static final Weights WEIGHTS = drawn();

  private ForeignFiles() {}

  /** Random weights without the layers that are not needed here. */
  public static Weights weights() {
    return WEIGHTS;
  }

  private static Weights drawn() {
    Map<String, Tensor> tensors = new LinkedHashMap<>(ResNet.randomWeights(1).tensors());
    tensors.keySet().removeIf(name -> !name.matches("(conv1|layer[12])\\..*"));
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> stored.put(name, StoredTensor.of(tensor)));
    return Weights.of("test", stored);
  }

  static Kintsugi open() {
    return Kintsugi.builder().engine("vector").threads(2).weights(weights()).open();
  }

  /** Noise, of another size than the network's input. */
  static List<ImageSource> images(int first, int count) {
    return IntStream.range(first, first + count).mapToObj(ForeignFiles::image).toList();
  }

  private static ImageSource image(int seed) {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < SIDE * SIDE; i++) {
      image.setRGB(i % SIDE, i / SIDE, random.nextInt(1 << 24));
    }
    return ImageSource.of("noise " + seed, image);
  }

  static Model fitted(Kintsugi kintsugi, String recipe, Map<String, String> choices) {
    Map<String, String> all = new LinkedHashMap<>(choices);
    all.put("taps", recipe.startsWith("padim") ? "layer1" : "layer1,layer2");
    return kintsugi.fit(Choices.with(Methods.recipe(recipe), all), 3, images(0, 6));
  }

  /** The tensors of a model of anomalib, without its name in front. */
  static Map<String, Object> tensors(Model model) {
    Map<String, Object> tensors = new LinkedHashMap<>();
    Map<String, StoredTensor> ours = model.detector().tensors();
    weights()
        .tensors()
        .forEach(
            (name, tensor) ->
                tensors.put(
                    "feature_extractor.feature_extractor." + name, StoredTensor.of(tensor)));
    if (ours.containsKey("memory_bank")) {
      tensors.put("memory_bank", ours.get("memory_bank"));
      return tensors;
    }
    int[] channels = ours.get("channels").ints();
    tensors.put("idx", new Whole("i", Arrays.stream(channels).asLongStream().boxed().toList()));
    int d = channels.length;
    float[] mean = ours.get("mean").floats();
    int positions = mean.length / d;
    float[] transposed = new float[mean.length];
    for (int i = 0; i < mean.length; i++) {
      transposed[i % d * positions + i / d] = mean[i];
    }
    tensors.put("gaussian.mean", StoredTensor.of(transposed, d, positions));
    float[] inverses = inverses(ours.get("cholesky_factor").floats(), d, positions);
    tensors.put("gaussian.inv_covariance", StoredTensor.of(inverses, positions, d, d));
    return tensors;
  }

  /** {@code L⁻ᵀ·L⁻¹} of every position. */
  private static float[] inverses(float[] factors, int d, int positions) {
    float[] inverses = new float[positions * d * d];
    for (int p = 0; p < positions; p++) {
      double[][] inverse = new double[d][d];
      for (int column = 0; column < d; column++) {
        for (int i = column; i < d; i++) {
          int row = p * d * (d + 1) / 2 + i * (i + 1) / 2;
          double sum = i == column ? 1 : 0;
          for (int k = column; k < i; k++) {
            sum -= factors[row + k] * inverse[k][column];
          }
          inverse[i][column] = sum / factors[row + i];
        }
      }
      for (int i = 0; i < d * d; i++) {
        double sum = 0;
        for (int k = 0; k < d; k++) {
          sum += inverse[k][i / d] * inverse[k][i % d];
        }
        inverses[p * d * d + i] = (float) sum;
      }
    }
    return inverses;
  }

  /** Tensors as their places in a file. */
  private static Map<String, Object> stored(String prefix, Map<String, Object> tensors) {
    Map<String, StoredTensor> plain = new LinkedHashMap<>();
    Map<String, Object> all = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          if (tensor instanceof StoredTensor stored) {
            plain.put(prefix + name, stored);
          } else {
            all.put(prefix + name, tensor);
          }
        });
    all.putAll(TorchWriter.views(plain, 0));
    return all;
  }

  private static StoredTensor scalar(double value) {
    return StoredTensor.of(new float[] {(float) value});
  }

  /** The state dictionary of release 1 or 2: thresholds of 3 and 4, scores from 1 to 5. */
  static Map<String, Object> state(Model model, int release) {
    Map<String, Object> state = new LinkedHashMap<>();
    tensors(model).forEach((name, tensor) -> state.put("model." + name, tensor));
    if (release == 1) {
      state.put("image_threshold.value", scalar(3));
      state.put("pixel_threshold.value", scalar(4));
      for (String kind : List.of("pred_scores", "anomaly_maps")) {
        state.put("normalization_metrics." + kind + ".min", scalar(1));
        state.put("normalization_metrics." + kind + ".max", scalar(5));
      }
    } else {
      state.put("post_processor._image_threshold", scalar(3));
      state.put("post_processor._pixel_threshold", scalar(4));
      for (String kind : List.of("image", "pixel")) {
        state.put("post_processor." + kind + "_min", scalar(1));
        state.put("post_processor." + kind + "_max", scalar(5));
      }
    }
    return stored("", state);
  }

  /** A transform's steps, in their order. */
  static Instance compose(Object... steps) {
    return new Instance(VISION + "_container", "Compose", Map.of("transforms", List.of(steps)));
  }

  static Instance resize(boolean antialias, Integer... size) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("size", List.of(size));
    attributes.put(
        "interpolation",
        new Called("torchvision.transforms.functional", "InterpolationMode", "bilinear"));
    attributes.put("max_size", null);
    attributes.put("antialias", antialias);
    return new Instance(VISION + "_geometry", "Resize", attributes);
  }

  static Instance crop(int side) {
    return new Instance(VISION + "_geometry", "CenterCrop", Map.of("size", List.of(side, side)));
  }

  static Instance normalise(double firstMean) {
    return new Instance(
        VISION + "_misc",
        "Normalize",
        Map.of("mean", List.of(firstMean, 0.456, 0.406), "std", List.of(0.229, 0.224, 0.225)));
  }

  static Instance usual() {
    return compose(resize(true, 32, 32), normalise(0.485));
  }

  /** A checkpoint of Lightning. */
  static Path checkpoint(Path file, Map<String, Object> state, Map<String, Object> more)
      throws IOException {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("epoch", 0);
    root.put("pytorch-lightning_version", "2.4.0");
    root.put("state_dict", state);
    root.putAll(more);
    return TorchWriter.write(file, root);
  }

  /** Settings, and the transform where release 1 has it. */
  static Map<String, Object> settings(Model model, Object transform) {
    List<Object> layers = new ArrayList<>(model.recipe().taps());
    return Map.of(
        "hyper_parameters", Map.of("layers", layers, "num_neighbors", 3), "transform", transform);
  }

  /** A module as torch pickles it: tensors with a dot in their name are of modules in it. */
  static Instance module(
      String module, String name, Map<String, Object> tensors, Map<String, Object> attributes) {
    Map<String, Map<String, Object>> inner = new LinkedHashMap<>();
    Map<String, Object> own = new LinkedHashMap<>();
    tensors.forEach(
        (key, tensor) -> {
          int dot = key.indexOf('.');
          if (dot < 0) {
            own.put(key, tensor);
          } else {
            inner
                .computeIfAbsent(key.substring(0, dot), each -> new LinkedHashMap<>())
                .put(key.substring(dot + 1), tensor);
          }
        });
    Map<String, Object> modules = new LinkedHashMap<>();
    inner.forEach(
        (key, held) -> modules.put(key, module("torch.nn.modules", "Module", held, Map.of())));
    Map<String, Object> state = new LinkedHashMap<>(attributes);
    state.put("training", false);
    state.put("_parameters", Map.of());
    state.put("_buffers", own);
    if (attributes.get("_modules") instanceof Map<?, ?> more) {
      more.forEach((key, held) -> modules.put("" + key, held));
    }
    state.put("_modules", modules);
    return new Instance(module, name, state);
  }

  /** An export for torch of release 1. */
  static Path export(Path file, Model model, Instance transform) throws IOException {
    Map<String, Object> attributes =
        Map.of("layers", new ArrayList<Object>(model.recipe().taps()), "num_neighbors", 3);
    Instance network =
        module("anomalib.models", "PadimModel", stored("", tensors(model)), attributes);
    Instance inference =
        module(
            "anomalib.deploy.export",
            "InferenceModel",
            Map.of(),
            Map.of("transform", transform, "_modules", Map.of("model", network)));
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("image_threshold", 3.0);
    metadata.put("pixel_threshold", 4.0);
    for (String kind : List.of("pred_scores", "anomaly_maps")) {
      metadata.put(kind + ".min", 1.0);
      metadata.put(kind + ".max", 5.0);
    }
    return TorchWriter.write(file, Map.of("model", inference, "metadata", metadata));
  }

  /** The choices of patchcore-inspection for a model of one width. */
  static Map<String, Object> parameters(int width, int k, int side) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("backbone.name", "resnet18");
    parameters.put("layers_to_extract_from", List.of("layer1", "layer2"));
    parameters.put("input_shape", List.of(3, side, side));
    parameters.put("pretrain_embed_dimension", width);
    parameters.put("target_embed_dimension", width);
    parameters.put("patchsize", 3);
    parameters.put("patchstride", 1);
    parameters.put("anomaly_scorer_num_nn", k);
    return parameters;
  }

  /** A folder of patchcore-inspection. */
  static Path folder(Path folder, Map<String, Object> parameters, StoredTensor bank)
      throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve("patchcore_params.pkl"), TorchWriter.pickle(parameters));
    Files.write(folder.resolve("nnscorer_search_index.faiss"), index("IxF2", bank));
    return folder;
  }

  /** A flat index of FAISS. */
  static byte[] index(String code, StoredTensor bank) {
    ByteBuffer bytes = ByteBuffer.allocate(45 + 4 * bank.count()).order(ByteOrder.LITTLE_ENDIAN);
    for (char letter : code.toCharArray()) {
      bytes.put((byte) letter);
    }
    bytes.putInt((int) bank.shape()[1]).putLong(bank.shape()[0]).putLong(1 << 20).putLong(1 << 20);
    bytes.put((byte) 1).putInt(1).putLong(bank.count());
    for (float value : bank.floats()) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
