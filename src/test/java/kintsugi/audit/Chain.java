package kintsugi.audit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kintsugi.detector.AnomalyDetector;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.detector.TileRange;
import kintsugi.detector.Verdict;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.image.TileGrid;
import kintsugi.patchcore.MemoryBank;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.scoremap.ImageScore;
import kintsugi.tensor.Tensor;

/**
 * Another implementation of a model's scoring, as far as a comparison sees it: a stage that is
 * overridden changes all that follows.
 */
class Chain implements Subject {
  final AnomalyDetector detector;
  final Model model;
  private final Dump own;
  private final List<String> hidden;

  Chain(Model model, String... hidden) {
    this.model = model;
    this.detector = model.detector();
    this.hidden = List.of(hidden);
    this.own = new ModelSubject("own", model).fitted();
  }

  @Override
  public String name() {
    return "planted";
  }

  @Override
  public List<String> images() {
    return List.of();
  }

  @Override
  public Dump values(ImageSource image) {
    Pixels pixels = image.read();
    Map<String, Tensor> values = new LinkedHashMap<>();
    Tensor input = input(pixels);
    Map<String, Tensor> features = features(input);
    Tensor embedding = embedding(features);
    Tensor distances = distances(embedding);
    Tensor map = map(distances);
    double score = score(embedding, distances, map);
    double normalised = normalised(score);
    values.put("input", planes(input));
    features.forEach((tap, layer) -> values.put(tap.replaceFirst("\\..*", ""), planes(layer)));
    values.put(
        "embedding", embedding.reshape(embedding.size() / embedding.dim(3), embedding.dim(3)));
    values.put("distances", distances.part(0));
    values.put("map", map);
    values.put("score", number(score));
    values.put("normalised", number(normalised));
    values.put("threshold", number(threshold()));
    values.put("verdict", number(isAnomalous(normalised) ? 1 : 0));
    values.put("range", own.get("range", 1));
    fitted(values, own);
    values.keySet().removeAll(hidden);
    return Dump.of(name(), values);
  }

  /** Puts what was fitted among the values. */
  void fitted(Map<String, Tensor> values, Dump fit) {
    for (String name : List.of("channels", "positions")) {
      fit.find(name, 1).ifPresent(tensor -> values.put(name, tensor));
    }
    for (String name : List.of("mean", "bank")) {
      fit.find(name, 2).ifPresent(tensor -> values.put(name, tensor));
    }
    fit.find("covariance", 3).ifPresent(tensor -> values.put("covariance", tensor));
  }

  Tensor input(Pixels pixels) {
    return Preprocessing.normalised(cropped(pixels));
  }

  Pixels cropped(Pixels pixels) {
    return detector.recipe().preprocessing().crop(pixels);
  }

  Map<String, Tensor> features(Tensor input) {
    return detector.session().backbone(detector.recipe().taps()).run(input);
  }

  Tensor embedding(Map<String, Tensor> features) {
    return detector.inspector().embed(features);
  }

  Tensor distances(Tensor embedding) {
    return detector.inspector().distances(embedding, new TileRange(0, 1, 1));
  }

  Tensor map(Tensor distances) {
    int width = detector.inputSize().width();
    int height = detector.inputSize().height();
    return detector
        .recipe()
        .map()
        .compute(detector.session().engine(), distances, TileGrid.whole(width, height))
        .part(0);
  }

  double score(Tensor embedding, Tensor distances, Tensor map) {
    if (detector.recipe() instanceof PatchCoreRecipe recipe) {
      int worst = 0;
      for (int i = 0; i < distances.size(); i++) {
        worst = distances.data()[i] > distances.data()[worst] ? i : worst;
      }
      int d = embedding.dim(3);
      float[] patch = new float[d];
      System.arraycopy(embedding.data(), worst * d, patch, 0, d);
      double weight = bank().weight(patch, recipe.scoring().reweighting().orElseThrow());
      return weight * distances.data()[worst];
    }
    return ImageScore.MAX.of(map);
  }

  MemoryBank bank() {
    return MemoryBank.of(own.get("bank", 2), detector.session().engine());
  }

  double normalised(double score) {
    return calibration().normalise(score);
  }

  double threshold() {
    return calibration().threshold();
  }

  boolean isAnomalous(double normalised) {
    return calibration().verdict(normalised) == Verdict.ANOMALOUS;
  }

  Calibration calibration() {
    return model.requireCalibration();
  }

  static Tensor number(double value) {
    return Tensor.of(new float[] {(float) value}, 1);
  }

  /** {@code [1, h, w, C]} as {@code [C, h, w]}. */
  static Tensor planes(Tensor batch) {
    int c = batch.dim(3);
    Tensor planes = Tensor.zeros(c, batch.dim(1), batch.dim(2));
    for (int i = 0; i < batch.size(); i++) {
      planes.data()[i % c * (batch.size() / c) + i / c] = batch.data()[i];
    }
    return planes;
  }
}
