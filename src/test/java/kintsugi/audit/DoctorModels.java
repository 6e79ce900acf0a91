package kintsugi.audit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Calibration;
import kintsugi.detector.Choices;
import kintsugi.detector.Fit;
import kintsugi.detector.Methods;
import kintsugi.detector.Model;
import kintsugi.detector.Recipe;
import kintsugi.detector.Session;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.metric.ThresholdRule;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Weights;

/** Two models that differences are planted in, and the images on which they are found. */
final class DoctorModels {
  static final Parallel PARALLEL = new Parallel(2);
  static Weights weights;
  static final int SIDE = 64;

  static Session session;
  static Model padim;
  static Model patchCore;
  static List<ImageSource> images;

  private DoctorModels() {}

  static void open() {
    weights = ResNet.randomWeights(1);
    session = Session.strict(engine(Convolutions.WINOGRAD4), PARALLEL, weights);
    images = images(20, 3);
    padim = fitted("padim/anomalib", Map.of("channels", 12, "epsilon", 0.01));
    patchCore = fitted("patchcore/anomalib", Map.of("bank_size", 40, "reweighting", 3));
  }

  /** All classes of tests run in one process, and two models take a good part of its heap. */
  static void close() {
    PARALLEL.close();
    session = null;
    weights = null;
    padim = null;
    patchCore = null;
    images = null;
  }

  static Engine engine(Convolutions convolutions) {
    return new VectorEngine(PARALLEL, convolutions);
  }

  /** Coloured images, wider than high, with an edge and a grain. */
  static List<ImageSource> images(int seed, int count) {
    List<ImageSource> images = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      Random random = new Random(seed + n);
      byte[] rgb = new byte[120 * 90 * 3];
      double phase = random.nextDouble() * 6;
      for (int i = 0; i < rgb.length; i++) {
        int x = i / 3 % 120;
        int y = i / 3 / 120;
        double wave = Math.sin(phase + x * 0.09 + y * 0.05 * (1 + i % 3)) * 50;
        double value =
            90 + 40 * (i % 3) + wave + (x + y > 140 ? 40 : 0) + 12 * random.nextGaussian();
        rgb[i] = (byte) Math.clamp(value, 0, 255);
      }
      images.add(ImageSource.of("image " + (seed + n), new Pixels(120, 90, rgb)));
    }
    return images;
  }

  static Model fitted(String recipe, Map<String, Object> changes) {
    Map<String, Object> all = new LinkedHashMap<>(Map.of("resize", "73x73", "crop", "64x64"));
    all.putAll(changes);
    return fitted(session, Choices.with(Methods.recipe(recipe), all));
  }

  static Model fitted(Session session, Recipe recipe) {
    Model model;
    try (Fit fit = Methods.named(recipe.method()).fit(session, recipe, 1)) {
      fit.add(images(0, 14));
      model = fit.finish();
    }
    return model.with(
        Calibration.of(model, images(30, 4), List.of(), Optional.of(ThresholdRule.MAX_NORMAL)));
  }

  static Subject subject(Model model) {
    return new ModelSubject("A", model);
  }

  /** The same fit with other choices of what it does not learn. */
  static Model with(Model model, Map<String, Object> changes) {
    return new Model(
        model.detector().with(Choices.with(model.recipe(), changes)),
        model.calibration(),
        model.fingerprint(),
        model.seed(),
        model.training());
  }

  static Map<String, Tensor> each(Map<String, Tensor> layers, DoubleUnaryOperator change) {
    return Layers.mapped(layers, layer -> each(layer, change));
  }

  static Tensor each(Tensor tensor, DoubleUnaryOperator change) {
    Tensor changed = Tensor.zeros(tensor.shape());
    for (int i = 0; i < changed.size(); i++) {
      changed.data()[i] = (float) change.applyAsDouble(tensor.data()[i]);
    }
    return changed;
  }

  static Model fitted(Session session, Recipe recipe, long seed) {
    try (Fit fit = Methods.named(recipe.method()).fit(session, recipe, seed)) {
      fit.add(images(0, 14));
      return fit.finish();
    }
  }

  static double place(int i, int in, int out, boolean aligned) {
    double at = aligned ? i * (in - 1.0) / (out - 1) : (i + 0.5) * in / out - 0.5;
    return Math.clamp(at, 0, in - 1);
  }
}
