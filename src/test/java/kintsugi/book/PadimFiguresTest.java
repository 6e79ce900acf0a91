package kintsugi.book;

import static kintsugi.book.Example.HEAT;
import static kintsugi.book.Example.SIGNED;
import static kintsugi.book.TaskFiguresTest.filled;
import static kintsugi.book.TaskFiguresTest.four;
import static kintsugi.book.TaskFiguresTest.of;
import static kintsugi.book.TaskFiguresTest.two;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import kintsugi.detector.Model;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.PreparedGaussians;
import kintsugi.engine.Upsampling;
import kintsugi.image.TileGrid;
import kintsugi.metric.RocCurve;
import kintsugi.padim.Cholesky;
import kintsugi.padim.GaussianAccumulator;
import kintsugi.padim.PatchEmbedding;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The figures and tables of part II. */
class PadimFiguresTest {
  private static final String CHAPTER = "2-padim";
  private static final int D = 100;
  private static final PatchEmbedding EMBEDDING =
      new PatchEmbedding(Example.PADIM.taps(), Example.PADIM.draw().draw(448, 1));
  private static final Map<Concrete, Tensor> EMBEDDED = new IdentityHashMap<>();
  private static final double[][] LEARNT = new double[Example.LEARNT][D];
  private static Scored cracked;
  private static int position;
  private static GaussianAccumulator sums;

  @BeforeAll
  static void fit() {
    cracked = Example.padimOf(Example.TEST).get(31);
    position = cracked.batch().patches().worst(cracked.index());
    sums = new GaussianAccumulator(56, 56, D);
    Session session = Example.kintsugi().session();
    for (int n = 0; n < LEARNT.length; n++) {
      Tensor patches = embedded(Example.TRAIN.get(n));
      sums.add(patches, session.engine(), session.parallel());
      for (int c = 0; c < D; c++) {
        LEARNT[n][c] = patches.data()[position * D + c];
      }
    }
  }

  /** All classes run in one process, which has other things to keep. */
  @AfterAll
  static void release() {
    EMBEDDED.clear();
    cracked = null;
    sums = null;
    Example.release();
  }

  @Test
  void gaussian() throws IOException {
    double[] mean = sums.mean(position);
    double[] s = sums.covariance(position, 0.01);
    float[] patch = cracked.patch(position);
    int a = farthest(patch, mean, s, -1);
    int b = farthest(patch, mean, s, a);
    double[][] pair = {
      {at(s, a, a), at(s, a, b)}, {at(s, a, b), at(s, b, b)},
    };
    Figure figure = new Figure(620, 460, "Two channels of the patches at one position");
    double[] xs = Arrays.stream(LEARNT).mapToDouble(x -> x[a]).toArray();
    double[] ys = Arrays.stream(LEARNT).mapToDouble(x -> x[b]).toArray();
    double reachX = Math.max(5 * Math.sqrt(pair[0][0]), Math.abs(patch[a] - mean[a]) * 1.15);
    double reachY = Math.max(5 * Math.sqrt(pair[1][1]), Math.abs(patch[b] - mean[b]) * 1.15);
    Plot plot =
        figure
            .plot(80, 30, 500, 360)
            .across(
                "channel " + a + " of the embedding (activation)",
                mean[a] - reachX,
                mean[a] + reachX,
                ticks(mean[a], reachX))
            .up(
                "channel " + b + " (activation)",
                mean[b] - reachY,
                mean[b] + reachY,
                ticks(mean[b], reachY))
            .dots(xs, ys, 4, Figure.BLUE)
            .crosses(new double[] {patch[a]}, new double[] {patch[b]}, 7, Figure.ORANGE);
    for (int distance = 1; distance <= 3; distance++) {
      ellipse(plot, mean[a], mean[b], pair, distance);
    }
    figure.text(
        570,
        330,
        "end",
        Figure.ORANGE,
        "the test patch: distance in this plane " + two(inPlane(patch, mean, pair, a, b)));
    figure.text(570, 350, "end", Figure.BLUE, "60 patches learnt from");
    figure.text(570, 370, "end", Figure.GREY, "ellipses: distance 1, 2 and 3");
    Book.figure("padim-gaussian", figure);
  }

  private static double[] ticks(double middle, double reach) {
    double step = Math.pow(10, Math.floor(Math.log10(reach)));
    step = reach / step < 2 ? step / 2 : step;
    double size = step;
    return IntStream.rangeClosed(-20, 20)
        .mapToDouble(i -> (Math.round(middle / size) + i) * size)
        .filter(v -> Math.abs(v - middle) <= reach)
        .toArray();
  }

  /** The channel in which a patch is the farthest off, among those that vary in normal images. */
  private static int farthest(float[] patch, double[] mean, double[] s, int other) {
    return IntStream.range(0, D)
        .filter(c -> c != other && at(s, c, c) > 0.014)
        .boxed()
        .max(
            (i, j) ->
                Double.compare(
                    Math.abs(patch[i] - mean[i]) / Math.sqrt(at(s, i, i)),
                    Math.abs(patch[j] - mean[j]) / Math.sqrt(at(s, j, j))))
        .orElseThrow();
  }

  private static double inPlane(float[] patch, double[] mean, double[][] pair, int a, int b) {
    double u = patch[a] - mean[a];
    double v = patch[b] - mean[b];
    double determinant = pair[0][0] * pair[1][1] - pair[0][1] * pair[0][1];
    return Math.sqrt(
        (u * u * pair[1][1] - 2 * u * v * pair[0][1] + v * v * pair[0][0]) / determinant);
  }

  /** The points μ + r·L·(cos t, sin t) with L the factor of the two channels' covariance. */
  private static void ellipse(Plot plot, double mx, double my, double[][] pair, double r) {
    double l11 = Math.sqrt(pair[0][0]);
    double l21 = pair[0][1] / l11;
    double l22 = Math.sqrt(pair[1][1] - l21 * l21);
    double[] xs = new double[73];
    double[] ys = new double[73];
    for (int i = 0; i < xs.length; i++) {
      double t = Math.PI * i / 36;
      xs[i] = mx + r * l11 * StrictMath.cos(t);
      ys[i] = my + r * (l21 * StrictMath.cos(t) + l22 * StrictMath.sin(t));
    }
    plot.line(xs, ys, Figure.GREY, false);
  }

  @Test
  void covariance() throws IOException {
    double[] s = sums.covariance(position, 0.01);
    double[] l = s.clone();
    assertThat(Cholesky.factor(l, D)).isEqualTo(D);
    double reach = IntStream.range(0, 40).mapToDouble(c -> at(s, c, c)).max().orElseThrow();
    Figure figure = new Figure(780, 360, "A covariance and its Cholesky factor");
    matrix(figure.plot(70, 40, 260, 260), "Σ, the first 40 channels", s, true, reach / 3);
    matrix(figure.plot(450, 40, 260, 260), "L with L·Lᵀ = Σ", l, false, Math.sqrt(reach) / 3);
    Book.figure("padim-covariance", figure);
  }

  private static void matrix(Plot plot, String title, double[] a, boolean whole, double reach) {
    float[] values = new float[40 * 40];
    for (int i = 0; i < values.length; i++) {
      int row = i / 40;
      int column = i % 40;
      values[i] = whole || column <= row ? (float) at(a, row, column) : 0;
    }
    double end = Math.ceil(reach * 100) / 100;
    plot.title(title)
        .raster(values, 40, -end, end, SIGNED)
        .grid("channel", 40, "channel", 40, 0, 20, 40)
        .scale(whole ? "activation², cut off" : "activation, cut off", -end, end, SIGNED);
  }

  private static double at(double[] triangle, int i, int j) {
    return triangle[Gaussians.triangle(Math.max(i, j)) + Math.min(i, j)];
  }

  @Test
  void spectrum() throws IOException {
    double[] bare = eigenvalues(0);
    double[] ridged = eigenvalues(0.01);
    Figure figure = new Figure(660, 400, "Eigenvalues of a covariance with and without epsilon");
    double[] ranks = IntStream.rangeClosed(1, D).mapToDouble(i -> i).toArray();
    figure
        .plot(90, 30, 530, 310)
        .across("rank of the eigenvalue, from the largest", 0, 100, 1, 20, 40, 60, 80, 100)
        .upLog("eigenvalue (activation²)", 1e-8, 10, 1e-8, 1e-6, 1e-4, 0.01, 1)
        .mark(59.5, Figure.GREY, "59 = N − 1")
        .dots(ranks, bare, 3, Figure.ORANGE)
        .line(ranks, ridged, Figure.BLUE, false)
        .note(64, 2e-7, Figure.ORANGE, "ε = 0: zero but for rounding")
        .note(64, 0.05, Figure.BLUE, "ε = 0.01");
    Book.figure("padim-spectrum", figure);
    assertThat(bare[58]).isGreaterThan(1e-6);
    assertThat(bare[59]).isLessThan(1e-7);
    assertThat(ridged[99]).isCloseTo(0.01, within(1e-7));
  }

  private static double[] eigenvalues(double epsilon) {
    double[] s = sums.covariance(position, epsilon);
    double[][] full = new double[D][D];
    for (int i = 0; i < D * D; i++) {
      full[i / D][i % D] = at(s, i / D, i % D);
    }
    double[] values =
        new EigenDecomposition(new Array2DRowRealMatrix(full, false)).getRealEigenvalues();
    Arrays.sort(values);
    return IntStream.range(0, D).mapToDouble(i -> values[D - 1 - i]).toArray();
  }

  @Test
  void distances() throws IOException {
    Tensor grid = cracked.distances();
    float[] map = new float[56 * 56];
    for (int i = 0; i < map.length; i++) {
      map[i] = cracked.map().data()[(i / 56 * 4 + 2) * Concrete.SIDE + i % 56 * 4 + 2];
    }
    Figure figure = new Figure(800, 300, "Distances of the patches and the score map");
    figure
        .plot(60, 36, 190, 190)
        .title("the image")
        .raster(Example.TEST.get(31).grey(56), 56, 60, 220, Example.GREYS)
        .grid("column, blocks of 4 pixels", 56, "row", 56, 0, 28, 56);
    figure
        .plot(300, 36, 190, 190)
        .title("distance of each patch")
        .raster(grid.data(), 56, 5, 30, HEAT)
        .grid("column of the grid", 56, "", 56, 0, 28, 56);
    figure
        .plot(540, 36, 190, 190)
        .title("upsampled, blurred, σ = 4 pixels")
        .raster(map, 56, 5, 30, HEAT)
        .grid("column, blocks of 4 pixels", 56, "", 56, 0, 28, 56)
        .scale("Mahalanobis distance", 5, 30, HEAT);
    Book.figure("padim-distances", figure);
  }

  /** The weights of interpolation, as the code has them on the lines of the formulas; the blur. */
  @Test
  void kernels() throws IOException {
    Figure figure = new Figure(800, 360, "The weights of interpolation and of the blur");
    double[] x = IntStream.rangeClosed(-100, 100).mapToDouble(i -> i / 40.0).toArray();
    double[] triangle = Arrays.stream(x).map(v -> Math.max(0, 1 - Math.abs(v))).toArray();
    double[] keys = Arrays.stream(x).map(v -> keys(Math.abs(v))).toArray();
    Plot weights =
        figure
            .plot(80, 30, 310, 270)
            .across("distance x from the position (positions)", -2.5, 2.5, -2, -1, 0, 1, 2)
            .up("weight", -0.2, 1, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1)
            .line(x, triangle, Figure.GREY, true)
            .line(x, keys, Figure.BLUE, false)
            .note(0.62, 0.6, Figure.GREY, "bilinear")
            .note(-2.2, 0.6, Figure.BLUE, "bicubic (Keys)");
    dots(weights, Upsampling.BILINEAR, triangle, Figure.GREY);
    dots(weights, Upsampling.BICUBIC, keys, Figure.BLUE);
    float[] g = ScoreMaps.gaussian(4);
    double[] pixels = IntStream.range(0, g.length).mapToDouble(i -> i - 16).toArray();
    double[] coefficients = IntStream.range(0, g.length).mapToDouble(i -> g[i]).toArray();
    figure
        .plot(470, 30, 310, 270)
        .across("i, pixels from the middle", -17, 17, -16, -8, 0, 8, 16)
        .up("coefficient", 0, 0.12, 0, 0.04, 0.08, 0.12)
        .line(pixels, coefficients, Figure.BLUE, false)
        .dots(pixels, coefficients, 3, Figure.BLUE);
    Book.figure("padim-kernels", figure);
    assertThat(Arrays.stream(coefficients).sum()).isCloseTo(1, within(1e-6));
  }

  /** Keys' formula as the text has it. */
  private static double keys(double x) {
    if (x <= 1) {
      return 1.25 * x * x * x - 2.25 * x * x + 1;
    }
    return x <= 2 ? -0.75 * (x * x * x - 5 * x * x + 8 * x - 4) : 0;
  }

  /** The coefficients of position 28 in the pixels of an enlarged line of 56 positions. */
  private static void dots(Plot plot, Upsampling kind, double[] line, String colour) {
    Upsampling.Line all = kind.line(56, 224);
    List<double[]> found = new ArrayList<>();
    for (int i = 0; i < 224; i++) {
      for (int k = 0; k < all.index()[i].length; k++) {
        if (all.index()[i][k] == 28) {
          double x = (i + 0.5) / 4 - 0.5 - 28;
          found.add(new double[] {x, all.weight()[i][k]});
          double formula = line[(int) Math.round(100 + 40 * x)];
          assertThat(found.getLast()[1]).isCloseTo(formula, within(1e-6));
        }
      }
    }
    plot.dots(column(found, 0), column(found, 1), 3, colour);
  }

  private static double[] column(List<double[]> points, int axis) {
    return points.stream().mapToDouble(point -> point[axis]).toArray();
  }

  @Test
  void epsilon() throws IOException {
    StringBuilder rows =
        new StringBuilder(
            """
            | ε | condition number of Σ at the position | mean distance, training images | mean distance, new normal images | image AUROC |
            |---|---|---|---|---|
            """);
    double[] bare = sums.covariance(position, 0);
    int pivots = Cholesky.factor(bare, D);
    rows.append(
        "| 0 | no factor: the pivot of channel %s is not positive | – | – | – |\n"
            .formatted(pivots < D ? pivots : "none"));
    for (String epsilon : List.of("1e-6", "1e-4", "0.01", "1", "100")) {
      double value = Double.parseDouble(epsilon);
      double[] spectrum = eigenvalues(value);
      Engine engine = Example.kintsugi().session().engine();
      PreparedGaussians gaussians =
          engine.prepare(
              sums.result(value, engine, Example.kintsugi().session().parallel()).gaussians());
      double[] scores = new double[Example.TEST.size()];
      double fresh = 0;
      for (int i = 0; i < scores.length; i++) {
        Tensor distances = gaussians.mahalanobis(embedded(Example.TEST.get(i)));
        fresh += i < 30 ? mean(distances) / 30 : 0;
        scores[i] = score(distances);
      }
      double learnt = 0;
      for (int i = 0; i < 30; i++) {
        learnt += mean(gaussians.mahalanobis(embedded(Example.TRAIN.get(i)))) / 30;
      }
      rows.append(
          String.format(
              Locale.ROOT,
              "| %s | %.2g | %.2f | %.2f | %.4f |%n",
              epsilon,
              spectrum[0] / spectrum[D - 1],
              learnt,
              fresh,
              RocCurve.of(scores, Example.truth(Example.TEST)).area()));
    }
    Book.table(CHAPTER, "epsilon", rows.toString());
    // A channel whose ReLU was shut in every image has a variance of zero.
    assertThat(at(sums.covariance(position, 0), pivots, pivots)).isZero();
  }

  /** {@return an image's patch embeddings, computed once} */
  private static Tensor embedded(Concrete image) {
    return EMBEDDED.computeIfAbsent(
        image,
        some ->
            EMBEDDING.embed(
                Example.features(some, Example.PADIM.preprocessing(), Example.PADIM.taps()),
                Example.kintsugi().session().parallel()));
  }

  private static double score(Tensor distances) {
    return Example.PADIM
        .score()
        .of(
            Example.PADIM
                .map()
                .compute(
                    Example.kintsugi().session().engine(),
                    distances,
                    TileGrid.whole(Concrete.SIDE, Concrete.SIDE)));
  }

  private static double mean(Tensor distances) {
    return IntStream.range(0, distances.size()).mapToDouble(i -> distances.data()[i]).sum()
        / distances.size();
  }

  /** What is lost without the covariances off the diagonal, and without the variances too. */
  @Test
  void covariances() throws IOException {
    Session session = Example.kintsugi().session();
    Gaussians full = sums.result(0.01, session.engine(), session.parallel()).gaussians();
    float[][] variances = new float[56 * 56][];
    float[][] ones = new float[56 * 56][];
    for (int p = 0; p < variances.length; p++) {
      double[] sigma = sums.covariance(p, 0.01);
      variances[p] = new float[sigma.length];
      ones[p] = new float[sigma.length];
      for (int i = 0; i < D; i++) {
        int diagonal = Gaussians.triangle(i) + i;
        variances[p][diagonal] = (float) Math.sqrt(sigma[diagonal]);
        ones[p][diagonal] = 1;
      }
    }
    StringBuilder rows =
        new StringBuilder(
            """
            | distance | the patch of the figure | mean, new normal images | ratio | image AUROC |
            |---|---|---|---|---|
            """);
    rows.append(row("with variances alone", full.mean().clone(), variances));
    rows.append(row("Euclidean, without Σ", full.mean().clone(), ones));
    rows.insert(rows.indexOf("| with variances"), row("Mahalanobis", full.mean(), full.factor()));
    Book.table(CHAPTER, "covariances", rows.toString());
  }

  private static String row(String name, float[] mean, float[][] factor) {
    PreparedGaussians gaussians =
        Example.kintsugi().session().engine().prepare(new Gaussians(56, 56, D, mean, factor));
    double[] scores = new double[Example.TEST.size()];
    double fresh = 0;
    double crack = 0;
    for (int i = 0; i < scores.length; i++) {
      Tensor distances = gaussians.mahalanobis(embedded(Example.TEST.get(i)));
      fresh += i < 30 ? mean(distances) / 30 : 0;
      crack = i == 31 ? distances.data()[position] : crack;
      scores[i] = score(distances);
    }
    double auroc = RocCurve.of(scores, Example.truth(Example.TEST)).area();
    return String.format(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %.1f | %.4f |%n",
        name,
        crack,
        fresh,
        crack / fresh,
        auroc);
  }

  /** Each element of Σ against the exact one, of integers of any size. */
  @Test
  void theCovarianceIsWithinItsBound() {
    double[] sigma = sums.covariance(position, 0.01);
    for (int i = 0; i < D; i++) {
      for (int j = 0; j <= i; j++) {
        BigDecimal exact = exact(i, j).add(new BigDecimal(i == j ? 0.01 : 0));
        BigDecimal error = new BigDecimal(sigma[Gaussians.triangle(i) + j]).subtract(exact).abs();
        assertThat(error.doubleValue()).as(i + ", " + j).isLessThanOrEqualTo(bound(i, j));
      }
    }
  }

  private static BigDecimal exact(int i, int j) {
    BigDecimal products = BigDecimal.ZERO;
    BigDecimal first = BigDecimal.ZERO;
    BigDecimal second = BigDecimal.ZERO;
    for (double[] x : LEARNT) {
      products = products.add(new BigDecimal(x[i]).multiply(new BigDecimal(x[j])));
      first = first.add(new BigDecimal(x[i]));
      second = second.add(new BigDecimal(x[j]));
    }
    MathContext digits = new MathContext(60);
    BigDecimal count = new BigDecimal(LEARNT.length);
    return products
        .subtract(first.multiply(second).divide(count, digits))
        .divide(count.subtract(BigDecimal.ONE), digits);
  }

  private static double bound(int i, int j) {
    double n = LEARNT.length;
    double squares = Arrays.stream(LEARNT).mapToDouble(x -> x[i] * x[i] + x[j] * x[j]).sum();
    double rounded = 1 + Math.abs(learntMean(i)) + Math.abs(learntMean(j));
    return rounded * 0x1p-33 * n / (n - 1) + 3 * 0x1p-53 / (n - 1) * squares;
  }

  private static double learntMean(int i) {
    return Arrays.stream(LEARNT).mapToDouble(x -> x[i]).average().orElseThrow();
  }

  private static double mean(List<Scored> scored) {
    return scored.stream().mapToDouble(s -> mean(s.distances())).sum() / scored.size();
  }

  private static double auroc(List<Scored> scored) {
    return RocCurve.of(Example.scores(scored), Example.truth(Example.TEST)).area();
  }

  @Test
  void learntAndNew() throws IOException {
    double[] learnt = Example.scores(Example.score(Example.padim(), Example.TRAIN));
    double[] test = Example.scores(Example.padimOf(Example.TEST));
    boolean[] truth = Example.truth(Example.TEST);
    double[] fresh = of(test, truth, false);
    double[] anomalous = of(test, truth, true);
    Figure figure = new Figure(760, 240, "Scores of images learnt from, new ones, anomalous ones");
    figure
        .plot(150, 20, 580, 160)
        .across("image score (Mahalanobis distance, no unit)", 4, 36, 5, 10, 15, 20, 25, 30, 35)
        .up("", 0, 4)
        .dots(learnt, filled(learnt.length, 1), 4, Figure.GREY)
        .dots(fresh, filled(fresh.length, 2), 4, Figure.BLUE)
        .crosses(anomalous, filled(anomalous.length, 3), 4, Figure.ORANGE);
    figure.text(142, 144, "end", Figure.GREY, "learnt from");
    figure.text(142, 104, "end", Figure.BLUE, "new, normal");
    figure.text(142, 64, "end", Figure.ORANGE, "new, anomalous");
    Book.figure("padim-learnt", figure);
    for (double score : learnt) {
      assertThat(score).isLessThan((Example.LEARNT - 1) / Math.sqrt(Example.LEARNT) * 1.2);
    }
  }

  @Test
  void taps() throws IOException {
    Model before =
        Example.fit(Example.padim(List.of("layer1.1.bn2", "layer2.1.bn2", "layer3.1.bn2"), 0.01));
    Book.table(
        CHAPTER,
        "taps",
        """
        | feature layers | mean distance, new normal images | image AUROC |
        |---|---|---|
        | after the addition and ReLU (`layerN`) | %s | %s |
        | before the addition (`layerN.1.bn2`) | %s | %s |
        """
            .formatted(
                two(mean(Example.padimOf(Example.TEST).subList(0, 30))),
                four(auroc(Example.padimOf(Example.TEST))),
                two(mean(Example.score(before, Example.TEST).subList(0, 30))),
                four(auroc(Example.score(before, Example.TEST)))));
  }

  /** The same covariance divided by N: all distances grow by √(N/(N−1)) where ε is negligible. */
  @Test
  void division() throws IOException {
    int n = Example.LEARNT;
    StringBuilder rows =
        new StringBuilder(
            """
            | ε | distance, Σ divided by N − 1 | divided by N | ratio |
            |---|---|---|---|
            """);
    for (String epsilon : List.of("1e-6", "1e-4", "0.01")) {
      double value = Double.parseDouble(epsilon);
      double[] right = sums.covariance(position, value);
      double[] wrong = sums.covariance(position, 0);
      for (int i = 0; i < D; i++) {
        for (int j = 0; j <= i; j++) {
          int at = Gaussians.triangle(i) + j;
          wrong[at] = wrong[at] * (n - 1) / n + (i == j ? value : 0);
        }
      }
      double a = distance(right);
      double b = distance(wrong);
      rows.append(
          String.format(Locale.ROOT, "| %s | %.3f | %.3f | %.5f |%n", epsilon, a, b, b / a));
      assertThat(b / a).isBetween(1.0, Math.sqrt(n / (n - 1.0)) + 1e-9);
    }
    Book.table(CHAPTER, "division", rows.toString());
  }

  private static double distance(double[] s) {
    Cholesky.factor(s, D);
    double[] y = new double[D];
    double squares = 0;
    float[] patch = cracked.patch(position);
    double[] mean = sums.mean(position);
    for (int i = 0; i < D; i++) {
      double rest = patch[i] - mean[i];
      for (int j = 0; j < i; j++) {
        rest -= at(s, i, j) * y[j];
      }
      y[i] = rest / at(s, i, i);
      squares += y[i] * y[i];
    }
    return Math.sqrt(squares);
  }
}
