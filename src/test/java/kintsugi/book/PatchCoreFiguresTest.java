package kintsugi.book;

import static kintsugi.book.Example.HEAT;
import static kintsugi.book.TaskFiguresTest.four;
import static kintsugi.book.TaskFiguresTest.two;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import kintsugi.detector.LocalMean;
import kintsugi.detector.Model;
import kintsugi.detector.Scored;
import kintsugi.engine.NeighborIndex;
import kintsugi.engine.Parallel;
import kintsugi.engine.RowMatrix;
import kintsugi.metric.ExactPixelScores;
import kintsugi.metric.RocCurve;
import kintsugi.patchcore.KCenterGreedy;
import kintsugi.patchcore.LocalEmbedding;
import kintsugi.patchcore.MemoryBank;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.scoremap.Regions;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The figures and tables of part III. */
class PatchCoreFiguresTest {
  private static final String CHAPTER = "3-patchcore";
  private static final int D = 384;
  private static final int IMAGES = 4;
  private static Tensor patches;
  private static List<Scored> tested;

  @BeforeAll
  static void fit() {
    patches = patches();
    tested = Example.score(Example.patchCore(), Example.TEST);
  }

  @AfterAll
  static void release() {
    patches = null;
    tested = null;
    Example.release();
  }

  /** The patch embeddings of the first training images, [images·28·28, 384]. */
  private static Tensor patches() {
    Tensor rows = Tensor.zeros(IMAGES * 28 * 28, D);
    for (int i = 0; i < IMAGES; i++) {
      Tensor embedded = embedding(Example.TRAIN.get(i));
      System.arraycopy(embedded.data(), 0, rows.data(), i * embedded.size(), embedded.size());
    }
    return rows;
  }

  private static Tensor embedding(Concrete image) {
    PatchCoreRecipe recipe = Example.PATCHCORE;
    return new LocalEmbedding(recipe.taps(), recipe.neighbourhood())
        .embed(
            Example.features(image, recipe.preprocessing(), recipe.taps()),
            Example.kintsugi().session().parallel());
  }

  @Test
  void coreset() throws IOException {
    double[][] plane = plane();
    RowMatrix rows = RowMatrix.of(patches);
    KCenterGreedy.Coreset chosen =
        KCenterGreedy.textbook(rows, KCenterGreedy.startAt(0, rows.count()), 12, 0);
    double[] xs = Arrays.stream(chosen.order()).mapToDouble(i -> plane[0][i]).toArray();
    double[] ys = Arrays.stream(chosen.order()).mapToDouble(i -> plane[1][i]).toArray();
    double[] all =
        IntStream.range(0, rows.count()).filter(i -> i % 3 == 0).mapToDouble(i -> i).toArray();
    double lowX = Math.floor(2 * Arrays.stream(plane[0]).min().orElseThrow()) / 2;
    double highX = Math.ceil(2 * Arrays.stream(plane[0]).max().orElseThrow()) / 2;
    double lowY = Math.floor(2 * Arrays.stream(plane[1]).min().orElseThrow()) / 2;
    double highY = Math.ceil(2 * Arrays.stream(plane[1]).max().orElseThrow()) / 2;
    Figure figure = new Figure(660, 480, "The first twelve choices of greedy k-center");
    Plot plot =
        figure
            .plot(80, 30, 540, 380)
            .across("first principal axis (activation)", lowX, highX, whole(lowX, highX))
            .up("second principal axis (activation)", lowY, highY, whole(lowY, highY))
            .points(
                Arrays.stream(all).map(i -> plane[0][(int) i]).toArray(),
                Arrays.stream(all).map(i -> plane[1][(int) i]).toArray(),
                Figure.BLUE)
            .crosses(xs, ys, 5, Figure.ORANGE);
    for (int i = 0; i < xs.length; i++) {
      plot.note(xs[i] + (highX - lowX) * 0.012, ys[i], Figure.ORANGE, Integer.toString(i + 1));
    }
    Book.figure("patchcore-coreset", figure);
  }

  private static double[] whole(double low, double high) {
    return IntStream.rangeClosed((int) (2 * low), (int) (2 * high))
        .mapToDouble(i -> i / 2.0)
        .toArray();
  }

  /** The patches' coordinates along the two axes of the greatest variance, by power iteration. */
  private static double[][] plane() {
    int n = patches.dim(0);
    double[] mean = new double[D];
    for (int i = 0; i < n * D; i++) {
      mean[i % D] += (double) patches.data()[i] / n;
    }
    double[][] plane = new double[2][];
    double[][] axes = new double[2][];
    for (int a = 0; a < 2; a++) {
      double[] axis = new double[D];
      Arrays.fill(axis, 1 / Math.sqrt(D));
      double[] along = new double[n];
      for (int round = 0; round < 30; round++) {
        if (a == 1) {
          orthogonal(axis, axes[0]);
        }
        double[] next = new double[D];
        for (int i = 0; i < n; i++) {
          along[i] = 0;
          for (int c = 0; c < D; c++) {
            along[i] += (patches.data()[i * D + c] - mean[c]) * axis[c];
          }
          for (int c = 0; c < D; c++) {
            next[c] += along[i] * (patches.data()[i * D + c] - mean[c]);
          }
        }
        double length = Math.sqrt(Arrays.stream(next).map(v -> v * v).sum());
        axis = Arrays.stream(next).map(v -> v / length).toArray();
      }
      axes[a] = axis;
      plane[a] = along;
    }
    return plane;
  }

  private static void orthogonal(double[] axis, double[] to) {
    double dot = IntStream.range(0, D).mapToDouble(c -> axis[c] * to[c]).sum();
    for (int c = 0; c < D; c++) {
      axis[c] -= dot * to[c];
    }
  }

  @Test
  void radius() throws IOException {
    RowMatrix rows = RowMatrix.of(patches);
    int n = rows.count();
    int most = 300;
    int[] greedy = KCenterGreedy.textbook(rows, KCenterGreedy.startAt(0, n), most, 0).order();
    int[] random = new Random(1).ints(0, n).distinct().limit(most).toArray();
    double[] counts = IntStream.rangeClosed(1, most).mapToDouble(i -> i).toArray();
    double[] first = radii(greedy);
    double[] second = radii(random);
    Figure figure = new Figure(660, 380, "Covering radius against the number of patches kept");
    figure
        .plot(80, 30, 540, 290)
        .across("patches kept, of " + n, 0, most, 0, 50, 100, 150, 200, 250, 300)
        .up("covering radius (activation)", 0, 3, 0, 1, 2, 3)
        .line(counts, second, Figure.GREY, true)
        .line(counts, first, Figure.BLUE, false)
        .note(190, second[200] + 0.12, Figure.GREY, "drawn at random")
        .note(190, first[200] - 0.3, Figure.BLUE, "greedy k-center");
    Book.figure("patchcore-radius", figure);
    for (int i = 1; i < most; i++) {
      assertThat(first[i]).isLessThanOrEqualTo(first[i - 1]);
    }
    assertThat(first[most - 1]).isLessThan(second[most - 1]);
  }

  private static double[] radii(int[] chosen) {
    int n = patches.dim(0);
    double[] nearest = new double[n];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    double[] radii = new double[chosen.length];
    for (int k = 0; k < chosen.length; k++) {
      double largest = 0;
      for (int i = 0; i < n; i++) {
        double squared =
            NeighborIndex.squaredDistance(patches.data(), i * D, patches.data(), chosen[k] * D, D);
        nearest[i] = Math.min(nearest[i], squared);
        largest = Math.max(largest, nearest[i]);
      }
      radii[k] = Math.sqrt(largest);
    }
    return radii;
  }

  @Test
  void distances() throws IOException {
    Scored image = tested.get(31);
    float[] map = new float[56 * 56];
    for (int i = 0; i < map.length; i++) {
      map[i] = image.map().data()[(i / 56 * 4 + 2) * Concrete.SIDE + i % 56 * 4 + 2];
    }
    Figure figure = new Figure(800, 300, "Distances to the nearest row of the bank");
    figure
        .plot(60, 36, 190, 190)
        .title("the image")
        .raster(Example.TEST.get(31).grey(56), 56, 60, 220, Example.GREYS)
        .grid("column, blocks of 4 pixels", 56, "row", 56, 0, 28, 56);
    figure
        .plot(300, 36, 190, 190)
        .title("distance of each patch")
        .raster(image.distances().data(), 28, 0.5, 3, HEAT)
        .grid("column of the grid", 28, "", 28, 0, 14, 28);
    figure
        .plot(540, 36, 190, 190)
        .title("upsampled, blurred, σ = 4 pixels")
        .raster(map, 56, 0.5, 3, HEAT)
        .grid("column, blocks of 4 pixels", 56, "", 56, 0, 28, 56)
        .scale("distance (activation)", 0.5, 3, HEAT);
    Book.figure("patchcore-distances", figure);
  }

  /** A channel of layer2 with its means, and a channel of layer3's means on layer2's grid. */
  @Test
  void local() throws IOException {
    Parallel parallel = Example.kintsugi().session().parallel();
    List<String> taps = Example.PATCHCORE.taps();
    Map<String, Tensor> features = Example.features(Example.TEST.get(31), Example.PLAIN, taps);
    Tensor layer = features.get("layer2");
    int channel = PackageFiguresTest.strongest(layer);
    int coarse = PackageFiguresTest.strongest(features.get("layer3"));
    Tensor embedded =
        new LocalEmbedding(taps, Example.PATCHCORE.neighbourhood()).embed(features, parallel);
    float[][] values = {
      PackageFiguresTest.channel(layer, channel),
      PackageFiguresTest.channel(embedded, channel),
      PackageFiguresTest.channel(embedded, layer.dim(3) + coarse)
    };
    assertThat(values[1])
        .isEqualTo(PackageFiguresTest.channel(LocalMean.of(layer, 3, parallel), channel));
    String[] titles = {
      "layer2, channel " + channel, "its 3x3 means", "3x3 means of layer3, channel " + coarse
    };
    double end = Math.ceil(PackageFiguresTest.greatest(values[0]) * 2) / 2;
    Figure figure = new Figure(860, 280, "The elements of PatchCore's embeddings on its grid");
    for (int i = 0; i < 3; i++) {
      double high = i < 2 ? end : Math.ceil(PackageFiguresTest.greatest(values[i]) * 2) / 2;
      figure
          .plot(60 + 275 * i, 36, 170, 170)
          .title(titles[i])
          .raster(values[i], 28, 0, high, HEAT)
          .grid("column of the patch grid", 28, i == 0 ? "row" : "", 28, 0, 14, 28)
          .scale("activation", 0, high, HEAT);
    }
    Book.figure("patchcore-local", figure);
  }

  /** The weight that each patch of the image would have, were it the one with the maximum. */
  @Test
  void weights() throws IOException {
    Scored image = tested.get(31);
    MemoryBank bank = bank();
    int count = image.distances().size();
    double[] distances = new double[count];
    double[] weights = new double[count];
    for (int i = 0; i < count; i++) {
      distances[i] = image.distances().data()[i];
      weights[i] = bank.weight(image.patch(i), 9);
      assertThat(weights[i]).isBetween(8 / 9.0 - 1e-9, 1.0);
    }
    int worst = image.batch().patches().worst(image.index());
    double[] maximum = {distances[worst]};
    double[] weight = {weights[worst]};
    Figure figure = new Figure(660, 380, "The weight of equation 7 for each patch of an image");
    figure
        .plot(80, 30, 540, 290)
        .across("distance to the nearest row (activation)", 0, 3, 0, 1, 2, 3)
        .up("weight w", 0.88, 0.94, 0.88, 0.9, 0.92, 0.94)
        .line(new double[] {0, 3}, new double[] {8 / 9.0, 8 / 9.0}, Figure.GREY, true)
        .points(distances, weights, Figure.BLUE)
        .crosses(maximum, weight, 7, Figure.ORANGE)
        .note(0.05, 0.8855, Figure.GREY, "1 − 1/9: all nine equally far")
        .note(maximum[0] - 0.35, weight[0] - 0.009, Figure.ORANGE, "p*, w = " + four(weight[0]));
    Book.figure("patchcore-weight", figure);
  }

  /** Equation 7 by hand for one image. */
  @Test
  void weight() throws IOException {
    Scored image = tested.get(31);
    int position = image.batch().patches().worst(image.index());
    float[] patch = image.patch(position);
    MemoryBank bank = bank();
    NeighborIndex.Nearest nearest = bank.index().nearest(Tensor.of(patch, 1, D), 1);
    int m = nearest.index()[0];
    int[] support =
        bank.index()
            .nearest(
                Tensor.of(Arrays.copyOfRange(bank.patches().data(), m * D, m * D + D), 1, D), 9)
            .index();
    double[] distance = new double[9];
    StringBuilder rows =
        new StringBuilder(
            """
            | row of the bank | distance to p* | exp of it, divided by the sum |
            |---|---|---|
            """);
    double sum = 0;
    for (int b = 0; b < 9; b++) {
      distance[b] =
          Math.sqrt(
              NeighborIndex.squaredDistance(patch, 0, bank.patches().data(), support[b] * D, D));
      sum += StrictMath.exp(distance[b]);
    }
    for (int b = 0; b < 9; b++) {
      rows.append(
          "| %s | %s | %s |\n"
              .formatted(
                  b == 0 ? "m*, the nearest" : "neighbour " + b + " of m*",
                  two(distance[b]),
                  four(StrictMath.exp(distance[b]) / sum)));
    }
    double w = 1 - StrictMath.exp(distance[0]) / sum;
    rows.append("| **w** = 1 − the first | | %s |\n".formatted(four(w)));
    Book.table(CHAPTER, "weight", rows.toString());
    assertThat(bank.weight(patch, 9)).isCloseTo(w, within(1e-9));
    assertThat(image.score()).isCloseTo(w * distance[0], within(1e-5));
  }

  private static MemoryBank bank() {
    Tensor rows = Example.patchCore().detector().tensors().get("memory_bank").tensor();
    return MemoryBank.of(rows, Example.kintsugi().session().engine());
  }

  @Test
  void squared() throws IOException {
    StringBuilder rows =
        new StringBuilder(
            """
            | patch score | image AUROC | pixel AUROC | AUPRO | map's maximum / its median |
            |---|---|---|---|---|
            """);
    for (boolean squared : new boolean[] {false, true}) {
      PatchCoreRecipe recipe = Example.patchCore(0.01, squared, OptionalInt.empty());
      Model model = Example.patchCore();
      List<Scored> scored =
          Example.score(
              new Model(
                  model.detector().with(recipe),
                  Optional.empty(),
                  model.fingerprint(),
                  1,
                  model.training()),
              Example.TEST);
      ExactPixelScores pixels = new ExactPixelScores();
      for (int i = 0; i < scored.size(); i++) {
        float[] mask = new float[Concrete.SIDE * Concrete.SIDE];
        Example.TEST.get(i).anomalous().stream().forEach(p -> mask[p] = 1);
        pixels.add(
            scored.get(i).map().data(),
            Regions.label(Tensor.of(mask, Concrete.SIDE, Concrete.SIDE), 0.5));
      }
      float[] sorted = scored.get(31).map().data().clone();
      Arrays.sort(sorted);
      rows.append(
          "| %s | %s | %s | %s | %s |\n"
              .formatted(
                  squared ? "squared distance" : "distance",
                  four(RocCurve.of(Example.scores(scored), Example.truth(Example.TEST)).area()),
                  four(pixels.auroc().value()),
                  four(pixels.aupro(0.3).value()),
                  two(sorted[sorted.length - 1] / sorted[sorted.length / 2])));
    }
    Book.table(CHAPTER, "squared", rows.toString());
  }
}
