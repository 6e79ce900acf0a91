package kintsugi.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.engine.Engines;
import kintsugi.engine.Network;
import kintsugi.engine.Parallel;
import kintsugi.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An image's features do not depend on the batch, whose images share threads and buffers. */
class BatchTest {
  private static final List<String> TAPS =
      List.of("layer1", "layer2.1.bn2", "layer2", "layer3.1.bn2", "layer3");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void anImageHasTheSameFeaturesInABatchAsAlone(int threads) {
    Network network = ResNet.network(ResNet.randomWeights(1), TAPS);
    Random random = new Random(1);
    Tensor images = Tensor.zeros(11, 96, 80, 3);
    for (int i = 0; i < images.size(); i++) {
      images.data()[i] = random.nextFloat(-1, 1);
    }
    try (Parallel parallel = new Parallel(threads)) {
      Engine.Runner runner = runner(parallel, network);
      Map<String, Tensor> first = runner.run(images);
      Map<String, Tensor> again = runner.run(images);
      int size = images.size() / 11;
      for (int n = 0; n < 11; n++) {
        float[] image = Arrays.copyOfRange(images.data(), n * size, (n + 1) * size);
        Map<String, Tensor> alone = runner.run(Tensor.of(image, 1, 96, 80, 3));
        for (String tap : TAPS) {
          assertThat(image(first.get(tap), n)).isEqualTo(alone.get(tap).data());
          assertThat(image(again.get(tap), n)).isEqualTo(alone.get(tap).data());
        }
      }
    }
  }

  private static Engine.Runner runner(Parallel parallel, Network network) {
    return Engines.choose("auto", parallel, Convolutions.WINOGRAD4, message -> {})
        .engine()
        .prepare(network);
  }

  private static float[] image(Tensor batch, int n) {
    int size = batch.size() / batch.dim(0);
    return Arrays.copyOfRange(batch.data(), n * size, (n + 1) * size);
  }
}
