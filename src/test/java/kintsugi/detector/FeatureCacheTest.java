package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.ImageFolder;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fits and scores from features that several recipes share: the bits of those from images. */
class FeatureCacheTest {
  private static final int TRAIN = 18;
  private static final long SEED = 3;

  @TempDir static Path folder;

  private static Parallel parallel;
  private static Session session;
  private static List<ImageSource> images;

  @BeforeAll
  static void open() {
    SyntheticConcrete.write(folder, TRAIN, 3, 4);
    images = new ArrayList<>();
    for (String name : List.of(SyntheticConcrete.NORMAL, SyntheticConcrete.ANOMALOUS)) {
      ImageFolder.list(folder.resolve(name)).forEach(file -> images.add(ImageSource.of(file)));
    }
    parallel = new Parallel(2);
    session = Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
  }

  @AfterAll
  static void close() {
    parallel.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    session = null;
  }

  private static Recipe recipe(String name, String taps) {
    return Choices.with(
        Methods.recipe(name), Map.of("resize", "64x64", "crop", "same", "taps", taps));
  }

  private static Model fromFeatures(FeatureCache cache, Recipe recipe) {
    try (Fit fit = Methods.named(recipe.method()).fit(session, recipe, SEED)) {
      int remaining = TRAIN;
      Iterator<FeatureBatch> batches = cache.batches(images.subList(0, TRAIN));
      while (batches.hasNext()) {
        FeatureBatch batch = batches.next();
        fit.addFeatures(cache.inputSize().orElseThrow(), batch, remaining);
        remaining -= batch.sources().size();
      }
      assertThat(remaining).isZero();
      return fit.finish();
    }
  }

  private static List<Double> scores(Model model) {
    return model.detector().score(images, "test").map(Scored::score).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "padim/anomalib, 0", "padim/anomalib, 1000000",
    "patchcore/anomalib, 0", "patchcore/anomalib, 1000000000"
  })
  void aModelOfSharedFeaturesScoresAsOneOfImages(String name, long bytes) {
    Recipe recipe = recipe(name, "layer2,layer3");
    FeatureCache cache = new FeatureCache(session, recipe(name, "layer1,layer2,layer3"), bytes);
    Model model = fromFeatures(cache, recipe);
    try (Fit fit = Methods.named(recipe.method()).fit(session, recipe, SEED)) {
      fit.add(images.subList(0, TRAIN));
      assertThat(scores(model)).isEqualTo(scores(fit.finish()));
    }
    List<Double> fromCache = new ArrayList<>();
    Iterator<FeatureBatch> batches = cache.batches(images);
    while (batches.hasNext()) {
      for (double score : model.detector().score(batches.next().features()).images()) {
        fromCache.add(score);
      }
    }
    assertThat(fromCache).isEqualTo(scores(model));
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim/anomalib", "patchcore/anomalib"})
  void anotherImageScoreNeedsNoOtherDistances(String name) {
    Recipe recipe = recipe(name, "layer2,layer3");
    FeatureCache cache = new FeatureCache(session, recipe, 0);
    AnomalyDetector detector = fromFeatures(cache, recipe).detector();
    FeatureBatch batch = cache.batches(images).next();
    Scores known = detector.score(batch.features());
    AnomalyDetector other = detector.with(Choices.with(recipe, Map.of("score", "top-5")));
    assertThat(other.imageScores(batch.features(), known))
        .isEqualTo(other.score(batch.features()).images())
        .isNotEqualTo(known.images());
  }
}
