package kintsugi.detector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import kintsugi.engine.Engine;
import kintsugi.image.PictureReader;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * One picture through every step, each with what it left, the time it took and the class that did
 * it.
 *
 * @param picture the file's pixels
 * @param input what the network sees of them
 * @param stages in the order of the data
 * @param tensors the same numbers under the names and in the layout that {@code audit --against}
 *     reads
 * @param row of the patch that is looked at
 * @param column of that patch
 * @param map the score map, {@code [H, W]}
 * @param score the normalised score
 * @param anomalous the verdict
 */
public record Trace(
    Pixels picture,
    Pixels input,
    List<Stage> stages,
    Map<String, Tensor> tensors,
    int row,
    int column,
    Tensor map,
    double score,
    boolean anomalous) {

  /** How the numbers of a stage are drawn. */
  public enum Kind {
    /** {@code [H, W, C]}, a tile for each channel. */
    CHANNELS,

    /** {@code [H, W]}, one number a place. */
    GRID,

    /** {@code [N]}, a line of bars. */
    VECTOR,

    /** {@code [N, N]}. */
    MATRIX,

    /** One number. */
    NUMBER
  }

  /**
   * What one step left.
   *
   * @param name of it
   * @param formula that it follows
   * @param source the class and method that did it
   * @param millis that it took, for a layer from the input on; 0 where it is a part of another step
   * @param kind how to draw it
   * @param value the numbers
   */
  public record Stage(
      String name, String formula, String source, double millis, Kind kind, Tensor value) {}

  /** The stages so far. */
  static final class Log {
    private final List<Stage> stages = new ArrayList<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /** Does a step and keeps what it left. */
    Tensor step(String name, String formula, String source, Kind kind, Supplier<Tensor> work) {
      long start = System.nanoTime();
      Tensor value = work.get();
      double millis = (System.nanoTime() - start) / 1e6;
      stages.add(new Stage(name, formula, source, millis, kind, value));
      return value;
    }

    /** Keeps what a step left beside its result. */
    void note(String name, String formula, String source, Kind kind, Tensor value) {
      stages.add(new Stage(name, formula, source, 0, kind, value));
    }

    /** Keeps a tensor under its agreed name. */
    void keep(String name, Tensor tensor) {
      tensors.put(name, tensor);
    }
  }

  /**
   * Traces a picture.
   *
   * @param session the weights and the engine
   * @param model a calibrated one
   * @param file the picture
   * @param row of the patch to look at; −1 for the one with the largest distance
   * @param column of that patch
   * @return every step
   * @throws kintsugi.InputException if the picture cannot be read or becomes another size than the
   *     model's
   * @throws IllegalArgumentException if there is no such patch
   */
  public static Trace of(Session session, Model model, Path file, int row, int column) {
    AnomalyDetector detector = model.detector();
    Recipe recipe = detector.recipe();
    Calibration calibration = model.calibration().orElseThrow();
    Preprocessing preprocessing = recipe.preprocessing();
    Log log = new Log();
    // Once without a clock, so that times are not those of a cold start.
    detector.score(session, List.of(file), "trace", scored -> {});
    Pixels picture = PictureReader.read(file);
    Pixels input = preprocessing.crop(picture);
    Tensor batch =
        log.step(
            "input",
            "resize " + recipe.resize() + ", crop " + recipe.crop() + ", (v/255 − mean)/std",
            "image.Preprocessing#apply",
            Kind.CHANNELS,
            () -> preprocessing.apply(picture));
    log.keep("input", planes(batch));
    Set<String> taps = new LinkedHashSet<>(List.of("stem", "layer1", "layer2", "layer3"));
    taps.addAll(recipe.taps());
    var features = session.backbone(List.copyOf(taps)).run(batch);
    for (String tap : taps) {
      Engine.Runner only = session.backbone(List.of(tap));
      only.run(batch);
      log.step(
          tap + (recipe.taps().contains(tap) ? " (tap)" : ""),
          formula(tap),
          "backbone.ResNet on " + session.engine().name(),
          Kind.CHANNELS,
          () -> only.run(batch).get(tap));
    }
    for (int i = 0; i < recipe.taps().size(); i++) {
      String tap = recipe.taps().get(i);
      log.keep(tap.replaceFirst("\\..*", ""), planes(features.get(tap)));
    }
    FeatureExtractor.Block block =
        new FeatureExtractor.Block(List.of(file), List.of(picture), features);
    Tensor patches =
        log.step(
            "embedding",
            "features of all taps side by side, one vector a patch",
            detector.embeddingSource(),
            Kind.CHANNELS,
            () -> detector.patches(session, block));
    log.keep("embedding", patches.reshape(patches.size() / patches.dim(3), patches.dim(3)));
    Tensor distances =
        log.step(
            "distances",
            detector.distanceFormula(),
            detector.distanceSource(),
            Kind.GRID,
            () -> detector.distances(session, patches));
    int chosen = row < 0 ? worst(distances) : at(distances, row, column);
    detector.trace(session, patches, chosen, log);
    log.keep("distances", distances.part(0));
    Tensor map = map(session, detector, distances, log);
    double score = detector.imageScore(session, patches, distances, 0, map);
    double normalised = calibration.normalise(score);
    log.note(
        "score",
        recipe.score() + " = " + score,
        "scoremap.ImageScore#of",
        Kind.NUMBER,
        Tensor.of(new float[] {(float) score}, 1));
    log.keep("score", Tensor.of(new float[] {(float) score}, 1));
    log.note(
        "decision",
        String.format(
            Locale.ROOT,
            "(score − %.4g)/(%.4g − %.4g) ≥ %.4g",
            calibration.low(),
            calibration.high(),
            calibration.low(),
            calibration.threshold()),
        "detector.Calibration#normalise",
        Kind.NUMBER,
        Tensor.of(new float[] {(float) normalised}, 1));
    return new Trace(
        picture,
        input,
        List.copyOf(log.stages),
        log.tensors,
        chosen / distances.dim(2),
        chosen % distances.dim(2),
        map,
        normalised,
        calibration.isAnomalous(normalised));
  }

  private static Tensor map(Session session, AnomalyDetector detector, Tensor distances, Log log) {
    ScoreMaps how = detector.recipe().scoreMaps();
    int height = detector.inputSize().height();
    int width = detector.inputSize().width();
    Tensor large =
        log.step(
            "upsampled map",
            how.upsampling().name().toLowerCase(Locale.ROOT) + " to " + detector.inputSize(),
            "engine.Engine#upsample",
            Kind.GRID,
            () -> session.engine().upsample(distances, height, width, how.upsampling()));
    Tensor map = large;
    if (how.sigma() > 0) {
      map =
          log.step(
              "score map",
              "exp(−x²/2σ²), σ = "
                  + how.sigma()
                  + ", border "
                  + how.border().name().toLowerCase(Locale.ROOT),
              "engine.Engine#blur",
              Kind.GRID,
              () -> session.engine().blur(large, ScoreMaps.gaussian(how.sigma()), how.border()));
    }
    log.keep("map", map.part(0));
    return map.part(0);
  }

  private static String formula(String tap) {
    if (tap.equals("stem")) {
      return "7x7 convolution, stride 2, ReLU, 3x3 max-pool, stride 2";
    }
    return tap.contains(".")
        ? "last convolution and batch norm of the layer, before the residual is added"
        : "relu(F(x) + shortcut(x)) of the layer's last block";
  }

  private static int worst(Tensor distances) {
    int worst = 0;
    for (int i = 1; i < distances.size(); i++) {
      worst = distances.data()[i] > distances.data()[worst] ? i : worst;
    }
    return worst;
  }

  private static int at(Tensor distances, int row, int column) {
    if (row >= distances.dim(1) || column < 0 || column >= distances.dim(2)) {
      throw new IllegalArgumentException(
          row
              + ","
              + column
              + " is no patch of a grid of "
              + distances.dim(1)
              + " rows and "
              + distances.dim(2)
              + " columns");
    }
    return row * distances.dim(2) + column;
  }

  /** {@code [1, h, w, C]} as torch has it, {@code [C, h, w]}. */
  private static Tensor planes(Tensor batch) {
    int c = batch.dim(3);
    int positions = batch.dim(1) * batch.dim(2);
    Tensor planes = Tensor.zeros(c, batch.dim(1), batch.dim(2));
    for (int i = 0; i < planes.size(); i++) {
      planes.data()[i] = batch.data()[i % positions * c + i / positions];
    }
    return planes;
  }
}
