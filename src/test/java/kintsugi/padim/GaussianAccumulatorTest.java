package kintsugi.padim;

import static java.util.Arrays.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import kintsugi.InputException;
import kintsugi.engine.Engine;
import kintsugi.engine.FixedPoint;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.tensor.Tensor;
import kintsugi.weights.StoredTensor;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.stat.correlation.Covariance;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GaussianAccumulatorTest {
  private static final int HEIGHT = 2;
  private static final int WIDTH = 3;
  private static final int D = 4;

  private final Parallel parallel = new Parallel(2);
  private final Engine engine = new VectorEngine(parallel);

  @AfterEach
  void close() {
    parallel.close();
  }

  @Test
  void agreesWithTheTwoPassFormulaFarFromZero() {
    Tensor patches = patches(25, 300);
    GaussianAccumulator accumulator = new GaussianAccumulator(HEIGHT, WIDTH, D);
    accumulator.add(patches, engine, parallel);
    for (int p = 0; p < HEIGHT * WIDTH; p++) {
      double[][] rows = new double[25][D];
      for (int n = 0; n < 25; n++) {
        for (int i = 0; i < D; i++) {
          rows[n][i] = patches.data()[(n * HEIGHT * WIDTH + p) * D + i];
        }
      }
      var expected = new Covariance(rows).getCovarianceMatrix();
      double[] actual = accumulator.covariance(p, 0.5);
      for (int i = 0; i < D; i++) {
        for (int j = 0; j <= i; j++) {
          double regularised = expected.getEntry(i, j) + (i == j ? 0.5 : 0);
          assertThat(actual[i * (i + 1) / 2 + j]).isCloseTo(regularised, within(1e-9));
        }
      }
    }
  }

  @Test
  void neitherOrderNorBatchesNorPartsChangeABit() {
    Tensor patches = patches(11, 3);
    Map<String, StoredTensor> expected = accumulator(patches, 0, 11).tensors();
    Random random = new Random(5);
    int size = HEIGHT * WIDTH * D;
    for (int round = 0; round < 20; round++) {
      List<Integer> order = new ArrayList<>(IntStream.range(0, 11).boxed().toList());
      Collections.shuffle(order, random);
      GaussianAccumulator merged = new GaussianAccumulator(HEIGHT, WIDTH, D);
      for (int from = 0; from < 11; ) {
        int to = Math.min(11, from + random.nextInt(1, 6));
        Tensor batch = Tensor.zeros(to - from, HEIGHT, WIDTH, D);
        for (int n = from; n < to; n++) {
          System.arraycopy(
              patches.data(), order.get(n) * size, batch.data(), (n - from) * size, size);
        }
        GaussianAccumulator part = new GaussianAccumulator(HEIGHT, WIDTH, D);
        (random.nextBoolean() ? merged : part).add(batch, engine, parallel);
        merged.merge(part, parallel);
        from = to;
      }
      Map<String, StoredTensor> actual = merged.tensors();
      assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
      expected.forEach(
          (name, tensor) ->
              assertThat(actual.get(name).bytes()).as(name).isEqualTo(tensor.bytes()));
    }
  }

  @Test
  void anElementBeyondTheRangeOfTheSumsIsRefused() {
    for (float wrong : new float[] {725, -725, Float.NaN, Float.NEGATIVE_INFINITY}) {
      Tensor patches = patches(2, 0);
      patches.data()[D] = wrong;
      GaussianAccumulator accumulator = new GaussianAccumulator(HEIGHT, WIDTH, D);
      assertThatThrownBy(() -> accumulator.add(patches, engine, parallel))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("above 724");
    }
  }

  @Test
  void aSumThatBecomesTooLargeIsRefused() {
    Tensor largest = Tensor.zeros(1100, 1, 1, 2);
    Arrays.fill(largest.data(), FixedPoint.MAXIMUM);
    GaussianAccumulator accumulator = new GaussianAccumulator(1, 1, 2);
    accumulator.add(largest, engine, parallel);
    assertThat(accumulator.mean(0)).containsOnly(FixedPoint.MAXIMUM);
    assertThat(accumulator.covariance(0, 0)).containsOnly(0);
    GaussianAccumulator other = new GaussianAccumulator(1, 1, 2);
    other.add(largest, engine, parallel);
    String message = "the squares of the features of 2200 images add up to more than 1073741824";
    assertThatThrownBy(() -> accumulator.merge(other, parallel))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message);
    assertThatThrownBy(() -> other.add(largest, engine, parallel))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aSingularCovarianceIsNamedByItsPosition() {
    GaussianAccumulator accumulator = new GaussianAccumulator(HEIGHT, WIDTH, D);
    Tensor patches = patches(9, 0);
    for (int n = 0; n < 9; n++) {
      patches.data()[((n * HEIGHT + 1) * WIDTH + 2) * D + 3] = 0.5f;
    }
    accumulator.add(patches, engine, parallel);
    assertThatThrownBy(() -> accumulator.result(0, engine, parallel))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("patch row 1, column 2 is not positive definite (pivot 3)");
  }

  @Test
  void oneImageHasNoCovariance() {
    GaussianAccumulator accumulator = new GaussianAccumulator(HEIGHT, WIDTH, D);
    accumulator.add(patches(1, 0), engine, parallel);
    assertThatThrownBy(() -> accumulator.covariance(0, 0.01))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void mergedShardsAreOneFit() {
    Tensor patches = patches(9, 100);
    GaussianAccumulator whole = accumulator(patches, 0, 9);
    GaussianAccumulator merged = new GaussianAccumulator(HEIGHT, WIDTH, D);
    merged.merge(new GaussianAccumulator(HEIGHT, WIDTH, D), parallel);
    for (int[] shard : new int[][] {{0, 1}, {1, 6}, {6, 9}}) {
      merged.merge(accumulator(patches, shard[0], shard[1]), parallel);
    }
    assertThat(merged.count()).isEqualTo(9);
    assertClose(merged, whole, 0);
    assertThatThrownBy(() -> merged.merge(new GaussianAccumulator(WIDTH, HEIGHT, D), parallel))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void storedAndReadItContinuesWithTheSameBits() {
    Tensor patches = patches(9, 3);
    GaussianAccumulator stored = GaussianAccumulator.of(accumulator(patches, 0, 4).tensors());
    add(stored, patches, 4, 9);
    assertClose(stored, accumulator(patches, 0, 9), 0);
    Map<String, StoredTensor> broken = accumulator(patches, 0, 4).tensors();
    broken.remove("products.1");
    assertThatThrownBy(() -> GaussianAccumulator.of(broken)).hasMessageContaining("products.1");
  }

  @Test
  void theMeanAndTheSquaresAroundItOfAnEarlierReleaseAreRead() {
    GaussianAccumulator written = accumulator(patches(9, 3), 0, 9);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put("count", StoredTensor.of(new double[] {9}, 1));
    double[] means = new double[0];
    for (int y = 0; y < HEIGHT; y++) {
      double[] scatter = new double[0];
      for (int p = y * WIDTH; p < (y + 1) * WIDTH; p++) {
        means = DoubleStream.concat(stream(means), stream(written.mean(p))).toArray();
        DoubleStream row = stream(written.covariance(p, 0)).map(value -> 8 * value);
        scatter = DoubleStream.concat(stream(scatter), row).toArray();
      }
      tensors.put("scatter." + y, StoredTensor.of(scatter, WIDTH, Gaussians.triangle(D)));
    }
    tensors.put("mean", StoredTensor.of(means, HEIGHT, WIDTH, D));
    GaussianAccumulator read = GaussianAccumulator.of(tensors);
    assertClose(read, written, 1e-9);
    read.requireVariances(0);
    tensors.remove("scatter.1");
    assertThatThrownBy(() -> GaussianAccumulator.of(tensors)).hasMessageContaining("scatter.1");
  }

  @Test
  void aFinishedFitCanContinue() {
    Tensor patches = patches(9, 3);
    var gaussians = accumulator(patches, 0, 6).finish(0.01, engine, parallel).gaussians();
    var prepared = engine.prepare(gaussians);
    GaussianAccumulator again =
        GaussianAccumulator.of(
            prepared, 0.01, 6, PositionCounts.of(prepared.positions(), 6), parallel);
    add(again, patches, 6, 9);
    assertClose(again, accumulator(patches, 0, 9), 1e-6);
  }

  @Test
  void aWindowHasTheGaussianOfAllItsPatches() {
    // Two tiles of two rows: windows of 3x3 are cut to 2x3 and shifted inwards, and stay in a tile.
    int rows = 4;
    Tensor patches = Tensor.zeros(5, rows, WIDTH + 2, D);
    Random random = new Random(3);
    for (int i = 0; i < patches.size(); i++) {
      patches.data()[i] = random.nextFloat() + 10;
    }
    GaussianAccumulator positions = new GaussianAccumulator(rows, WIDTH + 2, D);
    positions.add(patches, engine, parallel);
    GaussianAccumulator windows = positions.pooled(new Windows(3, 2, WIDTH + 2), parallel);
    assertThat(windows.count()).isEqualTo(5 * 2 * 3);
    for (int p = 0; p < rows * (WIDTH + 2); p++) {
      int top = p / (WIDTH + 2) / 2 * 2;
      int left = Math.clamp(p % (WIDTH + 2) - 1, 0, WIDTH - 1);
      double[][] seen = new double[5 * 2 * 3][D];
      for (int k = 0; k < seen.length; k++) {
        int y = top + k / 3 % 2;
        int from = ((k / 6 * rows + y) * (WIDTH + 2) + left + k % 3) * D;
        for (int i = 0; i < D; i++) {
          seen[k][i] = patches.data()[from + i];
        }
      }
      RealMatrix expected = new Covariance(seen).getCovarianceMatrix();
      double[] actual = windows.covariance(p, 0);
      for (int i = 0; i < D; i++) {
        for (int j = 0; j <= i; j++) {
          assertThat(actual[i * (i + 1) / 2 + j]).isCloseTo(expected.getEntry(i, j), within(1e-9));
        }
      }
    }
  }

  @Test
  void finishHasTheResultsBits() {
    GaussianAccumulator accumulator = accumulator(patches(9, 0), 0, 9);
    var result = accumulator.result(0.01, engine, parallel);
    var finished = accumulator.finish(0.01, engine, parallel);
    assertThat(finished.summary()).isEqualTo(result.summary());
    assertThat(finished.gaussians().factor()).isDeepEqualTo(result.gaussians().factor());
    assertThat(finished.gaussians().mean()).isEqualTo(result.gaussians().mean());
  }

  @Test
  void conditionAndRankAreThoseOfCommonsMath() {
    Tensor patches = patches(3, 0);
    var summary = accumulator(patches, 0, 3).result(0.01, engine, parallel).summary();
    assertThat(summary.minimumRank()).isEqualTo(2);
    assertThat(summary.maximumRank()).isEqualTo(2);
    assertThat(summary.undetermined()).isTrue();
    double[] conditions = new double[HEIGHT * WIDTH];
    for (int p = 0; p < conditions.length; p++) {
      double[] packed = accumulator(patches, 0, 3).covariance(p, 0.01);
      double[][] full = new double[D][D];
      for (int i = 0; i < D * D; i++) {
        int row = Math.max(i / D, i % D);
        full[i / D][i % D] = packed[row * (row + 1) / 2 + Math.min(i / D, i % D)];
      }
      RealMatrix sigma = MatrixUtils.createRealMatrix(full);
      conditions[p] = sigma.getNorm() * MatrixUtils.inverse(sigma).getNorm();
    }
    // The estimate never exceeds the condition, and stays within a factor of 3 of it.
    double maximum = Arrays.stream(conditions).max().orElseThrow();
    assertThat(summary.maximumCondition()).isBetween(maximum / 3, maximum * (1 + 1e-9));
    double median = new Median().evaluate(conditions);
    assertThat(summary.medianCondition()).isBetween(median / 3, median * (1 + 1e-9));
    int at = summary.maximumAtRow() * WIDTH + summary.maximumAtColumn();
    assertThat(conditions[at]).isGreaterThanOrEqualTo(summary.maximumCondition() * (1 - 1e-9));
  }

  private GaussianAccumulator accumulator(Tensor patches, int from, int to) {
    GaussianAccumulator accumulator = new GaussianAccumulator(HEIGHT, WIDTH, D);
    add(accumulator, patches, from, to);
    return accumulator;
  }

  private void add(GaussianAccumulator accumulator, Tensor patches, int from, int to) {
    int size = HEIGHT * WIDTH * D;
    float[] some = Arrays.copyOfRange(patches.data(), from * size, to * size);
    accumulator.add(Tensor.of(some, to - from, HEIGHT, WIDTH, D), engine, parallel);
  }

  private static void assertClose(
      GaussianAccumulator actual, GaussianAccumulator expected, double bound) {
    assertThat(actual.count()).isEqualTo(expected.count());
    for (int p = 0; p < HEIGHT * WIDTH; p++) {
      assertThat(actual.mean(p)).containsExactly(expected.mean(p), within(bound * 100));
      assertThat(actual.covariance(p, 0)).containsExactly(expected.covariance(p, 0), within(bound));
    }
  }

  private static Tensor patches(int count, float centre) {
    Random random = new Random(count);
    Tensor patches = Tensor.zeros(count, HEIGHT, WIDTH, D);
    for (int i = 0; i < patches.size(); i++) {
      patches.data()[i] = centre + random.nextFloat(-1, 1);
    }
    return patches;
  }
}
