package kintsugi.audit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kintsugi.audit.Against.Stage;
import kintsugi.audit.Against.Variant;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.engine.Border;
import kintsugi.engine.Upsampling;
import kintsugi.image.TileGrid;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;

/**
 * The stages of a dump, each computed from the one before in each published variant. Those that
 * differ from method to method come from {@link MethodStages}.
 */
final class DumpStages {
  private static final List<String> LAYERS = StageName.FEATURES.tensors();

  /** The standard deviation of every published blur. */
  private static final double SIGMA = 4;

  private final Session session;
  private final Dump dump;
  private final List<MethodStages> methods;

  DumpStages(Session session, Dump dump) {
    this.session = session;
    this.dump = dump;
    this.methods = List.of(new PadimStages(session, dump), new PatchCoreStages(session, dump));
  }

  /** The stages whose values are in the dump, in the order of the data. */
  List<Stage> all() {
    List<Stage> stages = new ArrayList<>();
    features().ifPresent(stages::add);
    embedding().ifPresent(stages::add);
    methods.forEach(method -> stages.addAll(method.fit()));
    distances().ifPresent(stages::add);
    map().ifPresent(stages::add);
    score().ifPresent(stages::add);
    CalibrationVariants calibration = new CalibrationVariants(dump);
    calibration.normalised().ifPresent(stages::add);
    calibration.verdict().ifPresent(stages::add);
    return stages;
  }

  /** One stage, if what it is computed from is in the dump. */
  Optional<Stage> one(StageName name) {
    return switch (name) {
      case FEATURES -> features();
      case EMBEDDING -> embedding();
      case DISTANCES -> distances();
      case MAP -> map();
      case SCORE -> score();
      case NORMALISED -> new CalibrationVariants(dump).normalised();
      case VERDICT -> new CalibrationVariants(dump).verdict();
      default ->
          methods.stream()
              .flatMap(method -> method.fit().stream())
              .filter(stage -> stage.name().equals(name.text()))
              .findFirst();
    };
  }

  private Optional<Stage> distances() {
    return methods.stream().flatMap(method -> method.distances().stream()).findFirst();
  }

  private List<String> layers() {
    return LAYERS.stream().filter(dump::has).toList();
  }

  private Optional<Stage> features() {
    if (!dump.has("input") || layers().isEmpty()) {
      return Optional.empty();
    }
    Tensor input = dump.planes("input");
    return Optional.of(
        Variants.stage(
            "features",
            "input",
            List.of(
                features(input, false, "after the residual and the ReLU"),
                features(input, true, "before the residual is added"))));
  }

  private Variant features(Tensor input, boolean before, String how) {
    Map<String, String> taps = new LinkedHashMap<>();
    for (String layer : layers()) {
      int stage = LAYERS.indexOf(layer) + 1;
      taps.put(layer, before ? ResNet.beforeResidual(session.weights(), stage) : layer);
    }
    Map<String, Tensor> ours = run(input, List.copyOf(taps.values()));
    double error = 0;
    for (Map.Entry<String, String> tap : taps.entrySet()) {
      double[] wanted = Variants.doubles(dump.planes(tap.getKey()));
      double[] actual = Variants.doubles(ours.get(tap.getValue()));
      error = Math.max(error, Variants.of(how, List.of(), actual, wanted).error());
    }
    List<String> recipes =
        Variants.recipes(
            recipe -> recipe.taps().stream().allMatch(tap -> tap.contains(".") == before));
    return Variants.of(how, recipes, error);
  }

  private Map<String, Tensor> run(Tensor input, List<String> taps) {
    return session.engine().prepare(ResNet.network(session.weights(), taps)).run(input);
  }

  private Optional<Stage> embedding() {
    List<String> layers = layers();
    if (!dump.has("embedding") || layers.size() < 2) {
      return Optional.empty();
    }
    Map<String, Tensor> features = new LinkedHashMap<>();
    layers.forEach(layer -> features.put(layer, dump.planes(layer)));
    List<Variant> variants =
        methods.stream().flatMap(method -> method.embedding(features).stream()).toList();
    return variants.isEmpty()
        ? Optional.empty()
        : Optional.of(Variants.stage("embedding", "features", variants));
  }

  private Optional<Stage> map() {
    if (!dump.has("distances", "map")) {
      return Optional.empty();
    }
    Tensor map = dump.get("map", 2);
    Tensor distances = dump.get("distances", 2);
    Tensor batch = distances.reshape(1, distances.dim(0), distances.dim(1));
    Stream<ScoreMaps> ways =
        Stream.of(Upsampling.values())
            .flatMap(
                upsampling ->
                    Stream.concat(
                        Stream.of(Border.values())
                            .map(border -> new ScoreMaps(upsampling, SIGMA, border)),
                        Stream.of(new ScoreMaps(upsampling, 0, Border.REPLICATE))));
    Stage published =
        Variants.stage("map", "distances", ways.map(way -> map(map, batch, way)).toList());
    return Optional.of(
        published.variants().getFirst().error() < Variants.CLOSE
                || distances.dim(0) > map.dim(0)
                || distances.dim(1) > map.dim(1)
            ? published
            : published.with(MapVariants.of(distances, map)));
  }

  private Variant map(Tensor map, Tensor distances, ScoreMaps way) {
    Tensor ours = way.compute(session.engine(), distances, TileGrid.whole(map.dim(1), map.dim(0)));
    String blur = way.sigma() == 0 ? "no blur" : "σ=4, " + lowerCase(way.border());
    return Variants.of(
        lowerCase(way.upsampling()) + ", " + blur,
        Variants.recipes((Recipe recipe) -> recipe.map().equals(way)),
        Variants.doubles(ours),
        Variants.doubles(map));
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private Optional<Stage> score() {
    if (!dump.has("score") || !dump.has("map") && !dump.has("distances")) {
      return Optional.empty();
    }
    List<Variant> variants = methods.stream().flatMap(method -> method.score().stream()).toList();
    String from = dump.has("map") ? "map, distances" : "distances";
    return Optional.of(Variants.stage("score", from, variants));
  }
}
