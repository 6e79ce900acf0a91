package kintsugi.padim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kintsugi.Golden;
import kintsugi.detector.Choices;
import kintsugi.detector.InputSize;
import kintsugi.detector.Scored;
import kintsugi.detector.Session;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The recipe {@code padim/anomalib} from files to scores against values from anomalib's code. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PadimAnomalibGoldenTest {
  private final Parallel parallel = new Parallel(2);
  private Safetensors golden;
  private double[] mean;
  private List<Scored> scored;

  @BeforeAll
  void fitAndScore() {
    golden = Golden.tensors("padim-anomalib");
    Session session =
        Session.strict(
            new VectorEngine(parallel, Convolutions.WINOGRAD4),
            parallel,
            Weights.read(Golden.file("weights/resnet18-imagenet1k-v1-features.safetensors")));
    // The reference used images cut to 224, and anomalib's own draw of channels.
    PadimRecipe recipe =
        (PadimRecipe) Choices.with(PadimRecipe.ANOMALIB, Map.of("crop", "224x224"));
    PatchEmbedding embedding =
        new PatchEmbedding(recipe.taps(), golden.tensors().get("channels").ints());
    GaussianAccumulator accumulator = new GaussianAccumulator(56, 56, 100);
    InputSize size = new InputSize(224, 224);
    PadimFit fit = new PadimFit(session, recipe, 0, size, embedding, accumulator);
    fit.add(images("train"));
    mean = new double[3136 * 100];
    for (int p = 0; p < 3136; p++) {
      System.arraycopy(accumulator.mean(p), 0, mean, p * 100, 100);
    }
    scored = fit.finish().detector().score(images("test"), "test").toList();
  }

  @AfterAll
  void close() {
    parallel.close();
  }

  private List<ImageSource> images(String list) {
    return Stream.of(golden.metadata().get(list).split(","))
        .map(Golden::file)
        .map(ImageSource::of)
        .toList();
  }

  @Test
  void mean() {
    double[] expected = golden.tensors().get("mean").doubles();
    for (int i = 0; i < mean.length; i++) {
      assertThat(mean[i]).isCloseTo(expected[i % 100 * 3136 + i / 100], within(1e-5));
    }
  }

  @Test
  void mapsAndScores() {
    double[] scores = golden.tensors().get("score").doubles();
    float[] maps = golden.tensors().get("map").floats();
    assertThat(scored).hasSize(6);
    for (int n = 0; n < 6; n++) {
      assertThat(scored.get(n).score()).isCloseTo(scores[n], within(1e-3 * scores[n]));
      Tensor expected = Tensor.of(Arrays.copyOfRange(maps, n * 50176, (n + 1) * 50176), 224, 224);
      Tensor map = scored.get(n).map();
      for (int i = 0; i < map.size(); i++) {
        assertThat(map.data()[i]).isCloseTo(expected.data()[i], within(1e-3f * expected.data()[i]));
      }
    }
  }
}
