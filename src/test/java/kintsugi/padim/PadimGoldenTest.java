package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import kintsugi.Golden;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Border;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Gaussians;
import kintsugi.engine.Parallel;
import kintsugi.engine.Upsampling;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageDecoder;
import kintsugi.image.Interpolation;
import kintsugi.image.Pixels;
import kintsugi.image.Preprocessing;
import kintsugi.image.TargetSize;
import kintsugi.image.TileGrid;
import kintsugi.scoremap.ImageScore;
import kintsugi.scoremap.ScoreMaps;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The whole recipe {@code padim/matlab} on real images against values from torch and NumPy. The
 * bounds are the same for every algorithm of the convolutions.
 */
@ParameterizedClass
@EnumSource(Convolutions.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PadimGoldenTest {
  private static final double EPSILON = 0.01;

  @Parameter private Convolutions convolutions;
  private Parallel parallel;
  private Engine engine;
  private Safetensors golden;
  private GaussianAccumulator fitted;
  private Tensor distances;

  @BeforeParameterizedClassInvocation
  void fitAndScore() {
    parallel = new Parallel(2);
    golden = Golden.tensors("padim-matlab");
    engine = new VectorEngine(parallel, convolutions);
    Weights weights =
        Weights.read(Golden.file("weights/resnet18-imagenet1k-v1-features.safetensors"));
    List<String> taps = List.of("layer1.1.bn2", "layer2.1.bn2", "layer3.1.bn2");
    Engine.Runner backbone = engine.prepare(ResNet.network(weights, taps));
    PatchEmbedding embedding = new PatchEmbedding(taps, golden.tensors().get("channels").ints());
    fitted = new GaussianAccumulator(56, 56, 100);
    fitted.add(embedding.embed(backbone.run(inputs("train")), parallel), engine, parallel);
    Tensor patches = embedding.embed(backbone.run(inputs("test")), parallel);
    Gaussians gaussians = fitted.result(EPSILON, engine, parallel).gaussians();
    distances = engine.prepare(gaussians).mahalanobis(patches);
  }

  @AfterParameterizedClassInvocation
  void close() {
    parallel.close();
  }

  private Tensor inputs(String list) {
    var preprocessing =
        new Preprocessing(
            new TargetSize.Exact(256, 256), Interpolation.BILINEAR, new TargetSize.Exact(224, 224));
    List<String> files = Stream.of(golden.metadata().get(list).split(",")).toList();
    Tensor batch = Tensor.zeros(files.size(), 224, 224, 3);
    for (int i = 0; i < files.size(); i++) {
      Pixels image = ImageDecoder.read(Golden.file(files.get(i)));
      float[] input = preprocessing.apply(image).data();
      System.arraycopy(input, 0, batch.data(), i * input.length, input.length);
    }
    return batch;
  }

  @Test
  void mean() {
    double[] expected = golden.tensors().get("mean").doubles();
    for (int p = 0; p < 3136; p++) {
      double[] mean = fitted.mean(p);
      for (int c = 0; c < 100; c++) {
        assertThat(mean[c]).isCloseTo(expected[c * 3136 + p], within(1e-5));
      }
    }
  }

  @Test
  void covarianceAndCholesky() {
    assertTriangle("covariance_at_position_0", fitted.covariance(0, EPSILON));
    double[] sigma = fitted.covariance(1700, EPSILON);
    assertTriangle("covariance_at_position_1700", sigma);
    assertThat(Cholesky.factor(sigma, 100)).isEqualTo(100);
    assertTriangle("cholesky_at_position_1700", sigma);
  }

  private void assertTriangle(String name, double[] packed) {
    StoredTensor expected = golden.tensors().get(name);
    double maximum = 0;
    for (int i = 0; i < 100; i++) {
      maximum = Math.max(maximum, Math.abs(expected.get(i * 101)));
    }
    assertThat(maximum).isPositive();
    for (int i = 0; i < 100; i++) {
      for (int j = 0; j <= i; j++) {
        assertThat(packed[i * (i + 1) / 2 + j])
            .as("%s [%d, %d]", name, i, j)
            .isCloseTo(expected.get(i * 100 + j), within(1e-5 * maximum));
      }
    }
  }

  @Test
  void distancesMapsAndScores() {
    assertRelative(distances, "distance");
    assertRelative(engine.upsample(distances, 224, 224, Upsampling.BILINEAR), "upsampled");
    Tensor maps =
        new ScoreMaps(Upsampling.BILINEAR, 4, Border.REPLICATE)
            .compute(engine, distances, TileGrid.whole(224, 224));
    assertRelative(maps, "map");
    double[] scores = golden.tensors().get("score").doubles();
    for (int i = 0; i < scores.length; i++) {
      assertThat(ImageScore.MEAN.of(maps.part(i))).isCloseTo(scores[i], within(1e-4 * scores[i]));
    }
  }

  private void assertRelative(Tensor actual, String name) {
    double[] expected = golden.tensors().get(name).doubles();
    assertThat(actual.size()).isEqualTo(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual.data()[i])
          .as("%s [%d]", name, i)
          .isCloseTo(expected[i], within(1e-4 * expected[i]));
    }
  }
}
