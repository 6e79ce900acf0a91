package kintsugi.audit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Calibration;
import kintsugi.detector.Inspector;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Scored;
import kintsugi.detector.TileRange;
import kintsugi.detector.Verdict;
import kintsugi.engine.Gaussians;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.TileGrid;
import kintsugi.padim.PadimRecipe;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;

/** A model of Kintsugi, whose stages are computed. */
public final class ModelSubject implements Subject {
  /** The number of patches at which covariances are compared, evenly over the grid. */
  private static final int POSITIONS = 9;

  private final String name;
  private final Model model;
  private final AnomalyDetector detector;
  private final Recipe recipe;
  private final List<String> notices;

  /** What was fitted, the same for all images. */
  private final Map<String, Tensor> fitted = new LinkedHashMap<>();

  /**
   * A model.
   *
   * @param name of its file
   * @param model calibrated or not
   */
  public ModelSubject(String name, Model model) {
    this(name, model, List.of());
  }

  /**
   * A model that was not made here.
   *
   * @param name of its file
   * @param model calibrated or not
   * @param notices what a user should know of how it was read, in sentences
   */
  public ModelSubject(String name, Model model, List<String> notices) {
    this.name = name;
    this.notices = List.copyOf(notices);
    this.model = model;
    this.detector = model.detector();
    this.recipe = model.recipe();
    Map<String, StoredTensor> tensors = detector.tensors();
    if (tensors.containsKey("cholesky_factor")) {
      gaussians(tensors);
    } else if (tensors.containsKey("memory_bank")) {
      fitted.put("bank", tensors.get("memory_bank").tensor());
    }
    model.calibration().ifPresent(this::calibration);
  }

  private void gaussians(Map<String, StoredTensor> tensors) {
    fitted.put("channels", tensors.get("channels").tensor());
    Tensor mean = tensors.get("mean").tensor();
    int d = mean.dim(2);
    int count = mean.size() / d;
    fitted.put("mean", mean.reshape(count, d));
    int sample = Math.min(POSITIONS, count);
    Tensor positions = Tensor.zeros(sample);
    Tensor covariances = Tensor.zeros(sample, d, d);
    for (int i = 0; i < sample; i++) {
      int position = (int) ((2L * i + 1) * count / (2 * sample));
      positions.data()[i] = position;
      covariance(tensors.get("cholesky_factor"), position, d, covariances, i);
    }
    fitted.put("positions", positions);
    fitted.put("covariance", covariances);
  }

  /** {@code L·Lᵀ} of one position. */
  private static void covariance(StoredTensor factors, int position, int d, Tensor to, int at) {
    int length = Gaussians.triangle(d);
    double[] l = new double[length];
    for (int i = 0; i < length; i++) {
      l[i] = factors.get(position * length + i);
    }
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        double sum = 0;
        for (int k = 0; k <= Math.min(i, j); k++) {
          sum += l[Gaussians.triangle(i) + k] * l[Gaussians.triangle(j) + k];
        }
        to.data()[(at * d + i) * d + j] = (float) sum;
      }
    }
  }

  private void calibration(Calibration calibration) {
    fitted.put(
        "range", Tensor.of(new float[] {(float) calibration.low(), (float) calibration.high()}, 2));
    fitted.put("threshold", number(calibration.threshold()));
  }

  private static Tensor number(double value) {
    return Tensor.of(new float[] {(float) value}, 1);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<String> images() {
    return List.of();
  }

  @Override
  public List<String> notices() {
    return notices;
  }

  /** What was fitted, without an image. */
  Dump fitted() {
    return Dump.of(name, fitted);
  }

  @Override
  public Dump values(ImageSource image) {
    Scored scored = detector.score(image);
    Pixels pixels = scored.image();
    Map<String, Tensor> values = new LinkedHashMap<>();
    values.put("pixels", pixels(pixels));
    if (detector.tiles().count() == 1) {
      Pixels aligned = scored.placement().isExact() ? pixels : scored.placement().undo(pixels);
      Tensor input = recipe.preprocessing().apply(aligned);
      detector.session().exclusively(() -> patches(input, features(input), values));
    }
    values.put("distances", scored.distances());
    values.put("map", scored.map());
    verdict(scored.score(), values);
    values.putAll(fitted);
    return Dump.of(name, values);
  }

  private static Tensor pixels(Pixels pixels) {
    Tensor tensor = Tensor.zeros(pixels.height(), pixels.width(), 3);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = pixels.rgb()[i] & 0xff;
    }
    return tensor;
  }

  private Map<String, Tensor> features(Tensor input) {
    return detector.session().backbone(recipe.taps()).run(input);
  }

  /** Input, features and embeddings; the embeddings are returned. */
  private Tensor patches(Tensor input, Map<String, Tensor> features, Map<String, Tensor> values) {
    values.put("input", planes(input));
    features.forEach((tap, layer) -> values.put(tap.replaceFirst("\\..*", ""), planes(layer)));
    Tensor patches = detector.inspector().embed(features);
    values.put("embedding", patches.reshape(patches.size() / patches.dim(3), patches.dim(3)));
    return patches;
  }

  @Override
  public Optional<Dump> from(Tensor input) {
    boolean fits =
        input.dim(1) == detector.inputSize().height()
            && input.dim(2) == detector.inputSize().width();
    return fits && detector.tiles().count() == 1
        ? Optional.of(detector.session().exclusively(() -> computed(input)))
        : Optional.empty();
  }

  private Dump computed(Tensor input) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    Inspector inspector = detector.inspector();
    Map<String, Tensor> features = features(input);
    Tensor patches = patches(input, features, values);
    Tensor distances = inspector.distances(patches, new TileRange(0, 1, 1));
    values.put("distances", distances.part(0));
    Tensor map =
        recipe
            .map()
            .compute(
                detector.session().engine(), distances, TileGrid.whole(input.dim(2), input.dim(1)));
    values.put("map", map.part(0));
    verdict(detector.score(features).images()[0], values);
    values.putAll(fitted);
    return Dump.of(name, values);
  }

  private void verdict(double score, Map<String, Tensor> values) {
    values.put("score", number(score));
    model
        .calibration()
        .ifPresent(
            calibration -> {
              double normalised = calibration.normalise(score);
              values.put("normalised", number(normalised));
              boolean anomalous = calibration.verdict(normalised) == Verdict.ANOMALOUS;
              values.put("verdict", number(anomalous ? 1 : 0));
            });
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

  @Override
  public Optional<String> how(String stage) {
    Inspector inspector = detector.inspector();
    return switch (stage) {
      case "features" -> Optional.of("feature layers " + String.join(", ", recipe.taps()));
      case "embedding" -> Optional.of(inspector.embedding().formula());
      case "covariance" ->
          recipe instanceof PadimRecipe padim
              ? Optional.of("divided by N − 1, + " + padim.covariance().epsilon() + "·I")
              : Optional.empty();
      case "distances" -> Optional.of(distances(inspector));
      case "map" ->
          Optional.of(
              String.format(
                  Locale.ROOT,
                  "%s, σ=%s, %s",
                  recipe.map().upsampling().name().toLowerCase(Locale.ROOT),
                  (float) recipe.map().sigma(),
                  recipe.map().border().name().toLowerCase(Locale.ROOT)));
      case "score" -> Optional.of(inspector.imageScore().formula());
      default -> Optional.empty();
    };
  }

  @Override
  public OptionalDouble regularisation() {
    return recipe instanceof PadimRecipe padim
        ? OptionalDouble.of(padim.covariance().epsilon())
        : OptionalDouble.empty();
  }

  private String distances(Inspector inspector) {
    return recipe instanceof PatchCoreRecipe patchCore
        ? (patchCore.scoring().k() == 1
                ? "to the nearest"
                : "mean to the " + patchCore.scoring().k() + " nearest")
            + (patchCore.scoring().squared() ? ", squared" : ", not squared")
        : inspector.distance().formula();
  }
}
