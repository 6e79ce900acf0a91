package kintsugi.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Calibration;
import kintsugi.detector.Explanation;
import kintsugi.detector.Inside;
import kintsugi.detector.Inspector;
import kintsugi.detector.Model;
import kintsugi.detector.Patches;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.detector.Stage;
import kintsugi.detector.TileRange;
import kintsugi.detector.Verdict;
import kintsugi.engine.Engine;
import kintsugi.image.ImageSource;
import kintsugi.image.Input;
import kintsugi.image.Pixels;
import kintsugi.image.TileGrid;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * One image through every step of scoring, each with its result, its time and the code that ran.
 *
 * @param image the image's pixels, aligned if the model aligns
 * @param input the part of them that the network sees: of an image that is cut, the tile of the
 *     inspected patch
 * @param stages in the order of the data
 * @param tensors the same values under the names and in the layout that an audit compares by
 * @param row of the patch that is inspected
 * @param column of that patch
 * @param box the part of the image as it was before it was aligned that the patch covers
 * @param original that image
 * @param nearest the training patches nearest to it, nearest first; none of a method without any
 * @param map the score map, {@code [H, W]}
 * @param score the normalised score
 * @param anomalous whether the image is predicted anomalous
 */
public record Trace(
    Pixels image,
    Pixels input,
    List<Stage> stages,
    Map<String, Tensor> tensors,
    int row,
    int column,
    Explanation.Box box,
    Pixels original,
    List<TrainingPatch> nearest,
    Tensor map,
    double score,
    boolean anomalous) {

  /**
   * A patch of the grid.
   *
   * @param row from 0 on
   * @param column from 0 on
   */
  public record Position(int row, int column) {}

  /**
   * What is wanted of a trace.
   *
   * @param position the patch to inspect; empty for the one with the maximum distance
   * @param timed whether steps are run until Java has compiled them, and timed
   * @param training images among which those of the nearest training patches are
   */
  public record Wanted(
      Optional<Position> position, boolean timed, List<? extends ImageSource> training) {
    /** The patch with the maximum distance; each step runs once. */
    public static final Wanted VALUES = new Wanted(Optional.empty(), false, List.of());

    /** Copies the list. */
    public Wanted {
      training = List.copyOf(training);
    }

    /**
     * {@return the same of another patch}
     *
     * @param row of the patch
     * @param column of the patch
     */
    public Wanted at(int row, int column) {
      return new Wanted(Optional.of(new Position(row, column)), timed, training);
    }
  }

  /** Training patches that are shown. */
  private static final int NEAREST = 9;

  /** The stages so far. */
  private static final class Log {
    final boolean timed;
    final List<Stage> stages = new ArrayList<>();
    final Map<String, Tensor> tensors = new LinkedHashMap<>();

    Log(boolean timed) {
      this.timed = timed;
    }

    /** Runs a step, and keeps its result and time. */
    Tensor run(
        String name,
        Inspector.Step step,
        boolean recomputed,
        Stage.Kind kind,
        Supplier<Tensor> work) {
      Stage.Time time = timed ? WarmTimer.time(work) : Stage.Time.NONE;
      Tensor value = work.get();
      stages.add(
          new Stage(
              name,
              step.formula(),
              step.source(),
              recomputed,
              time,
              kind,
              step.unit(),
              value,
              List.of()));
      return value;
    }

    void value(String name, String formula, String source, String unit, double value) {
      Tensor number = Tensor.of(new float[] {(float) value}, 1);
      stages.add(Stage.of(name, formula, source, Stage.Kind.NUMBER, unit, number));
    }
  }

  /**
   * Traces an image.
   *
   * @param model a calibrated one
   * @param source the image
   * @param wanted the patch to inspect, and what else
   * @return every step
   * @throws kintsugi.InputException if the image cannot be read or gets another size than the
   *     model's
   * @throws IllegalArgumentException if there is no such patch
   */
  public static Trace of(Model model, ImageSource source, Wanted wanted) {
    Calibration calibration = model.requireCalibration();
    Scored scored = model.detector().score(source);
    AnomalyDetector detector = model.detector();
    Trace trace =
        detector.session().exclusively(() -> steps(detector, calibration, scored, wanted));
    List<Inspector.Neighbour> neighbours =
        trace.nearest.stream().map(TrainingPatch::neighbour).toList();
    return trace.with(TrainingPatch.of(detector, neighbours, wanted.training()));
  }

  private Trace with(List<TrainingPatch> patches) {
    return new Trace(
        image, input, stages, tensors, row, column, box, original, patches, map, score, anomalous);
  }

  private static Trace steps(
      AnomalyDetector detector, Calibration calibration, Scored scored, Wanted wanted) {
    Recipe recipe = detector.recipe();
    Inspector inspector = detector.inspector();
    Log log = new Log(wanted.timed());
    Pixels image = scored.image();
    TileGrid tiles = detector.tiles();
    Tensor all = scored.distances();
    int position = wanted.position().map(at -> position(at, all)).orElseGet(() -> worst(all));
    int perTile = all.size() / tiles.count();
    int tile = position / perTile;
    Pixels aligned = scored.placement().isExact() ? image : scored.placement().undo(image);
    Input whole = recipe.preprocessing().input(aligned);
    Pixels input = tiles.cut(whole.pixels(), tile);
    Tensor batch = input(recipe, tiles, tile, whole, log);
    Map<String, Tensor> features = features(detector.session(), recipe, batch, log);
    Tensor patches =
        log.run(
            "embedding",
            inspector.embedding(),
            false,
            Stage.Kind.CHANNELS,
            () -> inspector.embed(features));
    log.tensors.put("embedding", patches.reshape(patches.size() / patches.dim(3), patches.dim(3)));
    Tensor distances =
        log.run(
            "distances",
            inspector.distance(),
            false,
            Stage.Kind.GRID,
            () -> inspector.distances(patches, new TileRange(tile, 1, tiles.count())));
    float[] patch = Patches.of(patches, distances).embedding(0, position % perTile);
    Inspector.Inspection inspection = inspector.inspect(patch, position);
    log.stages.addAll(inspection.stages());
    log.tensors.putAll(inspection.tensors());
    log.tensors.put("distances", all);
    List<TrainingPatch> nearest =
        inspector.nearest(patch, NEAREST).stream()
            .map(each -> new TrainingPatch(each, Optional.empty(), Optional.empty()))
            .toList();
    Inside inside = Inside.of(scored);
    Tensor filled = inside.filled(all.reshape(1, all.dim(0), all.dim(1)), tiles);
    String unit = inspector.distance().unit();
    Tensor map = map(detector, filled, inside, unit, log);
    double normalised = score(scored, inspector, calibration, log);
    return new Trace(
        aligned,
        input,
        List.copyOf(log.stages),
        log.tensors,
        position / all.dim(1),
        position % all.dim(1),
        Explanation.box(scored, detector, position / all.dim(1), position % all.dim(1)),
        image,
        nearest,
        map,
        normalised,
        calibration.verdict(normalised) == Verdict.ANOMALOUS);
  }

  private static Tensor input(Recipe recipe, TileGrid tiles, int tile, Input input, Log log) {
    String part =
        recipe.preprocessing().tiling().isCut()
            ? String.format(
                Locale.ROOT,
                "tile %d of %d, from column %d and row %d on",
                tile + 1,
                tiles.count(),
                tiles.left(tile),
                tiles.top(tile))
            : "crop " + recipe.preprocessing().crop();
    String formula =
        "resize " + recipe.preprocessing().resize() + ", " + part + ", (v/255 − mean)/std";
    Tensor batch =
        log.run(
            "input",
            new Inspector.Step(
                formula, "image.Preprocessing#normalised", "standard deviations of ImageNet"),
            false,
            Stage.Kind.CHANNELS,
            () -> input.normalised(tiles, tile));
    log.tensors.put("input", planes(batch));
    return batch;
  }

  /** The network's layers, each run from the input on so that it has a time of its own. */
  private static Map<String, Tensor> features(
      Session session, Recipe recipe, Tensor batch, Log log) {
    Set<String> layers = new LinkedHashSet<>(List.of("stem", "layer1", "layer2", "layer3"));
    layers.addAll(recipe.taps());
    for (String layer : layers) {
      Engine.Runner backbone = session.backbone(List.of(layer));
      boolean tap = recipe.taps().contains(layer);
      log.run(
          layer + (tap ? " (tap)" : ""),
          new Inspector.Step(formula(layer), Stage.source(backbone, "run")),
          true,
          Stage.Kind.CHANNELS,
          () -> backbone.run(batch).get(layer));
    }
    Map<String, Tensor> features = session.backbone(recipe.taps()).run(batch);
    recipe
        .taps()
        .forEach(tap -> log.tensors.put(tap.replaceFirst("\\..*", ""), planes(features.get(tap))));
    return features;
  }

  private static String formula(String layer) {
    if (layer.equals("stem")) {
      return "7x7 convolution, stride 2, ReLU, 3x3 max-pool, stride 2";
    }
    return layer.contains(".")
        ? "last convolution and batch norm of the layer, before the residual is added"
        : "relu(F(x) + shortcut(x)) of the layer's last block";
  }

  private static Tensor map(
      AnomalyDetector detector, Tensor distances, Inside inside, String unit, Log log) {
    ScoreMaps how = detector.recipe().map();
    Engine engine = detector.session().engine();
    TileGrid tiles = detector.tiles();
    String upsampling = how.upsampling().name().toLowerCase(Locale.ROOT);
    Inspector.Step step =
        tiles.count() == 1
            ? new Inspector.Step(
                upsampling + " to " + detector.inputSize(), Stage.source(engine, "upsample"), unit)
            : new Inspector.Step(
                upsampling
                    + " to each tile's size, then Σ w·tile with Σ w = 1, w least at its edges",
                "scoremap.ScoreMaps#upsampled",
                unit);
    Tensor large =
        log.run(
            "upsampled map",
            step,
            false,
            Stage.Kind.GRID,
            () -> how.upsampled(engine, distances, tiles));
    Tensor map = large;
    if (how.sigma() > 0) {
      String formula =
          "exp(−x²/2σ²), σ = "
              + how.sigma()
              + ", border "
              + how.border().name().toLowerCase(Locale.ROOT);
      map =
          log.run(
              "score map",
              new Inspector.Step(formula, Stage.source(engine, "blur"), unit),
              false,
              Stage.Kind.GRID,
              () -> engine.blur(large, ScoreMaps.gaussian(how.sigma()), how.border()));
    }
    inside.clear(map);
    log.tensors.put("map", map.part(0));
    return map.part(0);
  }

  private static double score(
      Scored scored, Inspector inspector, Calibration calibration, Log log) {
    double score = scored.score();
    double normalised = calibration.normalise(score);
    Inspector.Step step = inspector.imageScore();
    log.value("score", step.formula() + " = " + score, step.source(), step.unit(), score);
    log.tensors.put("score", Tensor.of(new float[] {(float) score}, 1));
    log.value(
        "decision",
        String.format(
            Locale.ROOT,
            "(score − %.4g)/(%.4g − %.4g) ≥ %.4g",
            calibration.low(),
            calibration.high(),
            calibration.low(),
            calibration.threshold()),
        "detector.Calibration#normalise",
        "1",
        normalised);
    return normalised;
  }

  private static int worst(Tensor distances) {
    int worst = 0;
    for (int i = 1; i < distances.size(); i++) {
      worst = distances.data()[i] > distances.data()[worst] ? i : worst;
    }
    return worst;
  }

  private static int position(Position at, Tensor distances) {
    int rows = distances.dim(0);
    int columns = distances.dim(1);
    if (at.row < 0 || at.row >= rows || at.column < 0 || at.column >= columns) {
      throw new IllegalArgumentException(
          at.row
              + ","
              + at.column
              + " is not a patch of a grid of "
              + rows
              + " rows and "
              + columns
              + " columns");
    }
    return at.row * columns + at.column;
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
