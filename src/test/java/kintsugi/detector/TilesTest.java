package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Engine;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.examples.meanpatch.MeanPatchMethod;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.image.TileGrid;
import kintsugi.metric.ThresholdRule;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models of images that are cut into tiles. */
class TilesTest {
  private static final int TILE = 40;
  private static final int OVERLAP = 12;
  private static final long SEED = 3;
  private static final Parallel PARALLEL = new Parallel(2);
  private static Session vector = session(new VectorEngine(PARALLEL));

  @TempDir private static Path folder;

  private static Session session(Engine engine) {
    return Session.strict(engine, PARALLEL, ResNet.randomWeights(1));
  }

  @AfterAll
  static void close() {
    PARALLEL.close();
    // A session keeps its weights and what it made of them, and all tests run in one process.
    vector = null;
  }

  /** An image of coloured noise, smoothed; where a square is drawn it is another one. */
  private static ImageSource image(int seed, int width, int height, int square) {
    Random random = new Random(seed);
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < rgb.length; i++) {
      boolean left = i % (width * 3) < 3;
      rgb[i] = (byte) (left ? 100 + random.nextInt(60) : rgb[i - 3] + random.nextInt(9) - 4);
    }
    for (int i = 0; i < square * square; i++) {
      int at = ((height - 20 + i / square) * width + width - 20 + i % square) * 3;
      Arrays.fill(rgb, at, at + 3, (byte) 255);
    }
    return ImageSource.of("image " + seed, new Pixels(width, height, rgb));
  }

  private static List<ImageSource> images(int count, int width, int height) {
    return IntStream.range(0, count).mapToObj(seed -> image(seed, width, height, 0)).toList();
  }

  private static Method method(String name) {
    return name.equals("meanpatch") ? new MeanPatchMethod() : Methods.named(name);
  }

  /** Of a version that takes the images in their order, so that a fit may stop on the way. */
  private static Recipe recipe(Method method) {
    Recipe version =
        method.recipes().stream().filter(each -> !each.ordersImages()).findFirst().orElseThrow();
    return Choices.with(
        version,
        method,
        Map.of("resize", "same", "crop", "same", "tile", TILE, "overlap", OVERLAP));
  }

  private static Fit fitted(Method method, Session session, List<ImageSource> images) {
    Fit fit = method.fit(session, recipe(method), SEED);
    fit.add(images);
    return fit;
  }

  /** A model without tiles for images of a tile's size: that of one tile. */
  private static AnomalyDetector ofTile(Model model, int tile) {
    Method method = method(model.recipe().method());
    Recipe plain = Choices.with(model.recipe(), method, Map.of("tile", "none"));
    FitHeader header = new FitHeader(plain, new InputSize(TILE, TILE), SEED, "w");
    Map<String, StoredTensor> tensors = new HashMap<>(model.detector().tensors());
    // A bank's patches come from every tile, so their places are not in this grid.
    tensors.keySet().removeIf(Provenance::isTensor);
    if (tensors.containsKey("cholesky_factor")) {
      int count = model.detector().tiles().count();
      tensors.put("mean", part(tensors.get("mean"), tile, count));
      tensors.put("cholesky_factor", part(tensors.get("cholesky_factor"), tile, count));
    }
    String summary = RecordJson.write((Record) model.detector().summary());
    return method.readDetector(model.detector().session(), header, summary, tensors);
  }

  private static StoredTensor part(StoredTensor all, int part, int parts) {
    long[] shape = all.shape().clone();
    shape[0] /= parts;
    int size = all.count() / parts;
    return StoredTensor.of(Arrays.copyOfRange(all.floats(), part * size, (part + 1) * size), shape);
  }

  private static float[] values(Stream<Scored> scored) {
    List<Float> values = new ArrayList<>();
    scored.forEach(
        image -> {
          for (Tensor tensor : List.of(image.distances(), image.map())) {
            for (float value : tensor.data()) {
              values.add(value);
            }
          }
          values.add((float) image.score());
        });
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }

  private static float[] values(Model model, List<ImageSource> images) {
    return values(model.detector().score(images, "test"));
  }

  @ParameterizedTest
  @CsvSource({"padim, 96, 68", "patchcore, 96, 68", "meanpatch, 96, 68", "patchcore, 152, 124"})
  void theScoresAreThoseOfTheTiles(String name, int width, int height) {
    Method method = method(name);
    Session scalar = session(new ScalarEngine(PARALLEL));
    Model model = fitted(method, scalar, images(2, width, height)).finish();
    AnomalyDetector detector = model.detector();
    assertThat(detector.inputSize()).isEqualTo(new InputSize(width, height));
    TileGrid grid = detector.tiles();
    assertThat(grid.count()).isEqualTo(width > 100 ? 20 : 6);
    ImageSource defect = image(9, width, height, 9);
    Scored scored = detector.score(defect);
    double[] weighted = new double[width * height];
    double[] weights = new double[width * height];
    double[] tileScores = new double[grid.count()];
    int perTile = scored.distances().size() / grid.count();
    for (int tile = 0; tile < grid.count(); tile++) {
      Scored own = ofTile(model, tile).score(ImageSource.of(grid.cut(defect.read(), tile)));
      float[] distances = own.distances().data();
      float[] same = scored.distances().data();
      assertThat(Arrays.copyOfRange(same, tile * perTile, (tile + 1) * perTile))
          .isEqualTo(distances);
      tileScores[tile] = own.score();
      add(scalar.engine(), grid, tile, own.distances(), weighted, weights);
    }
    float[] joined = new float[weighted.length];
    for (int i = 0; i < joined.length; i++) {
      joined[i] = (float) (weighted[i] / weights[i]);
    }
    Tensor expected = blurred(detector, Tensor.of(joined, 1, height, width));
    double highest = 0;
    for (int i = 0; i < joined.length; i++) {
      assertThat(scored.map().data()[i]).isCloseTo(expected.data()[i], within(1e-4f));
      highest = Math.max(highest, scored.map().data()[i]);
    }
    double mean = 0;
    for (float value : scored.map().data()) {
      mean += value / joined.length;
    }
    // Of PatchCore it is that of the tile with the maximum distance.
    double wanted =
        switch (name) {
          case "padim" -> mean;
          case "patchcore" -> worst(scored, tileScores);
          default -> highest;
        };
    assertThat(scored.score()).isCloseTo(wanted, within(1e-9 * wanted));
  }

  private static double worst(Scored scored, double[] tileScores) {
    float[] distances = scored.distances().data();
    int worst = 0;
    for (int i = 1; i < distances.length; i++) {
      worst = distances[i] > distances[worst] ? i : worst;
    }
    return tileScores[worst / (distances.length / tileScores.length)];
  }

  private static void add(
      Engine engine, TileGrid grid, int tile, Tensor distances, double[] sum, double[] weights) {
    Tensor one = distances.reshape(1, distances.dim(0), distances.dim(1));
    float[] large = engine.upsample(one, TILE, TILE, Upsampling.BILINEAR).data();
    for (int i = 0; i < large.length; i++) {
      int x = i % TILE;
      int y = i / TILE;
      double weight = (Math.min(x, TILE - 1 - x) + 0.5) * (Math.min(y, TILE - 1 - y) + 0.5);
      int at = (grid.top(tile) + y) * grid.width() + grid.left(tile) + x;
      sum[at] += weight * large[i];
      weights[at] += weight;
    }
  }

  private static Tensor blurred(AnomalyDetector detector, Tensor map) {
    ScoreMaps how = detector.recipe().map();
    return detector.session().engine().blur(map, ScoreMaps.gaussian(how.sigma()), how.border());
  }

  @ParameterizedTest
  @ValueSource(strings = {"padim", "patchcore"})
  void directConvolutionsHaveTheScalarEnginesBits(String name) {
    List<ImageSource> train = images(2, 152, 124);
    List<ImageSource> test = List.of(image(9, 152, 124, 9));
    Session scalar = session(new ScalarEngine(PARALLEL));
    assertThat(values(fitted(method(name), vector, train).finish(), test))
        .isEqualTo(values(fitted(method(name), scalar, train).finish(), test));
  }

  @ParameterizedTest
  @CsvSource({
    "padim, 68, 40",
    "padim, 152, 124",
    "patchcore, 68, 40",
    "patchcore, 152, 124",
    "meanpatch, 152, 124"
  })
  void neitherABatchNorAFileNorAMergeChangesABit(String name, int width, int height) {
    Method method = method(name);
    Methods.add(method);
    try {
      List<ImageSource> train = images(5, width, height);
      List<ImageSource> test = List.of(image(7, width, height, 9), image(8, width, height, 0));
      Model model = fitted(method, vector, train).finish();
      float[] together = values(model, test);
      assertThat(values(test.stream().map(model.detector()::score))).isEqualTo(together);
      Path file = folder.resolve(name + width + ".safetensors");
      model.save(file);
      Model loaded = Model.load(file, vector);
      assertThat(loaded.recipe()).isEqualTo(model.recipe());
      assertThat(values(loaded, test)).isEqualTo(together);
      assertThat(values(loaded.forAnySize(), test)).isEqualTo(together);
      Path part = folder.resolve(name + width + "-part.safetensors");
      fitted(method, vector, train.subList(0, 2)).save(part);
      Fit resumed = Fit.load(part, vector);
      resumed.add(train.subList(2, 5));
      assertThat(resumed.count()).isEqualTo(5);
      assertThat(values(resumed.finish(), test)).isEqualTo(together);
      Fit merged = Fit.load(part, vector);
      merged.merge(fitted(method, vector, train.subList(2, 5)));
      float[] other = values(merged.finish(), test);
      for (int i = 0; i < other.length; i++) {
        assertThat(other[i]).isCloseTo(together[i], within(1e-4f * Math.abs(together[i])));
      }
    } finally {
      Methods.remove("meanpatch");
    }
  }

  @ParameterizedTest
  @CsvSource({"padim, 96, 68", "patchcore, 96, 68", "patchcore, 152, 124"})
  void anExplanationsPatchLiesAtTheDefect(String name, int width, int height) {
    List<ImageSource> train = images(4, width, height);
    Model model = fitted(method(name), vector, train).finish();
    ImageSource defect = image(9, width, height, 9);
    Calibration calibration =
        Calibration.of(model, train, List.of(defect), Optional.of(ThresholdRule.MAX_F1));
    Scored scored = model.detector().score(defect);
    Explanation explanation = Explanation.of(scored, model.detector(), calibration, 0.5, 5);
    assertThat(explanation.patches()).hasSize(5);
    double before = Double.POSITIVE_INFINITY;
    for (Explanation.Patch patch : explanation.patches()) {
      assertThat(patch.box().x()).isBetween(width - 20.0 - 30, width - 11.0 + 30);
      assertThat(patch.box().y()).isBetween(height - 20.0 - 30, height - 11.0 + 30);
      assertThat(patch.distance()).isLessThanOrEqualTo(before);
      assertThat(
              scored.distances().data()[patch.row() * scored.distances().dim(1) + patch.column()])
          .isEqualTo((float) patch.distance());
      before = patch.distance();
    }
    assertThat(explanation.boxes().getFirst().x()).isGreaterThan(width / 2.0);
  }

  @Test
  void ofManyTilesTheWorstPatchesAreKept() {
    List<ImageSource> train = images(2, 152, 124);
    Model model = fitted(method("patchcore"), vector, train).finish();
    ImageSource defect = image(9, 152, 124, 9);
    Scored scored = model.detector().score(defect);
    List<Integer> worst = scored.batch().patches().worst(0, 32);
    float[] distances = scored.distances().data();
    List<Integer> expected =
        IntStream.range(0, distances.length)
            .boxed()
            .sorted((a, b) -> Float.compare(distances[b], distances[a]))
            .limit(32)
            .toList();
    assertThat(worst).isEqualTo(expected);
    TileGrid grid = model.detector().tiles();
    int perTile = distances.length / grid.count();
    for (int position : worst) {
      Pixels tile = grid.cut(defect.read(), position / perTile);
      Map<String, Tensor> features =
          vector.backbone(model.recipe().taps()).run(Preprocessing.normalised(tile));
      Tensor patches = model.detector().inspector().embed(features);
      int d = patches.dim(3);
      int from = position % perTile * d;
      assertThat(scored.patch(position))
          .isEqualTo(Arrays.copyOfRange(patches.data(), from, from + d));
    }
    int good =
        IntStream.range(0, distances.length)
            .filter(i -> !worst.contains(i))
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(() -> scored.patch(good)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void imagesThatCannotBeCutAreNamed() {
    Method method = method("padim");
    assertThatThrownBy(() -> fitted(method, vector, images(2, 96, 39)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "image 0: 96x39 is smaller than a tile of 40x40; enlarge it (resize), or cut smaller"
                + " tiles (tile)");
    Recipe small =
        Choices.with(
            Methods.recipe("patchcore"),
            Map.of("tile", 16, "overlap", 0, "resize", "same", "crop", "same"));
    try (Fit fit = Methods.named("patchcore").fit(vector, small, SEED)) {
      assertThatThrownBy(() -> fit.add(images(2, 96, 39)))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("2x2 positions where a neighbourhood has 3x3; cut larger tiles");
    }
    Model model = fitted(method, vector, images(2, 96, 68)).finish();
    assertThatThrownBy(() -> model.detector().score(image(5, 96, 72, 0)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("becomes 96x72 where 96x68 is needed");
  }

  @Test
  void aCropAndTilesExcludeEachOther() {
    assertThatThrownBy(() -> Choices.with(Methods.recipe("padim/matlab"), Map.of("tile", 64)))
        .hasMessage("crop: same where images are cut into tiles, not 224x224");
    assertThatThrownBy(
            () -> Choices.with(Methods.recipe("padim/anomalib"), Map.of("tile", 64, "overlap", 64)))
        .hasMessage("overlap: 0 or above, below the tile's side of 64, not 64");
    assertThatThrownBy(() -> Choices.with(Methods.recipe("padim/anomalib"), Map.of("tile", 5)))
        .hasMessage("tile: from 8 to 16384, or none, not 5");
  }
}
