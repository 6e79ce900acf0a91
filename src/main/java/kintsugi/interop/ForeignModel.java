package kintsugi.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kintsugi.FileKind;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.InputSize;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.detector.TrainingImages;
import kintsugi.weights.OnnxGraph;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/**
 * A model that another program fitted, as its file has it: PaDiM or PatchCore of anomalib, or
 * PatchCore of patchcore-inspection. Nothing in a file is ever run. What this library cannot do as
 * the other program does it is a failure that names it, not an approximation.
 *
 * <pre>{@code
 * ForeignModel foreign = ForeignModel.read(Path.of("model.ckpt"));
 * Kintsugi.Builder builder = Kintsugi.builder();
 * foreign.weights().ifPresent(builder::weights);
 * try (Kintsugi kintsugi = builder.open()) {
 *   Model model = foreign.in(kintsugi.session());
 * }
 * }</pre>
 *
 * @param file the file or folder
 * @param origin the program and the method, for a person
 * @param recipe the choices that the file makes
 * @param inputSize the size of every image
 * @param fitted the tensors of the fit, as {@link kintsugi.detector.Method#adopt} takes them
 * @param weights the backbone's, where the file holds them
 * @param network the backbone's name such as {@code ResNet-18}, where the file holds that alone
 * @param calibration the score range and the thresholds, where the file holds them
 * @param notes what a person should know of the import, a line each
 */
public record ForeignModel(
    Path file,
    String origin,
    Recipe recipe,
    InputSize inputSize,
    Map<String, StoredTensor> fitted,
    Optional<Weights> weights,
    Optional<String> network,
    Optional<Calibration> calibration,
    List<String> notes) {

  /** Copies the lists. */
  public ForeignModel {
    fitted = Map.copyOf(fitted);
    notes = List.copyOf(notes);
  }

  /**
   * Reads a model.
   *
   * @param file a checkpoint of Lightning, an export of anomalib for torch or to ONNX, a folder of
   *     patchcore-inspection, or this library's export to ONNX
   * @return the model
   * @throws InputException if it cannot be read, is not such a model, or makes a choice that cannot
   *     be represented
   */
  public static ForeignModel read(Path file) {
    return read(file, Map.of());
  }

  /**
   * Reads a model and makes choices that its file leaves open.
   *
   * @param file as {@link #read(Path)} takes it
   * @param choices values by the names of the recipe's choices
   * @return the model
   * @throws InputException if it cannot be read, is not such a model, or makes a choice that cannot
   *     be represented
   * @throws IllegalArgumentException if a value is not one of its choice's
   */
  public static ForeignModel read(Path file, Map<String, String> choices) {
    // A wrong value is the caller's, not the file's.
    Choices.with(Methods.recipe("padim/anomalib"), choices);
    try {
      if (Files.isDirectory(file)) {
        return PatchCoreFolder.read(file, choices);
      }
      return isGraph(file) ? graph(file, choices) : AnomalibFile.read(file, choices);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw refused(file, e);
    }
  }

  private static ForeignModel graph(Path file, Map<String, String> choices) {
    OnnxGraph graph = OnnxGraph.read(file);
    return KintsugiGraph.isOne(graph)
        ? KintsugiGraph.read(file, graph, choices)
        : AnomalibGraph.read(file, graph, choices);
  }

  /**
   * The recipe of a file.
   *
   * @param choices that the file makes
   * @param wanted those for what it leaves open
   * @throws InputException if the file has made one of them with another value
   */
  static Recipe recipe(
      Path file, String usual, Map<String, Object> choices, Map<String, String> wanted) {
    Map<String, Object> all = new LinkedHashMap<>(wanted);
    all.putAll(choices);
    Recipe own = Choices.with(Methods.recipe(usual), all);
    wanted.forEach(
        (name, value) -> {
          if (choices.containsKey(name) && !Choices.with(own, Map.of(name, value)).equals(own)) {
            throw made(file, name, "" + choices.get(name));
          }
        });
    return own;
  }

  /** The refusal of a choice that a file has made. */
  static InputException made(Path file, String name, String value) {
    return new InputException(
        file + ": has its own " + name + ", " + value + "; leave out the one named (" + name + ")");
  }

  private static boolean isGraph(Path file) {
    try {
      return Files.isRegularFile(file) && FileKind.of(file) == FileKind.ONNX;
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be read (" + InputException.quoted(e.getMessage()) + ")", e);
    }
  }

  private static InputException refused(Path file, RuntimeException e) {
    return new InputException(
        file
            + ": cannot be imported ("
            + InputException.quoted(e.getMessage())
            + "); "
            + (isGraph(file)
                ? "ONNX Runtime can still run it, as doctor does: build its jar once with mvn"
                    + " -Pinterop -Dmaven.test.skip package"
                : "its owner's program can still run it"),
        e);
  }

  /**
   * {@return the model of this library}
   *
   * @param session the engine, the threads and the weights: the file's own where it holds them
   * @throws InputException if the weights are others, or do not fit what was fitted
   */
  public Model in(Session session) {
    Weights used = session.weights();
    if (weights.isPresent() && !used.contain(weights.get())) {
      throw new InputException(
          file
              + ": was fitted with the weights that it holds, not with those of "
              + used.source()
              + "; use its own (weights)");
    }
    String name = ResNet.name(used);
    if (network.isPresent() && !network.get().equals(name)) {
      throw new InputException(
          file
              + ": was fitted with a "
              + network.get()
              + ", and "
              + used.source()
              + " is a "
              + name
              + "; name the weights of a "
              + network.get()
              + " (weights)");
    }
    try {
      AnomalyDetector detector =
          Methods.named(recipe.method()).adopt(session, recipe, inputSize, fitted);
      return new Model(detector, calibration, used.fingerprint(), 0, TrainingImages.UNKNOWN);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw refused(file, e);
    }
  }
}
