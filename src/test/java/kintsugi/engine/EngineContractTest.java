package kintsugi.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import kintsugi.Golden;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.tensor.Tensor;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of every engine. Each test checks the engine against an independent computation, and
 * against the scalar engine on one thread: its bits where the order of additions is the same, a
 * named bound elsewhere. On no engine do threads or batches change a bit.
 */
public abstract class EngineContractTest {
  /** For the engines' own tests. */
  protected EngineContractTest() {}

  /** Relative to the maximum: sums of at most some hundred products in fp32. */
  private static final double SUM_ERROR = 2e-6;

  private final Parallel one = new Parallel(1);
  private final Parallel three = new Parallel(3);
  private final Engine specification = new ScalarEngine(one);

  /**
   * Creates the engine under test.
   *
   * @param parallel its threads
   * @return the engine
   */
  protected abstract Engine engine(Parallel parallel);

  /**
   * {@return the allowed error of a sum of products, relative to the maximum; 0 demands the scalar
   * engine's bits}
   */
  protected double sumError() {
    return 0;
  }

  /** {@return the same for convolutions, which may use another algorithm} */
  protected double convolutionError() {
    return sumError();
  }

  @AfterEach
  void close() {
    one.close();
    three.close();
  }

  @ParameterizedTest
  @CsvSource({
    // height, width, inputs, outputs, window, stride, padding
    "1, 1, 1, 1, 1, 1, 0",
    "3, 3, 3, 5, 3, 1, 1",
    "7, 5, 4, 33, 3, 2, 1",
    "13, 17, 3, 64, 7, 2, 3",
    "9, 31, 5, 40, 1, 2, 0",
    "14, 14, 32, 32, 3, 1, 1",
    "9, 7, 64, 32, 3, 1, 1",
    "5, 18, 32, 96, 3, 1, 2",
    "6, 4, 2, 31, 5, 3, 2"
  })
  void convolution(int h, int w, int inputs, int outputs, int window, int stride, int padding) {
    Random random = new Random(h * 31L + w);
    Filter filter =
        new Filter(random(random, window, window, inputs, outputs), random(random, outputs));
    List<Layer> layers =
        List.of(
            new Layer.Convolution("plain", "input", null, filter, stride, padding, false),
            new Layer.Convolution("fused", "input", "plain", filter, stride, padding, true),
            new Layer.AddRelu("added", "plain", "plain"));
    for (int batch : new int[] {1, 2, 5}) {
      Tensor images = random(random, batch, h, w, inputs);
      Map<String, Tensor> out = check(layers, List.of("plain", "fused", "added"), images);
      Tensor plain = out.get("plain");
      Tensor expected = direct(images, filter, stride, padding);
      assertThat(Golden.relativeError(plain, expected))
          .isLessThan(Math.max(SUM_ERROR, convolutionError()));
      for (int i = 0; i < plain.size(); i++) {
        float twice = Math.max(plain.data()[i] + plain.data()[i], 0);
        assertThat(out.get("fused").data()[i]).isEqualTo(twice);
        assertThat(out.get("added").data()[i]).isEqualTo(twice);
      }
    }
  }

  @Test
  void convolutionPropagatesNanAndInfinity() {
    Random random = new Random(5);
    Filter filter = new Filter(random(random, 3, 3, 2, 3), random(random, 3));
    Tensor image = random(random, 1, 8, 8, 2);
    image.data()[0] = Float.NaN;
    image.data()[5 * 16] = Float.POSITIVE_INFINITY;
    image.data()[7] = Float.MIN_VALUE;
    List<Layer> layers = List.of(new Layer.Convolution("c", "input", null, filter, 1, 1, true));
    Network network = new Network(layers, List.of("c"));
    float[] out = engine(three).prepare(network).run(image).get("c").data();
    assertSums(out, specification.prepare(network).run(image).get("c").data());
    assertThat(out[0]).isNaN();
    assertThat(out).contains(Float.POSITIVE_INFINITY);
  }

  @Test
  void denormalsAreNotFlushed() {
    Random random = new Random(6);
    Filter filter = new Filter(random(random, 3, 3, 64, 32), Tensor.zeros(32));
    Tensor image = random(random, 1, 6, 6, 64);
    for (int i = 0; i < image.size(); i++) {
      image.data()[i] *= 1e-40f;
    }
    List<Layer> layers = List.of(new Layer.Convolution("c", "input", null, filter, 1, 1, false));
    Network network = new Network(layers, List.of("c"));
    Tensor actual = engine(one).prepare(network).run(image).get("c");
    assertThat(sum(actual)).isNotZero();
    assertThat(Golden.relativeError(actual, direct(image, filter, 1, 1))).isLessThan(1e-3);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 3", "5, 8, 7", "16, 15, 64"})
  void maxPoolAndAverage(int h, int w, int channels) {
    Tensor images = random(new Random(h), 3, h, w, channels);
    List<Layer> layers =
        List.of(
            new Layer.MaxPool("pool", "input", 3, 2, 1), new Layer.GlobalAverage("mean", "input"));
    Map<String, Tensor> out = check(layers, List.of("pool"), images);
    Network mean = new Network(layers, List.of("mean"));
    out.putAll(engine(three).prepare(mean).run(images));
    assertSums(out.get("mean").data(), specification.prepare(mean).run(images).get("mean").data());
    float max = Float.NEGATIVE_INFINITY;
    double sum = 0;
    for (int p = 0; p < h * w; p++) {
      float value = images.data()[p * channels];
      max = p / w < 2 && p % w < 2 ? Math.max(max, value) : max;
      sum += value;
    }
    assertThat(out.get("pool").data()[0]).isEqualTo(max);
    assertThat(out.get("mean").data()[0]).isCloseTo((float) (sum / (h * w)), within(1e-6f));
  }

  /** Two channels: the values 1 to 20 in the rows of a 4x5 image, and the same below zero. */
  @Test
  void maxPoolByHand() {
    Tensor image = Tensor.zeros(1, 4, 5, 2);
    for (int i = 0; i < 20; i++) {
      image.data()[2 * i] = i + 1;
      image.data()[2 * i + 1] = -(i + 1);
    }
    List<Layer> layers = List.of(new Layer.MaxPool("pool", "input", 3, 2, 1));
    Tensor pooled =
        engine(one).prepare(new Network(layers, List.of("pool"))).run(image).get("pool");
    assertThat(pooled.shape()).containsExactly(1, 2, 3, 2);
    // The last value of each window inside the image, and the first, below zero.
    assertThat(pooled.data()).containsExactly(7, -1, 9, -2, 10, -4, 17, -6, 19, -7, 20, -9);
  }

  /** The stem, which an engine may compute at once; sizes of one band, of some, and of odd ends. */
  @ParameterizedTest
  @CsvSource({
    "7, 9, 64, 3, 2, 1",
    "61, 30, 40, 3, 2, 1",
    "150, 47, 64, 3, 2, 1",
    "40, 33, 32, 2, 3, 0"
  })
  void convolutionAndPool(int h, int w, int outputs, int size, int stride, int padding) {
    Random random = new Random(h);
    Filter filter = new Filter(random(random, 7, 7, 3, outputs), random(random, outputs));
    List<Layer> layers =
        List.of(
            new Layer.Convolution("conv", "input", null, filter, 2, 3, true),
            new Layer.MaxPool("pool", "conv", size, stride, padding));
    Tensor images = random(random, 2, h, w, 3);
    check(layers, List.of("pool"), images);
    check(layers, List.of("conv", "pool"), images);
  }

  /** However a batch is divided: on one thread into groups, on three with some images left over. */
  @ParameterizedTest
  @CsvSource({"60", "28", "14"})
  void anImageHasTheSameBitsInABatchAsAlone(int side) {
    Random random = new Random(side);
    Filter filter = new Filter(random(random, 3, 3, 64, 64), random(random, 64));
    Layer layer = new Layer.Convolution("c", "input", "input", filter, 1, 1, true);
    Network network = new Network(List.of(layer), List.of("c"));
    Tensor images = random(random, 14, side, side, 64);
    float[] serial = engine(one).prepare(network).run(images).get("c").data();
    AtomicInteger done = new AtomicInteger();
    float[] parallel = engine(three).prepare(network).run(images, done::addAndGet).get("c").data();
    assertThat(parallel).isEqualTo(serial);
    assertThat(done).hasValue(14);
    Engine.Runner alone = engine(three).prepare(network);
    int size = side * side * 64;
    for (int n = 0; n < 14; n++) {
      float[] image = Arrays.copyOfRange(images.data(), n * size, (n + 1) * size);
      float[] result = alone.run(Tensor.of(image, 1, side, side, 64)).get("c").data();
      assertThat(result).isEqualTo(Arrays.copyOfRange(serial, n * size, (n + 1) * size));
    }
  }

  @Test
  void theMeanOfManyPositionsHasAllDigits() {
    Tensor image = random(new Random(7), 1, 300, 300, 2);
    double sum = 0;
    for (int i = 0; i < image.size(); i++) {
      image.data()[i] += 1000;
      sum += i % 2 == 0 ? image.data()[i] : 0;
    }
    List<Layer> layers = List.of(new Layer.GlobalAverage("mean", "input"));
    Network network = new Network(layers, List.of("mean"));
    double mean = engine(three).prepare(network).run(image).get("mean").data()[0];
    assertThat(mean).isCloseTo(sum / 90_000, within(2e-7 * 1000));
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "2, 3, 5", "4, 4, 100", "3, 11, 7"})
  void mahalanobis(int h, int w, int d) {
    Random random = new Random(d);
    RealMatrix[] covariance = new RealMatrix[h * w];
    Arrays.setAll(covariance, p -> covariance(random, d));
    float[] mean = random(random, h, w, d).data();
    PreparedGaussians prepared = engine(three).prepare(gaussians(h, w, d, mean, covariance));
    PreparedGaussians expected = specification.prepare(gaussians(h, w, d, mean, covariance));
    for (int batch : new int[] {1, 3, 6}) {
      Tensor patches = random(random, batch, h, w, d);
      Tensor distances = prepared.mahalanobis(patches);
      assertThat(distances.shape()).containsExactly(batch, h, w);
      assertSums(distances.data(), expected.mahalanobis(patches).data());
      for (int i = 0; i < distances.size(); i++) {
        double byHand = textbook(mean, covariance[i % (h * w)], patches, i);
        assertThat((double) distances.data()[i]).isCloseTo(byHand, within(1e-4 * byHand));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 7, 1", "1, 17, 3", "5, 5, 9"})
  void preparedGaussiansReturnMeanAndFactorToTheBit(int h, int w, int d) {
    Gaussians gaussians = gaussians(new Random(w), h, w, d);
    float[] mean = gaussians.mean().clone();
    float[][] factor =
        Arrays.stream(gaussians.factor()).map(float[]::clone).toArray(float[][]::new);
    PreparedGaussians prepared = engine(three).prepare(gaussians);
    assertThat(new int[] {prepared.height(), prepared.width(), prepared.dimension()})
        .containsExactly(h, w, d);
    assertThat(prepared.positions()).isEqualTo(h * w);
    for (int p = 0; p < h * w; p++) {
      assertThat(prepared.mean(p)).isEqualTo(Arrays.copyOfRange(mean, p * d, (p + 1) * d));
      assertThat(prepared.factor(p)).isEqualTo(factor[p]);
      // They are copies: writing to them changes no distance.
      Arrays.fill(prepared.mean(p), 9);
      Arrays.fill(prepared.factor(p), 9);
    }
    Gaussians again = new Gaussians(h, w, d, mean, factor);
    Tensor patches = random(new Random(d), 2, h, w, d);
    assertSums(
        prepared.mahalanobis(patches).data(),
        specification.prepare(again).mahalanobis(patches).data());
  }

  @ParameterizedTest
  @CsvSource({"3, 7, 1", "5, 5, 9", "4, 8, 30"})
  void preparedGaussiansAreUsedFromEightThreadsAtOnce(int h, int w, int d) {
    Random random = new Random(h);
    PreparedGaussians prepared = engine(three).prepare(gaussians(random, h, w, d));
    List<Tensor> patches =
        IntStream.range(0, 8).mapToObj(i -> random(random, i + 1, h, w, d)).toList();
    List<float[]> alone = patches.stream().map(p -> prepared.mahalanobis(p).data()).toList();
    onEightThreads(i -> prepared.mahalanobis(patches.get(i)).data(), alone);
  }

  @Test
  void anIndexIsUsedFromEightThreadsAtOnce() {
    Random random = new Random(11);
    NeighborIndex index = engine(three).index(RowMatrix.of(random(random, 300, 40)));
    List<Tensor> queries = IntStream.range(0, 8).mapToObj(i -> random(random, i + 60, 40)).toList();
    List<double[]> alone =
        queries.stream().map(q -> index.nearest(q, 3).squaredDistance()).toList();
    onEightThreads(i -> index.nearest(queries.get(i), 3).squaredDistance(), alone);
  }

  /** Every thread must have the result that it has alone, however often. */
  private static <T> void onEightThreads(IntFunction<T> work, List<T> expected) {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<T>> results = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        int number = i % 8;
        results.add(threads.submit(() -> work.apply(number)));
      }
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i))
            .succeedsWithin(Duration.ofMinutes(1))
            .isEqualTo(expected.get(i % 8));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1, 1", "3, 7, 1, 2", "2, 9, 3, 0", "3, 5, 17, 4", "4, 5, 30, 9"})
  void updatedGaussiansHaveTheBitsOfTheSpecification(int h, int w, int d, int vectors) {
    Random random = new Random(d);
    RealMatrix[] covariance = new RealMatrix[h * w];
    Arrays.setAll(covariance, p -> covariance(random, d));
    float[] mean = random(random, h, w, d).data();
    float[] other = random(random, h, w, d).data();
    double[] scale = random.doubles(h * w, 0, 1).toArray();
    double[] ridge = random.doubles(h * w, 0.1, 1).toArray();
    scale[0] = 0;
    double[][] samples = new double[h * w][];
    // Positions need not have equally many.
    Arrays.setAll(samples, p -> random.doubles((long) (vectors + p % 2) * d, -1, 1).toArray());
    CovarianceUpdate update =
        new CovarianceUpdate(other.clone(), scale, ridge, p -> samples[p].clone());
    PreparedGaussians fitted = engine(three).prepare(gaussians(h, w, d, mean, covariance));
    PreparedGaussians updated = engine(three).update(fitted, update);
    PreparedGaussians expected =
        specification.update(specification.prepare(gaussians(h, w, d, mean, covariance)), update);
    for (int p = 0; p < h * w; p++) {
      assertThat(updated.mean(p)).isEqualTo(Arrays.copyOfRange(other, p * d, (p + 1) * d));
      assertThat(updated.factor(p)).isEqualTo(expected.factor(p));
      // The old ones stay, and by hand it is the same but for the rounding to fp32.
      assertThat(fitted.mean(p)).isEqualTo(Arrays.copyOfRange(mean, p * d, (p + 1) * d));
      RealMatrix sum =
          covariance[p]
              .scalarMultiply(scale[p])
              .add(MatrixUtils.createRealIdentityMatrix(d).scalarMultiply(ridge[p]));
      for (int k = 0; k < samples[p].length; k += d) {
        RealVector v = new ArrayRealVector(Arrays.copyOfRange(samples[p], k, k + d));
        sum = sum.add(v.outerProduct(v));
      }
      assertFactor(updated.factor(p), sum);
    }
  }

  private static void assertFactor(float[] packed, RealMatrix expected) {
    int d = expected.getRowDimension();
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int k = 0; k <= j; k++) {
          sum += (double) packed[Gaussians.triangle(i) + k] * packed[Gaussians.triangle(j) + k];
        }
        assertThat(sum).isCloseTo(expected.getEntry(i, j), within(1e-5 * expected.getNorm()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aCovarianceThatIsNotPositiveDefiniteIsNotUpdated(int d) {
    PreparedGaussians fitted = engine(one).prepare(Gaussians.unit(2, 2, d));
    CovarianceUpdate update =
        new CovarianceUpdate(
            new float[4 * d], new double[] {1, 1, 0, 1}, new double[4], p -> new double[0]);
    assertThatThrownBy(() -> engine(one).update(fitted, update))
        .isInstanceOf(ArithmeticException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 33, 64, 100, 131})
  void aFactorHasTheBitsOfTheSpecification(int n) {
    RealMatrix matrix = covariance(new Random(n), n);
    double[] a = triangle(matrix);
    double[] expected = a.clone();
    assertThat(specification.factor(expected, n)).isEqualTo(n);
    double[] actual = a.clone();
    assertThat(engine(three).factor(actual, n)).isEqualTo(n);
    assertThat(actual).isEqualTo(expected);
    double[] library = triangle(new CholeskyDecomposition(matrix).getL());
    assertThat(actual).containsExactly(library, within(1e-10 * matrix.getNorm()));
    for (int row = 0; row < n; row++) {
      double[] wrong = a.clone();
      int last = Gaussians.triangle(row) + row;
      wrong[last] = row % 2 == 0 ? Double.NaN : -row;
      assertThat(engine(one).factor(wrong, n)).isEqualTo(row);
    }
  }

  @Test
  void aSingularMatrixHasNoFactor() {
    // Its second row is twice the first, so that the second pivot is 4 − 2² = 0.
    assertThat(engine(one).factor(new double[] {1, 2, 4, 0, 0, 1}, 3)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 2", "4, 0", "7, 5", "16, 16", "33, 3", "100, 16", "131, 7"})
  void addedProductsHaveTheBitsOfTheSpecification(int n, int count) {
    Random random = new Random(n);
    long[] s = random.longs(Gaussians.triangle(n)).toArray();
    double[] x = products(random, count * n);
    long[] expected = s.clone();
    specification.addProducts(expected, n, x);
    long[] actual = s.clone();
    engine(three).addProducts(actual, n, x);
    assertThat(actual).isEqualTo(expected);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        long sum = s[Gaussians.triangle(i) + j];
        for (int p = 0; p < count; p++) {
          BigDecimal product = new BigDecimal(x[p * n + i]).multiply(new BigDecimal(x[p * n + j]));
          BigDecimal units = product.multiply(BigDecimal.valueOf(1L << 32));
          sum += units.setScale(0, RoundingMode.HALF_EVEN).longValueExact();
        }
        assertThat(actual[Gaussians.triangle(i) + j]).isEqualTo(sum);
      }
    }
  }

  /** Values whose products are the largest, are ties, are below a unit, or anything. */
  private static double[] products(Random random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (random.nextInt(4)) {
            case 0 -> FixedPoint.MAXIMUM * (random.nextBoolean() ? 1 : -1);
            case 1 -> random.nextInt(-3, 4) * (random.nextBoolean() ? 0x1p-16f : 0x1p-17f);
            case 2 -> random.nextFloat() * 0x1p-20f;
            default -> random.nextFloat(-30, 30);
          };
    }
    return values;
  }

  private static double[] triangle(RealMatrix matrix) {
    int n = matrix.getRowDimension();
    double[] packed = new double[Gaussians.triangle(n)];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        packed[Gaussians.triangle(i) + j] = matrix.getEntry(i, j);
      }
    }
    return packed;
  }

  @Test
  void gaussiansThatAnEngineReleasedAreNotPreparedAgain() {
    Gaussians gaussians = Gaussians.unit(2, 2, 3);
    gaussians.factor()[1] = null;
    assertThatThrownBy(() -> engine(one).prepare(gaussians))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("taken these Gaussians over");
  }

  @Test
  void patchesOfAnotherGridOrDimensionAreRefused() {
    PreparedGaussians gaussians = engine(one).prepare(Gaussians.unit(2, 2, 3));
    for (int[] shape : new int[][] {{1, 2, 3, 3}, {1, 3, 2, 3}, {1, 2, 2, 4}, {2, 2, 3}}) {
      assertThatThrownBy(() -> gaussians.mahalanobis(Tensor.zeros(shape)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2x2 patches of dimension 3");
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1, 1", "5, 33, 7, 3", "57, 300, 64, 1", "130, 1000, 19, 9", "60, 700, 200, 2"})
  void nearestRows(int queries, int rows, int d, int k) {
    Random random = new Random(rows);
    Tensor bank = random(random, rows, d);
    Tensor q = random(random, queries, d);
    // The last query equals a row that stands twice: the first of the two is nearest.
    int twin = rows / 2;
    System.arraycopy(bank.data(), twin * d, bank.data(), (rows - 1) * d, d);
    System.arraycopy(bank.data(), twin * d, q.data(), (queries - 1) * d, d);
    NeighborIndex.Nearest expected = specification.index(RowMatrix.of(bank)).nearest(q, k);
    NeighborIndex.Nearest nearest = engine(three).index(RowMatrix.of(bank)).nearest(q, k);
    assertThat(nearest.index()).isEqualTo(expected.index());
    assertThat(nearest.squaredDistance()).isEqualTo(expected.squaredDistance());
    assertThat(nearest.index()[(queries - 1) * k]).isEqualTo(twin);
    assertThat(nearest.squaredDistance()[(queries - 1) * k]).isZero();
    double[] all = distances(q, 0, bank);
    double[] sorted = Arrays.stream(all).sorted().toArray();
    for (int i = 0; i < k; i++) {
      assertThat(nearest.squaredDistance()[i]).isEqualTo(sorted[i]);
      assertThat(all[nearest.index()[i]]).isEqualTo(sorted[i]);
    }
  }

  /** Rows that differ mostly in a few directions, of which an engine may take advantage. */
  @ParameterizedTest
  @CsvSource({"1, 700, 1", "70, 2600, 1", "9, 2600, 40"})
  void nearestRowsInFewDirections(int queries, int rows, int k) {
    Random random = new Random(rows + k);
    Tensor directions = random(random, 3, 100);
    Tensor bank = inDirections(random, rows, directions);
    Tensor q = inDirections(random, queries, directions);
    NeighborIndex.Nearest expected = specification.index(RowMatrix.of(bank)).nearest(q, k);
    NeighborIndex.Nearest nearest = engine(three).index(RowMatrix.of(bank)).nearest(q, k);
    assertThat(nearest.index()).isEqualTo(expected.index());
    assertThat(nearest.squaredDistance()).isEqualTo(expected.squaredDistance());
    double[] all = distances(q, queries - 1, bank);
    assertThat(nearest.squaredDistance()[(queries - 1) * k])
        .isEqualTo(Arrays.stream(all).min().orElseThrow());
  }

  @Test
  void minimumDistancesInFewDirections() {
    Random random = new Random(12);
    Tensor directions = random(random, 3, 100);
    Tensor bank = inDirections(random, 2600, directions);
    Tensor centres = inDirections(random, 150, directions);
    double[] expected = random.doubles(2600, 0, 20).toArray();
    expected[7] = Double.POSITIVE_INFINITY;
    double[] actual = expected.clone();
    double[] before = expected.clone();
    specification.index(RowMatrix.of(bank)).updateMinimumDistances(expected, centres);
    engine(three).index(RowMatrix.of(bank)).updateMinimumDistances(actual, centres);
    assertThat(actual).isEqualTo(expected).isNotEqualTo(before);
  }

  private static Tensor inDirections(Random random, int count, Tensor directions) {
    int d = directions.dim(1);
    Tensor rows = random(random, count, d);
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < d; k++) {
        rows.data()[i * d + k] *= 0.02f;
      }
      for (int a = 0; a < directions.dim(0); a++) {
        float along = 3 * (float) random.nextGaussian();
        for (int k = 0; k < d; k++) {
          rows.data()[i * d + k] += along * directions.data()[a * d + k];
        }
      }
    }
    return rows;
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 33, 7", "57, 300, 64", "130, 1000, 100"})
  void minimumDistances(int centres, int rows, int d) {
    Random random = new Random(rows);
    Tensor bank = random(random, rows, d);
    Tensor c = random(random, centres, d);
    double[] expected = random.doubles(rows, 0, d).toArray();
    expected[0] = Double.MAX_VALUE;
    expected[rows / 2] = Double.POSITIVE_INFINITY;
    double[] actual = expected.clone();
    double[] byHand = expected.clone();
    engine(three).index(RowMatrix.of(bank)).updateMinimumDistances(actual, c);
    specification.index(RowMatrix.of(bank)).updateMinimumDistances(expected, c);
    assertThat(actual).isEqualTo(expected);
    for (int i = 0; i < centres; i++) {
      double[] all = distances(c, i, bank);
      for (int r = 0; r < rows; r++) {
        byHand[r] = Math.min(byHand[r], all[r]);
      }
    }
    assertThat(actual).isEqualTo(byHand);
  }

  /** Values whose squares are too small for fp32, and some whose squares it rounds up. */
  @ParameterizedTest
  @CsvSource({"-1e-38, 1e-38, -1e-38, 1e-38", "0, 1e-25, 2.7e-23, 3.7e-23"})
  void rowsTooSmallForFullPrecisionAreComparedLikeOthers(
      float minRow, float maxRow, float minCentre, float maxCentre) {
    Tensor bank = between(minRow, maxRow, new Random(4), 40, 60);
    Tensor centres = between(minCentre, maxCentre, new Random(5), 30, 60);
    double[] expected = new double[40];
    Arrays.fill(expected, Double.POSITIVE_INFINITY);
    double[] actual = expected.clone();
    specification.index(RowMatrix.of(bank)).updateMinimumDistances(expected, centres);
    engine(three).index(RowMatrix.of(bank)).updateMinimumDistances(actual, centres);
    assertThat(actual).isEqualTo(expected);
    assertThat(actual[0]).isBetween(Double.MIN_VALUE, 60.0 * maxCentre * maxCentre);
    NeighborIndex.Nearest nearest = engine(three).index(RowMatrix.of(bank)).nearest(centres, 3);
    assertThat(nearest.index())
        .isEqualTo(specification.index(RowMatrix.of(bank)).nearest(centres, 3).index());
  }

  private static double[] distances(Tensor queries, int q, Tensor bank) {
    int d = bank.dim(1);
    double[] distances = new double[bank.dim(0)];
    for (int i = 0; i < bank.size(); i++) {
      double difference = (double) queries.data()[q * d + i % d] - bank.data()[i];
      distances[i / d] += difference * difference;
    }
    return distances;
  }

  @Test
  void rowsInAFileAreComparedLikeThoseInMemory(@TempDir Path folder) throws IOException {
    Tensor bank = random(new Random(4), 100, 9);
    Tensor q = random(new Random(5), 7, 9);
    try (RowMatrix inFile = RowMatrix.inFile(folder, 120, 9)) {
      inFile.write(0, 100, bank.data(), 0);
      NeighborIndex.Nearest nearest = engine(three).index(inFile.first(100)).nearest(q, 3);
      assertThat(nearest.index())
          .isEqualTo(engine(three).index(RowMatrix.of(bank)).nearest(q, 3).index());
    }
    assertThatThrownBy(() -> RowMatrix.inFile(folder, Integer.MAX_VALUE, 1 << 20))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bytes are free");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void rowsTooCloseForFp32AreDistinguished() {
    int d = 64;
    Random random = new Random(8);
    Tensor q = random(random, 3, d);
    Tensor bank = Tensor.zeros(500, d);
    for (int row = 0; row < 500; row++) {
      for (int k = 0; k < d; k++) {
        bank.data()[row * d + k] = 100 + q.data()[k] + random.nextInt(3) * 1e-5f;
      }
    }
    NeighborIndex.Nearest expected = specification.index(RowMatrix.of(bank)).nearest(q, 2);
    NeighborIndex.Nearest actual = engine(one).index(RowMatrix.of(bank)).nearest(q, 2);
    assertThat(actual.index()).isEqualTo(expected.index());
    assertThat(actual.squaredDistance()).isEqualTo(expected.squaredDistance());
  }

  @Test
  void ofEqualRowsTheFirstIsNearest() {
    Tensor bank = Tensor.zeros(70, 5);
    Arrays.fill(bank.data(), 3);
    NeighborIndex.Nearest nearest =
        engine(one).index(RowMatrix.of(bank)).nearest(Tensor.zeros(2, 5), 2);
    assertThat(nearest.index()).containsExactly(0, 1, 0, 1);
    assertThat(nearest.squaredDistance()).containsOnly(45);
  }

  @Test
  void nanAndOverflowHaveTheSpecificationsNearestRow() {
    Tensor bank = Tensor.of(new float[] {1, 2, 3e30f, 4, Float.NaN, 0, 5, 6}, 4, 2);
    Tensor q =
        Tensor.of(new float[] {1, 2.5f, Float.NaN, 1, Float.POSITIVE_INFINITY, 1, 3e30f, 1}, 4, 2);
    NeighborIndex.Nearest nearest = engine(one).index(RowMatrix.of(bank)).nearest(q, 1);
    assertThat(nearest.index()).containsExactly(0, -1, 0, 1);
    assertThat(nearest.index())
        .isEqualTo(specification.index(RowMatrix.of(bank)).nearest(q, 1).index());
    assertThat(nearest.squaredDistance()[1]).isNaN();
    Tensor sound = Tensor.of(new float[] {1, 2, 5, 6}, 2, 2);
    assertThat(engine(one).index(RowMatrix.of(sound)).nearest(q, 1).index())
        .containsExactly(0, -1, 0, 0);
    double[] squared = {9, 9, 9, 9};
    engine(one)
        .index(RowMatrix.of(bank))
        .updateMinimumDistances(squared, Tensor.of(new float[] {1, 2}, 1, 2));
    assertThat(squared[0]).isZero();
    assertThat(squared[2]).isNaN();
  }

  @Test
  void rowsTooLargeForFp32AreComparedLikeOthers() {
    Tensor bank = between(-3e30f, 3e30f, new Random(4), 90, 5);
    Tensor queries = between(-3e30f, 3e30f, new Random(5), 30, 5);
    NeighborIndex.Nearest expected = specification.index(RowMatrix.of(bank)).nearest(queries, 2);
    NeighborIndex.Nearest nearest = engine(three).index(RowMatrix.of(bank)).nearest(queries, 2);
    assertThat(nearest.index()).isEqualTo(expected.index());
    assertThat(nearest.squaredDistance()).isEqualTo(expected.squaredDistance());
  }

  @Test
  void noQueriesHaveNoNeighbours() {
    Tensor rows = random(new Random(1), 40, 5);
    Tensor none = Tensor.zeros(0, 5);
    NeighborIndex index = engine(three).index(RowMatrix.of(rows));
    assertThat(index.nearest(none, 1).squaredDistance()).isEmpty();
    double[] distances = new double[40];
    Arrays.fill(distances, 3);
    index.updateMinimumDistances(distances, none);
    assertThat(distances).containsOnly(3);
  }

  @Test
  void moreNeighboursThanRowsAreRefused() {
    NeighborIndex index = engine(one).index(RowMatrix.inMemory(2, 3));
    assertThatThrownBy(() -> index.nearest(Tensor.zeros(1, 3), 3))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> index.nearest(Tensor.zeros(1, 4), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> index.updateMinimumDistances(new double[2], Tensor.zeros(1, 4)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void bilinearIsLinearBetweenCentresAndConstantBeyondThem() {
    Tensor line = Tensor.of(new float[] {10, 20, 30, 40}, 1, 1, 4);
    Tensor large = engine(three).upsample(line, 2, 8, Upsampling.BILINEAR);
    assertThat(large.shape()).containsExactly(1, 2, 8);
    assertThat(large.data())
        .containsExactly(
            10, 12.5f, 17.5f, 22.5f, 27.5f, 32.5f, 37.5f, 40, 10, 12.5f, 17.5f, 22.5f, 27.5f, 32.5f,
            37.5f, 40);
  }

  @Test
  void bicubicIsTorchs() {
    Tensor line = Tensor.of(new float[] {1, 2, 4, 8}, 1, 1, 4);
    Tensor large = engine(three).upsample(line, 1, 8, Upsampling.BICUBIC);
    // Coefficients of Keys' cubic at a quarter: -27/256, 225/256, 67/256, -9/256.
    float[] q = {-27 / 256f, 225 / 256f, 67 / 256f, -9 / 256f};
    assertThat(large.data()[3]).isCloseTo(q[0] * 1 + q[1] * 2 + q[2] * 4 + q[3] * 8, within(1e-5f));
    assertThat(large.data()[0]).isCloseTo(q[3] * 1 + q[2] * 1 + q[1] * 1 + q[0] * 2, within(1e-5f));
  }

  @ParameterizedTest
  @EnumSource(Upsampling.class)
  void upsampling(Upsampling how) {
    Tensor maps = random(new Random(3), 3, 5, 7);
    Tensor large = engine(three).upsample(maps, 11, 40, how);
    assertThat(large.shape()).containsExactly(3, 11, 40);
    assertThat(large.data()).isEqualTo(specification.upsample(maps, 11, 40, how).data());
    assertThat(sum(large)).isNotZero();
    if (how == Upsampling.NEAREST) {
      assertThat(large.data()[2 * 440 + 10 * 40 + 39]).isEqualTo(maps.data()[104]);
      assertThat(large.data()[40 * 5 + 6]).isEqualTo(maps.data()[2 * 7 + 1]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // numpy.pad by four on either side of 1 2 3: edge, reflect, symmetric.
    "REPLICATE, 1111 123 3333",
    "REFLECT, 1232 123 2123",
    "SYMMETRIC, 3321 123 3211"
  })
  void bordersAreNumpys(Border border, String digits) {
    String line = digits.replace(" ", "");
    for (int i = 0; i < line.length(); i++) {
      assertThat(border.inside(i - 4, 3) + 1).isEqualTo(line.charAt(i) - '0');
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, REPLICATE",
    "2, 5, 3, REPLICATE",
    "3, 40, 37, REPLICATE",
    "1, 224, 224, REPLICATE",
    "1, 1, 1, REFLECT",
    "2, 5, 3, REFLECT",
    "3, 40, 37, REFLECT",
    "1, 1, 1, SYMMETRIC",
    "2, 2, 1, SYMMETRIC",
    "3, 40, 37, SYMMETRIC"
  })
  void blur(int count, int h, int w, Border border) {
    float[] kernel = {0.1f, 0.2f, 0.4f, 0.2f, 0.1f};
    Tensor maps = random(new Random(w), count, h, w);
    Tensor blurred = engine(three).blur(maps, kernel, border);
    assertThat(blurred.data()).isEqualTo(specification.blur(maps, kernel, border).data());
    int[][] rows = reached(h, border);
    int[][] columns = reached(w, border);
    for (int i = 0; i < maps.size(); i++) {
      int map = i / (h * w) * h * w;
      double byHand = 0;
      for (int k = 0; k < 25; k++) {
        int y = rows[i / w % h][k / 5];
        int x = columns[i % w][k % 5];
        byHand += kernel[k / 5] * kernel[k % 5] * maps.data()[map + y * w + x];
      }
      assertThat((double) blurred.data()[i]).isCloseTo(byHand, within(1e-6));
    }
  }

  /** Per place of a line, the places under the five weights of a kernel. */
  private static int[][] reached(int length, Border border) {
    int[][] reached = new int[length][5];
    for (int i = 0; i < length * 5; i++) {
      reached[i / 5][i % 5] = beyond(i / 5 + i % 5 - 2, length, border);
    }
    return reached;
  }

  /** The reflection walked one index at a time, turning at the edge or beyond it. */
  private static int beyond(int place, int length, Border border) {
    if (border == Border.REPLICATE || length == 1) {
      return Math.clamp(place, 0, length - 1);
    }
    int at = 0;
    int step = place < 0 ? -1 : 1;
    for (int i = 0; i < Math.abs(place); i++) {
      if (at + step < 0 || at + step >= length) {
        step = -step;
        at += border == Border.REFLECT ? step : 0;
      } else {
        at += step;
      }
    }
    return at;
  }

  /** Runs on one thread and on three; both must equal the specification to the bit. */
  private Map<String, Tensor> check(List<Layer> layers, List<String> taps, Tensor images) {
    Network network = new Network(layers, taps);
    Map<String, Tensor> expected = specification.prepare(network).run(images);
    Map<String, Tensor> serial = engine(one).prepare(network).run(images);
    Engine.Runner runner = engine(three).prepare(network);
    runner.run(Tensor.zeros(images.shape()));
    // A comparison of zeros would show nothing.
    assertThat(taps).anySatisfy(tap -> assertThat(sum(expected.get(tap))).isNotZero());
    Map<String, Tensor> parallel = runner.run(images);
    for (String tap : taps) {
      assertThat(serial.get(tap).shape()).isEqualTo(expected.get(tap).shape());
      boolean equalBits = Arrays.equals(serial.get(tap).data(), expected.get(tap).data());
      if (convolutionError() == 0) {
        assertThat(equalBits).as("equal bits at " + tap).isTrue();
      } else if (!equalBits) {
        assertThat(Golden.relativeError(serial.get(tap), expected.get(tap)))
            .isLessThan(convolutionError());
      }
      assertThat(parallel.get(tap).data()).isEqualTo(serial.get(tap).data());
    }
    return serial;
  }

  /** Requires equality within {@link #sumError}; NaN and infinity must be the same. */
  private void assertSums(float[] actual, float[] expected) {
    if (sumError() == 0) {
      assertThat(actual).isEqualTo(expected);
      return;
    }
    double max = 0;
    for (float value : expected) {
      max = Float.isFinite(value) ? Math.max(max, Math.abs(value)) : max;
    }
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      if (Float.compare(actual[i], expected[i]) != 0) {
        assertThat((double) actual[i]).isCloseTo(expected[i], within(sumError() * max));
      }
    }
  }

  private static double sum(Tensor tensor) {
    double sum = 0;
    for (float value : tensor.data()) {
      sum += Math.abs(value);
    }
    return sum;
  }

  /** The definition of a convolution in fp64. */
  private static Tensor direct(Tensor in, Filter filter, int stride, int padding) {
    int outputs = filter.outputs();
    int h = (in.dim(1) + 2 * padding - filter.height()) / stride + 1;
    int w = (in.dim(2) + 2 * padding - filter.width()) / stride + 1;
    Tensor out = Tensor.zeros(in.dim(0), h, w, outputs);
    for (int i = 0; i < out.size(); i++) {
      int o = i % outputs;
      int x = i / outputs % w * stride - padding;
      int y = i / outputs / w % h * stride - padding;
      int n = i / outputs / w / h;
      double sum = filter.bias().data()[o];
      for (int k = 0; k < filter.weight().size() / outputs; k++) {
        int c = k % filter.inputs();
        int sx = x + k / filter.inputs() % filter.width();
        int sy = y + k / filter.inputs() / filter.width();
        if (sx >= 0 && sx < in.dim(2) && sy >= 0 && sy < in.dim(1)) {
          int at = ((n * in.dim(1) + sy) * in.dim(2) + sx) * in.dim(3) + c;
          sum += (double) in.data()[at] * filter.weight().data()[k * outputs + o];
        }
      }
      out.data()[i] = (float) sum;
    }
    return out;
  }

  private static RealMatrix covariance(Random random, int d) {
    double[][] factor = new double[d][];
    for (int i = 0; i < d; i++) {
      factor[i] = random.doubles(d, -1, 1).toArray();
    }
    RealMatrix b = MatrixUtils.createRealMatrix(factor);
    return b.multiply(b.transpose()).add(MatrixUtils.createRealIdentityMatrix(d));
  }

  private static Gaussians gaussians(Random random, int h, int w, int d) {
    RealMatrix[] covariance = new RealMatrix[h * w];
    Arrays.setAll(covariance, p -> covariance(random, d));
    return gaussians(h, w, d, random(random, h, w, d).data(), covariance);
  }

  private static Gaussians gaussians(int h, int w, int d, float[] mean, RealMatrix[] covariance) {
    float[][] factor = new float[h * w][Gaussians.triangle(d)];
    for (int p = 0; p < h * w; p++) {
      RealMatrix l = new CholeskyDecomposition(covariance[p]).getL();
      for (int i = 0; i < d; i++) {
        for (int j = 0; j <= i; j++) {
          factor[p][Gaussians.triangle(i) + j] = (float) l.getEntry(i, j);
        }
      }
    }
    return new Gaussians(h, w, d, mean.clone(), factor);
  }

  /** PaDiM's equation 2: {@code √((x − μ)ᵀ·Σ⁻¹·(x − μ))}. */
  private static double textbook(float[] mean, RealMatrix covariance, Tensor patches, int patch) {
    int d = covariance.getRowDimension();
    double[] difference = new double[d];
    for (int i = 0; i < d; i++) {
      double mu = mean[(patch * d + i) % mean.length];
      difference[i] = patches.data()[patch * d + i] - mu;
    }
    var x = MatrixUtils.createRealVector(difference);
    var solved = new CholeskyDecomposition(covariance).getSolver().solve(x);
    return Math.sqrt(x.dotProduct(solved));
  }

  private static Tensor random(Random random, int... shape) {
    return between(-1, 1, random, shape);
  }

  private static Tensor between(float min, float max, Random random, int... shape) {
    Tensor tensor = Tensor.zeros(shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = random.nextFloat(min, max);
    }
    return tensor;
  }
}
