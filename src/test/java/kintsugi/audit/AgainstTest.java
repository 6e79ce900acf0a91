package kintsugi.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import kintsugi.Golden;
import kintsugi.InputException;
import kintsugi.backbone.ResNet;
import kintsugi.detector.Session;
import kintsugi.engine.Border;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.engine.scalar.ScalarEngine;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.TileGrid;
import kintsugi.patchcore.PatchCoreRecipe;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgainstTest {
  @TempDir Path folder;

  private final Parallel parallel = new Parallel(2);
  private final Map<String, StoredTensor> dump = new LinkedHashMap<>();

  @AfterEach
  void close() {
    parallel.close();
  }

  private void put(String name, Tensor tensor) {
    dump.put(name, StoredTensor.of(tensor));
  }

  private Against.Verdict compare(Weights weights) {
    new Safetensors(Map.of(), dump).write(folder.resolve("dump.safetensors"));
    return Against.compare(Session.strict(new VectorEngine(parallel), parallel, weights), folder);
  }

  private Against.Verdict compare() {
    return compare(ResNet.randomWeights(1));
  }

  private Tensor map(Tensor distances, Upsampling upsampling, Border border) {
    Tensor batch = distances.reshape(1, distances.dim(0), distances.dim(1));
    return new ScoreMaps(upsampling, 4, border)
        .compute(new ScalarEngine(parallel), batch, TileGrid.whole(56, 40))
        .part(0);
  }

  private static Tensor positive(int... shape) {
    Tensor tensor = Bench.random(new Random(7), shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = 5 + 3 * tensor.data()[i];
    }
    return tensor;
  }

  @Test
  void theBorderTellsTheRecipe() {
    Tensor distances = positive(5, 7);
    put("distances", distances);
    put("map", map(distances, Upsampling.BILINEAR, Border.REFLECT));
    assertThat(compare().recipes()).containsExactly("padim/anomalib");
    put("map", map(distances, Upsampling.BICUBIC, Border.SYMMETRIC));
    assertThat(compare().recipes()).containsExactly("padim/paper");
    put("map", map(distances, Upsampling.NEAREST, Border.REFLECT));
    assertThat(compare().recipes()).containsExactly("patchcore/anomalib");
    put("map", map(distances, Upsampling.BICUBIC, Border.REPLICATE));
    Against.Verdict none = compare();
    assertThat(none.first()).isEqualTo("map");
    assertThat(none.causes().getFirst()).contains("bicubic, σ=4, replicate");
  }

  @Test
  void theFirstStageThatDiffersIsNamedAndNotTheLaterOnes() {
    Tensor distances = positive(5, 7);
    Tensor map = map(distances, Upsampling.BILINEAR, Border.REFLECT);
    put("distances", distances);
    put("map", map);
    double mean = 0;
    for (float v : map.data()) {
      mean += v / map.size();
    }
    dump.put("score", StoredTensor.of(new float[] {(float) mean}, 1));
    Against.Verdict mixed = compare();
    assertThat(mixed.first()).isEqualTo("score");
    assertThat(mixed.causes().getFirst())
        .contains("mean of the map", "the stages before are those of padim/anomalib");
    for (int i = 0; i < map.size(); i++) {
      map.data()[i] *= 1.1f;
    }
    put("map", map);
    Against.Verdict scaled = compare();
    assertThat(scaled.first()).isEqualTo("map");
    assertThat(scaled.causes()).anyMatch(cause -> cause.contains("corners"));
  }

  @Test
  void covariancesAndDistances() {
    int d = 3;
    Tensor train = Bench.random(new Random(8), 6, 2, d);
    Tensor mean = Tensor.zeros(2, d);
    double[][][] sigma = new double[2][d][d];
    for (int p = 0; p < 2; p++) {
      for (int i = 0; i < d; i++) {
        for (int n = 0; n < 6; n++) {
          mean.data()[p * d + i] += train.data()[(n * 2 + p) * d + i] / 6;
        }
      }
    }
    for (int less = 1; less >= 0; less--) {
      Tensor covariance = Tensor.zeros(2, d, d);
      for (int k = 0; k < covariance.size(); k++) {
        int p = k / d / d;
        int i = k / d % d;
        int j = k % d;
        double sum = 0;
        for (int n = 0; n < 6; n++) {
          int row = (n * 2 + p) * d;
          sum +=
              (train.data()[row + i] - mean.data()[p * d + i])
                  * (train.data()[row + j] - mean.data()[p * d + j]);
        }
        sigma[p][i][j] = sum / (6 - less) + (i == j ? 0.01 : 0);
        covariance.data()[k] = (float) sigma[p][i][j];
      }
      put("train_embedding", train);
      put("mean", mean);
      put("covariance", covariance);
      Against.Verdict verdict = compare();
      if (less == 1) {
        assertThat(verdict.first()).isNull();
        assertThat(verdict.recipes()).allMatch(name -> name.startsWith("padim/"));
      } else {
        assertThat(verdict.first()).isEqualTo("covariance");
        Against.Variant nearest = verdict.stages().getLast().variants().getFirst();
        assertThat(nearest.how()).isEqualTo("divided by N, + 0.01·I");
      }
    }
    put("embedding", Tensor.of(new float[] {1, 0, 0, 0, 0, 0}, 2, d));
    dump.remove("train_embedding");
    put("distances", Tensor.of(new float[] {1, 1}, 1, 2));
    assertThat(compare().first()).isEqualTo("distances");
  }

  @Test
  void picksAndNeighbours() {
    Tensor rows = Bench.random(new Random(9), 40, 4);
    put("train_embedding", rows);
    dump.put("picks", StoredTensor.of(new int[] {3, 3}, 2));
    Against.Verdict wrong = compare();
    assertThat(wrong.first()).isEqualTo("picks");
    assertThat(wrong.stages().getFirst().variants().getFirst().how()).contains("the first 1 of 2");
    dump.clear();
    put("bank", rows);
    put("embedding", Tensor.of(new float[] {0, 0, 0, 0}, 1, 4));
    double minimum = Double.POSITIVE_INFINITY;
    for (int r = 0; r < 40; r++) {
      double sum = 0;
      for (int k = 0; k < 4; k++) {
        sum += Math.pow(rows.data()[r * 4 + k], 2);
      }
      minimum = Math.min(minimum, sum);
    }
    put("distances", Tensor.of(new float[] {(float) minimum}, 1, 1));
    assertThat(compare().recipes()).containsExactly("patchcore/amazon");
    put("distances", Tensor.of(new float[] {(float) Math.sqrt(minimum)}, 1, 1));
    assertThat(compare().recipes())
        .containsExactly("patchcore/kintsugi", "patchcore/matlab", "patchcore/anomalib");
  }

  @Test
  void aDumpThatHoldsTooLittleIsNamed() {
    put("other", positive(2, 2));
    assertThatThrownBy(this::compare)
        .isInstanceOf(InputException.class)
        .hasMessageContaining(folder + ": holds none of the tensors");
    put("map", positive(2, 2));
    assertThatThrownBy(this::compare).hasMessageContaining("no stage can be computed");
    put("distances", positive(2, 2, 2));
    assertThatThrownBy(this::compare).hasMessageContaining("where 2 dimensions are wanted");
  }

  @Test
  void torchsOwnFeaturesAreThoseAfterTheReluOrBeforeTheSum() {
    Weights weights =
        Weights.read(Golden.file("weights/resnet18-imagenet1k-v1-features.safetensors"));
    Map<String, StoredTensor> golden = Golden.tensors("backbone").tensors();
    dump.put("input", golden.get("metu.input"));
    for (int layer = 1; layer <= 3; layer++) {
      dump.put("layer" + layer, golden.get("metu.layer" + layer));
    }
    Safetensors anomalib = Golden.tensors("padim-anomalib");
    // The first of its test images is that one; its map and score are anomalib's own.
    float[] maps = anomalib.tensors().get("map").floats();
    put("map", Tensor.of(Arrays.copyOf(maps, 224 * 224), 224, 224));
    float score = anomalib.tensors().get("score").floats()[0];
    dump.put("score", StoredTensor.of(new float[] {score}, 1));
    assertThat(compare(weights).recipes()).containsExactly("padim/anomalib", "padim/paper");
    for (int layer = 1; layer <= 3; layer++) {
      dump.put("layer" + layer, golden.get("metu.layer" + layer + ".1.bn2"));
    }
    Against.Verdict mixed = compare(weights);
    assertThat(mixed.first()).isEqualTo("score");
    assertThat(mixed.causes().getFirst()).contains("maximum of the map", "padim/matlab");
    Safetensors matlab = Golden.tensors("padim-matlab");
    put("distances", first(matlab, "distance", 56, 56));
    put("map", first(matlab, "map", 224, 224));
    float mean = matlab.tensors().get("score").floats()[0];
    dump.put("score", StoredTensor.of(new float[] {mean}, 1));
    assertThat(compare(weights).recipes()).containsExactly("padim/matlab");
  }

  private static Tensor first(Safetensors golden, String name, int h, int w) {
    float[] all = golden.tensors().get(name).floats();
    return Tensor.of(Arrays.copyOf(all, h * w), h, w);
  }

  @Test
  void anomalibsCoresetIsTheExactOne() {
    Safetensors golden = Golden.tensors("patchcore-anomalib");
    put("train_embedding", golden.tensors().get("embedding").tensor());
    dump.put("picks", golden.tensors().get("coreset_index"));
    Against.Verdict verdict = compare();
    assertThat(verdict.first()).isNull();
    assertThat(verdict.recipes()).contains("patchcore/anomalib");
    assertThat(PatchCoreRecipe.ANOMALIB.coreset().ratio()).isEqualTo(768 / 7680.0);
  }
}
